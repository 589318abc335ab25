-- Which node failed which streamer, and when: for some hours the planner prefers others.
create table placement_failure (
    streamer_id uuid not null references streamer on delete cascade,
    node_id     text not null references node on delete cascade,
    at          timestamptz not null,
    primary key (streamer_id, node_id, at)
);
create index placement_failure_age on placement_failure (at);

-- Where the evening out of the load between nodes stands. One row.
create table balance (
    only_row    boolean primary key default true check (only_row),
    asked_at    timestamptz,
    asked_by    text not null default '',
    balanced_at timestamptz,
    moved_at    timestamptz
);
insert into balance default values;

-- When a node became ready, the last time it was not. By the program's clock, as what it was heard at.
alter table node add column joined_at timestamptz;
update node set joined_at = first_seen_at;
alter table node alter column joined_at set not null;

create function node_joins() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' or (old.state <> 'ready' and new.state = 'ready') then
        new.joined_at := new.last_seen_at;
    end if;
    return new;
end $$;
create trigger node_joins before insert or update of state on node for each row execute function node_joins();

-- Asking is what people do; the rest of the row is the planner's.
create trigger audit_balance after update on balance for each row
    execute function audit_change('balance', 'only_row', '', 'balanced_at,moved_at');
