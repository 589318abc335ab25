-- Every version of the default settings and of each streamer's own: who made it, when, from where. What is in force stands in settings_default and
-- in streamer; the rows here come from their triggers, so that no store can forget one.
create table settings_version (
    -- Null: the defaults.
    streamer_id uuid references streamer on delete cascade,
    version     bigint not null check (version > 0),
    value       jsonb not null check (jsonb_typeof(value) = 'object'),
    at          timestamptz not null,
    -- As in the audit trail.
    actor_kind  text not null check (actor_kind in ('session', 'token', 'system')),
    actor       text not null,
    address     text,
    via         text,
    -- The version whose value this one has again, where somebody went back to it.
    restores    bigint check (restores < version),
    unique nulls not distinct (streamer_id, version)
);

-- What there is becomes version 1.
alter table streamer add column settings_version bigint not null default 1 check (settings_version > 0);
update settings_default set version = 1;
insert into settings_version (streamer_id, version, value, at, actor_kind, actor)
    select null, 1, value, updated_at, 'system', 'before there were versions' from settings_default
    union all select id, 1, settings, updated_at, 'system', 'before there were versions' from streamer;

-- The number is the database's own: it grows where the value changed, and only there.
create function settings_default_counts() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        new.version := coalesce((select max(version) from settings_version where streamer_id is null), 0) + 1;
    else
        new.version := old.version + (new.value <> old.value)::integer;
    end if;
    return new;
end $$;
create trigger settings_default_counts before insert or update on settings_default for each row execute function settings_default_counts();

create function streamer_settings_count() returns trigger language plpgsql as $$
begin
    new.settings_version := case when tg_op = 'INSERT' then 1 else old.settings_version + (new.settings <> old.settings)::integer end;
    return new;
end $$;
create trigger streamer_settings_insert before insert on streamer for each row execute function streamer_settings_count();
create trigger streamer_settings_count before update on streamer for each row
    when (new.settings is distinct from old.settings or new.settings_version <> old.settings_version) execute function streamer_settings_count();

-- It runs as the owner of the table, so that the application's role needs no right to write versions.
create function settings_are_kept() returns trigger language plpgsql security definer set search_path from current as $$
declare
    actor jsonb := nullif(current_setting('streamclips.actor', true), '')::jsonb;
    whole jsonb := to_jsonb(new);
begin
    -- With its schema, so that no temporary table of that name takes the rows.
    execute format('insert into %I.settings_version (streamer_id, version, value, at, actor_kind, actor, address, via, restores)
        values ($1, $2, $3, clock_timestamp(), $4, $5, $6, $7, $8)', tg_table_schema)
    using (whole->>'id')::uuid, coalesce(whole->'settings_version', whole->'version')::bigint, coalesce(whole->'settings', whole->'value'),
        coalesce(actor->>'kind', 'system'), coalesce(actor->>'name', nullif(current_setting('application_name'), ''), session_user),
        actor->>'address', actor->>'via', nullif(current_setting('streamclips.restores', true), '')::bigint;
    return null;
end $$;
create trigger settings_default_kept_first after insert on settings_default for each row execute function settings_are_kept();
create trigger settings_default_kept after update on settings_default for each row when (new.version <> old.version) execute function settings_are_kept();
create trigger streamer_settings_kept_first after insert on streamer for each row execute function settings_are_kept();
create trigger streamer_settings_kept after update on streamer for each row when (new.settings_version <> old.settings_version) execute function settings_are_kept();

-- Versions go with their streamer and in no other way, and come in none but the above.
create function settings_versions_stay() returns trigger language plpgsql as $$
begin
    raise exception 'versions of settings are append-only: % is refused', lower(tg_op) using errcode = 'insufficient_privilege';
end $$;
create trigger settings_versions_stay before update or truncate on settings_version for each statement execute function settings_versions_stay();
create trigger settings_versions_are_true before insert or delete on settings_version for each statement when (pg_trigger_depth() = 0) execute function settings_versions_stay();

drop trigger audit_streamer on streamer;
create trigger audit_streamer after insert or update or delete on streamer for each row
    execute function audit_change('streamer', 'id', 'name', 'waiting,last_epoch,version,settings_version,created_at,updated_at');

-- Which settings a process was told, as 7.3: version 7 of the defaults and 3 of the streamer's own, the newest that changed anything for it;
-- empty: it was told before there were versions. And which its worker says that it works by.
alter table process add column settings_version text not null default '';
alter table process add column settings_applied text not null default '';
-- When it was told other settings than those that it began with, how they differ, and whether its worker begins anew for them.
alter table process add column settings_at timestamptz;
alter table process add column settings_change text not null default '';
alter table process add column settings_restart boolean not null default false;
