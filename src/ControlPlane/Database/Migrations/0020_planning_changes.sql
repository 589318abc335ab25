-- Which streamers a plan would see otherwise than before: with the transaction that did it, so that a planner which read what was committed
-- at one time finds what was committed since (row.xid >= the oldest transaction that was open then). Null: all of them.
create table planning_change (
    xid         xid8 not null default pg_current_xact_id(),
    streamer_id uuid
);
create index planning_change_xid on planning_change (xid);

-- What is of transactions before this one may have been removed: who read before it reads all.
create table planning_trimmed (
    only_row boolean primary key default true check (only_row),
    before   xid8 not null
);
insert into planning_trimmed (before) values ('0');

create function planning_changes() returns trigger language plpgsql as $$
begin
    if tg_op = 'TRUNCATE' then
        insert into planning_change default values;
    elsif tg_table_name = 'streamer' then
        insert into planning_change (streamer_id) select id from changed;
    else
        insert into planning_change (streamer_id) select streamer_id from changed;
    end if;
    return null;
end $$;
create function planning_change_of_row() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'streamer' then
        insert into planning_change (streamer_id) values (new.id);
    else
        insert into planning_change (streamer_id) values (new.streamer_id);
    end if;
    return null;
end $$;

create trigger streamer_planned_added after insert on streamer referencing new table as changed for each statement execute function planning_changes();
create trigger streamer_planned_removed after delete on streamer referencing old table as changed for each statement execute function planning_changes();
create trigger streamer_planned_cleared after truncate on streamer for each statement execute function planning_changes();
create trigger process_planned_added after insert on process referencing new table as changed for each statement execute function planning_changes();
create trigger process_planned_removed after delete on process referencing old table as changed for each statement execute function planning_changes();
create trigger process_planned_cleared after truncate on process for each statement execute function planning_changes();
create trigger live_status_planned_removed after delete on live_status referencing old table as changed for each statement execute function planning_changes();
-- Of the updates only those that a plan would see: processes change with every heartbeat.
create trigger streamer_planned after update on streamer for each row
    when ((old.name, old.url, old.sealed_url, old.chat_url, old.active, old.settings, old.settings_version, old.waiting)
        is distinct from (new.name, new.url, new.sealed_url, new.chat_url, new.active, new.settings, new.settings_version, new.waiting))
    execute function planning_change_of_row();
create trigger process_planned after update on process for each row
    when ((old.node_id, old.streamer_name, old.url, old.sealed_url, old.chat_url, old.settings, old.wished, old.state, old.phase, old.created_at, old.ended_at,
        old.settings_version, old.settings_applied, old.settings_at, old.settings_restart)
        is distinct from (new.node_id, new.streamer_name, new.url, new.sealed_url, new.chat_url, new.settings, new.wished, new.state, new.phase, new.created_at, new.ended_at,
        new.settings_version, new.settings_applied, new.settings_at, new.settings_restart))
    execute function planning_change_of_row();
create trigger live_status_planned after update on live_status for each row
    when ((old.live, old.note, old.changed_at, old.silent_since, old.since) is distinct from (new.live, new.note, new.changed_at, new.silent_since, new.since))
    execute function planning_change_of_row();

-- What only the planner changes is not worth a look for the trail: a plan of ten thousand is one of as many rows.
drop trigger audit_streamer on streamer;
create trigger audit_streamer after insert or delete on streamer for each row
    execute function audit_change('streamer', 'id', 'name', 'waiting,last_epoch,version,settings_version,created_at,updated_at');
create trigger audit_streamer_changed after update on streamer for each row
    when ((old.waiting, old.last_epoch) is not distinct from (new.waiting, new.last_epoch)
        or (old.name, old.url, old.sealed_url, old.chat_url, old.active, old.settings) is distinct from (new.name, new.url, new.sealed_url, new.chat_url, new.active, new.settings))
    execute function audit_change('streamer', 'id', 'name', 'waiting,last_epoch,version,settings_version,created_at,updated_at');
