-- Requests that shall be carried out once, however often they are sent. The key is kept as its hash, and the answer sealed with it.
create table idempotency_key (
    account_id    uuid not null references account on delete cascade,
    key_hash      bytea not null check (length(key_hash) = 32),
    request_hash  bytea not null check (length(request_hash) = 32),
    -- Who carries it out, and until when nobody else may; it is committed in the transaction of what it makes.
    claim         uuid not null,
    claimed_until timestamptz not null,
    committed     boolean not null default false,
    answer        bytea check (length(answer) <= 65536),
    expires_at    timestamptz not null,
    primary key (account_id, key_hash),
    check (answer is null or committed)
);
create index idempotency_key_expires on idempotency_key (expires_at);

-- Users are changed by version, as streamers are. What the trail says of a change leaves it out.
alter table account add column version bigint not null default 1;
drop trigger audit_account on account;
create trigger audit_account after insert or update or delete on account for each row
    execute function audit_change('user', 'id', 'username', 'created_at,updated_at,version');

-- The orders that lists of streamers offer beside their names.
create index streamer_created on streamer (created_at, id);
create index streamer_updated on streamer (updated_at, id);
