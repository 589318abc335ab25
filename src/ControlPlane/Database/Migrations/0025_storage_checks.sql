-- A comparison of what lies in the storages with what the rows say. One at a time over all replicas.
create table storage_check (
    id             uuid primary key,
    -- The storage, or empty: all that are configured.
    storage        text not null,
    older_than_h   double precision not null check (older_than_h >= 1),
    remove_files   boolean not null,
    remove_clips   boolean not null,
    force          boolean not null,
    started_by     text not null,
    started_at     timestamptz not null,
    -- When whoever runs it last said so.
    heard_at       timestamptz not null,
    ended_at       timestamptz,
    counts         jsonb not null default '{}',
    fault          text not null default ''
);
create unique index storage_check_running on storage_check ((true)) where ended_at is null;
create index storage_check_newest on storage_check (started_at desc);

-- What a check found: files that no clip has, and clips' files that are not there.
create table storage_finding (
    check_id   uuid not null references storage_check on delete cascade,
    id         bigint generated always as identity,
    kind       text not null check (kind in ('orphan', 'temporary', 'foreign', 'missing', 'damaged')),
    storage    text not null,
    name       text not null,
    size_bytes bigint not null,
    -- Of a file: when it was last written, by the storage's clock.
    changed_at timestamptz,
    -- Of a clip's file: the clip.
    clip_id    uuid,
    goes       boolean not null,
    reason     text not null,
    primary key (check_id, id)
);

create trigger audit_storage_check after insert on storage_check for each row
    execute function audit_change('storage_check', 'id', 'storage', 'heard_at,counts,fault,ended_at');

-- Rows by the name of their file, in the order in which storages list files; and whatever the storage is called.
create index clip_file_name on clip_file (key collate "C", storage);

-- A file of no clip at all has no clip's id.
alter table clip_leftover alter column clip_id drop not null;
create index clip_leftover_name on clip_leftover (key collate "C");
