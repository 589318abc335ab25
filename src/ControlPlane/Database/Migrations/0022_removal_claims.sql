-- Until when a removal is somebody's; null: nobody's. Apart from the wait for the next try, so that who asks for one clip does not take it from who is at it.
alter table clip add column removal_claimed_until timestamptz;

drop trigger audit_clip on clip;
create trigger audit_clip after update or delete on clip for each row
    when (coalesce(current_setting('streamclips.actor', true), '') <> '')
    execute function audit_change('clip', 'id', 'streamer', 'sidecar,words,version,files_bytes,removal_tries,removal_next_at,removal_fault,removal_claimed_until');
