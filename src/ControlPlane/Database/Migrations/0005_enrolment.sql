-- The control plane's own CA. One row; its key is sealed with what is derived from SECRET_KEY.
create table authority (
    only_row    boolean primary key default true check (only_row),
    certificate bytea not null,
    sealed_key  bytea not null,
    created_at  timestamptz not null
);

-- What lets a server become a node. The token itself is with who asked for it; here is the SHA-256 of its secret.
create table join_token (
    id          uuid primary key,
    secret_hash bytea not null unique check (length(secret_hash) = 32),
    -- The only node that it is for, which may be one that is enrolled already; null: any new one.
    node_id     text check (node_id ~ '^[a-z0-9-]{1,63}$'),
    uses        integer not null check (uses between 1 and 1000),
    used        integer not null default 0 check (used between 0 and uses),
    created_by  text not null,
    created_at  timestamptz not null,
    expires_at  timestamptz not null,
    revoked_at  timestamptz,
    revoked_by  text
);
create index join_token_newest on join_token (created_at desc, id desc);

-- Every certificate of a node. One that is not in here, or is revoked, lets nobody in.
create table node_certificate (
    serial      text primary key check (serial ~ '^[0-9A-F]{2,40}$'),
    node_id     text not null check (node_id ~ '^[a-z0-9-]{1,63}$'),
    -- The token that it was given for; null: it renewed another one.
    token_id    uuid references join_token on delete set null,
    key_hash    bytea not null check (length(key_hash) = 32),
    certificate bytea not null,
    host_name   text not null,
    address     text not null,
    issued_at   timestamptz not null,
    expires_at  timestamptz not null,
    revoked_at  timestamptz,
    -- Why, for who shows it.
    revoked_for text check ((revoked_for is null) = (revoked_at is null))
);
create index node_certificate_node on node_certificate (node_id, expires_at);
create index node_certificate_token on node_certificate (token_id);
create index node_certificate_key on node_certificate (key_hash);

alter table node drop constraint node_state_check;
alter table node add constraint node_state_check check (state in ('ready', 'lost', 'revoked', 'retired'));
-- Which agent of the node is connected: a copy of it elsewhere has another id.
alter table node add column agent_id text not null default '';
-- When, and from which host, another agent last called with this node's certificate; null: never.
alter table node add column duplicate_at timestamptz;
alter table node add column duplicate_host text not null default '';

-- What people do with them: make and revoke. A use is an agent's.
create trigger audit_join_token after insert or update or delete on join_token for each row
    when (coalesce(current_setting('streamclips.actor', true), '') <> '')
    execute function audit_change('join_token', 'id', 'node_id', 'used');
create trigger audit_node_certificate after update on node_certificate for each row
    when (coalesce(current_setting('streamclips.actor', true), '') <> '')
    execute function audit_change('node', 'node_id', 'host_name', 'certificate,key_hash');
