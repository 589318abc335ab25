-- Makes the table of a day (UTC) for a table in days; says whether the day can be written to. The new table is made by itself
-- and then attached: unlike CREATE TABLE ... PARTITION OF that locks neither readers nor writers of the parent out (manual, ALTER TABLE).
-- False: the day's table is just being removed. There is no default partition: it would be searched with each new day, under a lock.
create function ensure_day(parent text, day date) returns boolean language plpgsql as $$
declare
    child text := format('%s_%s', parent, to_char(day, 'YYYYMMDD'));
    owner name := (select pg_get_userbyid(relowner) from pg_class where oid = to_regclass(parent));
    standing boolean;
begin
    perform pg_advisory_xact_lock(x'44415953'::bigint); -- "DAYS"
    if to_regclass(child) is not null then
        select not inhdetachpending into standing from pg_inherits where inhrelid = to_regclass(child) and inhparent = to_regclass(parent);
        return coalesce(standing, false);
    end if;
    execute format('create table %I (like %I including all)', child, parent);
    -- Whoever makes it: the program, which owns the parent, removes it.
    if owner <> current_user then execute format('alter table %I owner to %I', child, owner); end if;
    execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child,
        day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
    return true;
end $$;

-- Tables of days that should be gone and are not, with the reason.
create table partition_fault (
    partition text primary key,
    since     timestamptz not null,
    tried_at  timestamptz not null,
    tries     integer not null check (tries > 0),
    reason    text not null
);

-- Finds parts of words by an index. A server where it may not be made still answers: it then reads the lines in question.
do $$ begin
    create extension if not exists pg_trgm;
exception when others then
    raise notice 'pg_trgm cannot be made (%): text in logs is searched without an index', sqlerrm;
end $$;

alter table log_line rename to log_line_before;
drop index log_line_newest, log_line_process, log_line_streamer;
create sequence log_line_number;
select setval('log_line_number', (select coalesce(max(id), 0) + 1 from log_line_before), false);

-- What workers say to operators, in a table a day. Without foreign keys: lines come by COPY, and stay when what they name is gone.
create table log_line (
    id          bigint not null default nextval('log_line_number'),
    at          timestamptz not null,
    -- The transaction that brought it. Ids are given before the commit, so they do not become visible in their order; all
    -- transactions below a snapshot's xmin are over, so whoever follows reads by this one, up to there.
    brought_by  xid8 not null default pg_current_xact_id(),
    process_id  uuid not null,
    streamer_id uuid,
    level       smallint not null check (level between 0 and 3),
    node_id     text not null,
    event       text not null,
    message     text not null,
    -- What the worker's clock said, where the line could not be kept under that time.
    clock_at    timestamptz
) partition by range (at);
create index log_line_newest on log_line (at, id);
create index log_line_process on log_line (process_id, at, id);
create index log_line_streamer on log_line (streamer_id, at, id);
create index log_line_node on log_line (node_id, at, id);
create index log_line_grave on log_line (at, id) where level >= 2;
create index log_line_brought on log_line (brought_by);

-- The rows so far, each under its day; one with a time beyond a year or tomorrow under today.
do $$
declare
    today date := (now() at time zone 'UTC')::date;
    day date;
begin
    for day in
        select today union select today + 1
        union select distinct (at at time zone 'UTC')::date from log_line_before where (at at time zone 'UTC')::date between today - 365 and today
    loop
        perform ensure_day('log_line', day);
    end loop;
    insert into log_line (id, at, process_id, streamer_id, level, node_id, event, message, clock_at)
    select id, case when kept then at else now() end, process_id, streamer_id, level, node_id, event, message, case when kept then null else at end
    from (select *, (at at time zone 'UTC')::date between today - 365 and today + 1 as kept from log_line_before) b order by id;
end $$;
drop table log_line_before;
