-- Whether a streamer is live, as its platform says, and when that is asked again: a row a streamer, which comes and goes with it. In a table
-- of its own, as it changes with every look.
create table live_status (
    streamer_id  uuid primary key references streamer on delete cascade,
    -- The streamer's address that all of this is of.
    url          text not null,
    -- Who is asked, and for which channel; null: that is still to be found out; none: nobody can be asked.
    platform     text check (platform in ('twitch', 'kick', 'youtube', 'hls', 'none')),
    channel      text not null default '',
    -- What was said last; null: nothing yet.
    live         boolean,
    note         text not null default '',
    changed_at   timestamptz,
    checked_at   timestamptz,
    live_at      timestamptz,
    -- Why the last look brought no answer; empty: it did.
    fault        text not null default '',
    -- Since when nothing is answered; null: something is, or nothing was asked yet.
    silent_since timestamptz,
    -- Since when it is to be looked at.
    since        timestamptz not null,
    -- Null: not at all, as the streamer is not active, or nobody can be asked. The epoch: at once.
    next_look_at timestamptz,
    check ((live is null) = (checked_at is null) and (live is null) = (changed_at is null))
);
create index live_status_due on live_status (platform, next_look_at);
create index live_status_new on live_status (streamer_id) where platform is null;

insert into live_status (streamer_id, url, since, next_look_at)
select id, url, updated_at, case when active then 'epoch'::timestamptz end from streamer;

create function streamer_is_looked_at() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into live_status (streamer_id, url, since, next_look_at)
        values (new.id, new.url, new.updated_at, case when new.active then 'epoch'::timestamptz end);
    else
        -- What was known is of another address, or of another time.
        update live_status set url = new.url, platform = null, channel = '', live = null, note = '', changed_at = null, checked_at = null, fault = '', silent_since = null,
            live_at = case when url = new.url then live_at end, since = new.updated_at,
            next_look_at = case when new.active then 'epoch'::timestamptz end
        where streamer_id = new.id;
    end if;
    return null;
end $$;
create trigger streamer_is_added after insert on streamer for each row execute function streamer_is_looked_at();
create trigger streamer_is_readdressed after update of url, active on streamer for each row
    when (old.url <> new.url or old.active <> new.active) execute function streamer_is_looked_at();
