-- How the runs of a process ended that nobody asked to end, with the last lines of the journal.
create table process_ending (
    process_id uuid not null references process on delete cascade,
    at         timestamptz not null,
    cause      text not null,
    last_lines text[] not null,
    primary key (process_id, at)
);
