-- What people say of a clip.
alter table clip add column favourite boolean not null default false;
alter table clip add column tags text[] not null default '{}' check (cardinality(tags) <= 20);
alter table clip add column note text not null default '' check (length(note) <= 2000);
alter table clip add column version bigint not null default 1 check (version > 0);

-- All that one searches a clip by, in lower case. (array_to_string is only stable, for arrays of other types.)
create function clip_tag_words(tags text[]) returns text language sql immutable parallel safe as $$
    select array_to_string(tags, E'\n')
$$;
alter table clip add column words text not null generated always as
    (lower(streamer || E'\n' || reason || E'\n' || note || E'\n' || clip_tag_words(tags))) stored;

-- What all files of a clip take up together, for retention.
alter table clip add column files_bytes bigint not null default 0;
update clip c set files_bytes = coalesce((select sum(f.size_bytes) from clip_file f where f.clip_id = c.id), 0);
create function clip_file_counts() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        update clip set files_bytes = files_bytes + new.size_bytes where id = new.clip_id;
    else
        update clip set files_bytes = files_bytes - old.size_bytes where id = old.clip_id;
    end if;
    return null;
end $$;
create trigger clip_file_counts after insert or delete on clip_file for each row execute function clip_file_counts();

-- A clip that is being removed: it is in no list any more, its files go, then its row. Why and by whom, and how it stands.
alter table clip add column removing_at timestamptz;
alter table clip add column removal text check (removal in ('deleted', 'duplicate', 'retention'));
alter table clip add column removal_reason text not null default '';
alter table clip add column removed_by text not null default '';
-- The clip of the same moment that stays.
alter table clip add column duplicate_of uuid check (duplicate_of <> id);
alter table clip add column removal_tries integer not null default 0;
alter table clip add column removal_next_at timestamptz;
alter table clip add column removal_fault text not null default '';
alter table clip add constraint clip_removal_whole check (
    (removing_at is null) = (removal is null) and (removing_at is null) = (removal_next_at is null)
    and (duplicate_of is null) = (coalesce(removal, '') <> 'duplicate'));

create index clip_removing on clip (removal_next_at) where removing_at is not null;
create index clip_kept on clip (streamer_id, saved_at desc, id desc) include (files_bytes) where removing_at is null and not favourite;
create index clip_favourite on clip (started_at desc, id desc) where favourite;
create index clip_score on clip (score desc, id desc);
create index clip_node on clip (node_id, started_at desc, id desc);
create index clip_tag on clip using gin (tags);
create index clip_duplicate on clip (duplicate_of) where duplicate_of is not null;
create index clip_file_hash on clip_file (sha256) where kind = 'video';

-- A clip that was removed: a report of it that comes late, or again, does not bring it back.
create table clip_tombstone (
    clip_id      uuid primary key,
    streamer_id  uuid,
    streamer     text not null,
    node_id      text not null,
    process_id   uuid,
    started_at   timestamptz not null,
    duration_s   double precision not null,
    lost_s       double precision not null,
    removal      text not null check (removal in ('deleted', 'duplicate', 'retention')),
    reason       text not null,
    removed_by   text not null,
    duplicate_of uuid,
    removed_at   timestamptz not null
);
create index clip_tombstone_age on clip_tombstone (removed_at);
create index clip_tombstone_duplicate on clip_tombstone (duplicate_of) where duplicate_of is not null;

-- Files in storage that are no clip's: what an agent stored of a clip that was removed.
create table clip_leftover (
    storage text not null,
    key     text not null,
    clip_id uuid not null,
    at      timestamptz not null,
    tries   integer not null default 0,
    next_at timestamptz not null,
    fault   text not null default '',
    primary key (storage, key)
);
create index clip_leftover_next on clip_leftover (next_at);

drop trigger audit_clip on clip;
create trigger audit_clip after update or delete on clip for each row
    when (coalesce(current_setting('streamclips.actor', true), '') <> '')
    execute function audit_change('clip', 'id', 'streamer', 'sidecar,words,version,files_bytes,removal_tries,removal_next_at,removal_fault');

-- Parts of words are found by three letters where the server has that extension; otherwise by reading.
do $$
begin
    create extension if not exists pg_trgm;
    create index clip_words on clip using gin (words gin_trgm_ops);
exception when undefined_file or insufficient_privilege or feature_not_supported or undefined_object then
    raise notice 'without pg_trgm a search for words reads all clips: %', sqlerrm;
end $$;
