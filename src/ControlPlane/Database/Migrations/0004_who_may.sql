-- What an account may do. Whoever could sign in until now could do everything.
alter table account add column role text not null default 'admin' check (role in ('viewer', 'operator', 'admin'));
alter table account alter column role drop default;
alter table account add column updated_at timestamptz;
update account set updated_at = created_at;
alter table account alter column updated_at set not null;

-- Sign-ins are listed, and end when they are not used.
alter table session add column id uuid not null default gen_random_uuid();
alter table session add column last_seen_at timestamptz;
alter table session add column user_agent text not null default '' check (length(user_agent) <= 200);
update session set last_seen_at = created_at;
alter table session alter column last_seen_at set not null;
alter table session alter column id drop default;
create unique index session_id on session (id);
create index session_seen on session (last_seen_at);

-- A key for programs. It is shown once; here is its SHA-256, and how it begins so that people recognise it.
create table api_token (
    id           uuid primary key,
    account_id   uuid not null references account on delete cascade,
    name         text not null check (length(name) between 1 and 100),
    scope        text not null check (scope in ('read', 'operate', 'admin')),
    prefix       text not null check (length(prefix) between 8 and 16),
    token_hash   bytea not null unique check (length(token_hash) = 32),
    created_at   timestamptz not null,
    expires_at   timestamptz not null check (expires_at > created_at),
    last_used_at timestamptz,
    last_address text
);
create index api_token_account on api_token (account_id, created_at desc, id desc);
create index api_token_newest on api_token (created_at desc, id desc);

-- Tries to sign in: when a key has all its tries again. What is lost in a crash is only that somebody may try again.
create unlogged table sign_in_throttle (
    key_hash bytea primary key check (length(key_hash) = 32),
    full_at  timestamptz not null
);
create index sign_in_throttle_full on sign_in_throttle (full_at);

-- Whoever follows /events asks again whether they still may.
create function access_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('streamclips', 'access');
    return null;
end $$;
create trigger session_ended after delete on session for each statement execute function access_changed();
create trigger api_token_ended after delete on api_token for each statement execute function access_changed();

-- Who changed what, when, from where. Rows come from the triggers below and stay.
create table audit (
    id           bigint generated always as identity primary key,
    at           timestamptz not null,
    -- How the one who changed it was known: by a session, by a token, or not at all ('system': the program itself, or
    -- somebody with the database's password; the actor is then the connection's application name).
    actor_kind   text not null check (actor_kind in ('session', 'token', 'system')),
    actor        text not null,
    account_id   uuid,
    credential_id uuid,
    address      text,
    -- The request, as POST /streamers.
    via          text,
    action       text not null check (action in ('added', 'changed', 'removed')),
    subject      text not null,
    subject_id   text not null,
    subject_name text,
    -- Of a change: the columns that differ. Secrets are masked.
    before       jsonb,
    after        jsonb
);
create index audit_at on audit (at, id);
create index audit_actor on audit (lower(actor), id);
create index audit_subject on audit (subject, subject_id, id);

create function audit_masked(whole jsonb) returns jsonb language sql immutable as $$
    select coalesce(jsonb_object_agg(key, case when key ~ '(password|secret|token|sealed|private|credential|_hash$)' then '"(hidden)"' else value end), '{}')
    from jsonb_each(whole) where value <> 'null'
$$;

-- Arguments: what it is called, its id's column, its name's column, and columns that are not worth a row, with commas.
-- It runs as the owner of the table, so that the application's role needs no right to write the trail.
create function audit_change() returns trigger language plpgsql security definer set search_path from current as $$
declare
    actor  jsonb := nullif(current_setting('streamclips.actor', true), '')::jsonb;
    before jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) - string_to_array(tg_argv[3], ',') end;
    after  jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) - string_to_array(tg_argv[3], ',') end;
    whole  jsonb := coalesce(after, before);
begin
    if tg_op = 'UPDATE' then
        select coalesce(jsonb_object_agg(b.key, b.value), '{}'), coalesce(jsonb_object_agg(b.key, a.value), '{}') into before, after
        from jsonb_each(before) b join jsonb_each(after) a using (key) where a.value <> b.value;
        if before = '{}' then return null; end if;
    end if;
    -- With its schema, so that no temporary table of that name takes the rows.
    execute format('insert into %I.audit (at, actor_kind, actor, account_id, credential_id, address, via, action, subject, subject_id, subject_name, before, after)
        values (clock_timestamp(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)', tg_table_schema)
    using coalesce(actor->>'kind', 'system'), coalesce(actor->>'name', nullif(current_setting('application_name'), ''), session_user),
        (actor->>'account_id')::uuid, (actor->>'credential_id')::uuid, actor->>'address', actor->>'via',
        case tg_op when 'INSERT' then 'added' when 'UPDATE' then 'changed' else 'removed' end,
        tg_argv[0], whole->>tg_argv[1], whole->>tg_argv[2], audit_masked(before), audit_masked(after);
    return null;
end $$;

create trigger audit_account after insert or update or delete on account for each row
    execute function audit_change('user', 'id', 'username', 'created_at,updated_at');
create trigger audit_streamer after insert or update or delete on streamer for each row
    execute function audit_change('streamer', 'id', 'name', 'waiting,last_epoch,version,created_at,updated_at');
create trigger audit_settings_default after insert or update or delete on settings_default for each row
    execute function audit_change('settings', 'only_row', '', 'version,updated_at');
create trigger audit_api_token after insert or update or delete on api_token for each row
    execute function audit_change('token', 'id', 'name', 'last_used_at,last_address');
-- Of these, what people do: sign-ins expire, agents report, and old clips go, all by themselves.
create trigger audit_session_added after insert on session for each row
    execute function audit_change('session', 'id', 'address', 'last_seen_at');
create trigger audit_session_removed after delete on session for each row
    when (coalesce(current_setting('streamclips.actor', true), '') <> '')
    execute function audit_change('session', 'id', 'address', 'last_seen_at');
create trigger audit_clip after update or delete on clip for each row
    when (coalesce(current_setting('streamclips.actor', true), '') <> '')
    execute function audit_change('clip', 'id', 'streamer', 'sidecar');
create trigger audit_node after update or delete on node for each row
    when (coalesce(current_setting('streamclips.actor', true), '') <> '')
    execute function audit_change('node', 'id', 'host_name', 'desired_revision');

create function audit_stays() returns trigger language plpgsql as $$
begin
    raise exception 'the audit trail is append-only: % is refused', lower(tg_op) using errcode = 'insufficient_privilege';
end $$;
create trigger audit_stays before update or delete or truncate on audit for each statement execute function audit_stays();
-- A row that no change made is refused too: those of a change come from within another trigger.
create trigger audit_is_true before insert on audit for each statement when (pg_trigger_depth() = 0) execute function audit_stays();
alter table audit enable always trigger audit_stays;
alter table audit enable always trigger audit_is_true;
