-- How much was said in the chats, about a minute a row, in a table a day: seconds packed as the workers pack them, without texts and names.
-- Without foreign keys: rows come by COPY, and stay when what they name is gone.
create table chat_rate (
    -- The first second that is packed, by the chat's clock.
    at         timestamptz not null,
    process_id uuid not null,
    -- Where the detector began whose seconds these are, and the row's number since then: one that is missing was lost.
    began      timestamptz not null,
    number     integer not null check (number >= 0),
    -- Up to where the detector had decided; in ticks of 100 ns since the year 1, which a timestamptz does not hold.
    until_tick bigint not null,
    ended      boolean not null,
    version    smallint not null,
    written_at timestamptz not null,
    seconds    bytea not null
) partition by range (at);
create index chat_rate_process on chat_rate (process_id, at);
-- They are dense as they are.
alter table chat_rate alter column seconds set storage external;

do $$ begin
    perform ensure_day('chat_rate', (now() at time zone 'UTC')::date);
    perform ensure_day('chat_rate', (now() at time zone 'UTC')::date + 1);
end $$;
