-- An RTMP address holds the stream's key: url shows it with **** in the key's place, and the whole of it is here, in base64, sealed with what
-- is derived from SECRET_KEY. So lists, events and the audit trail, whose triggers see the row, never have the key.
alter table streamer add column sealed_url text;
alter table streamer add constraint streamer_key_is_sealed check ((url ~ '^rtmps?://') = (sealed_url is not null));
alter table process add column sealed_url text;
alter table process add constraint process_key_is_sealed check (url !~ '^rtmps?://' or sealed_url is not null or wished = 'stop');

-- What is to run no longer needs no key.
create function process_forgets_key() returns trigger language plpgsql as $$
begin
    new.sealed_url = null;
    return new;
end $$;
create trigger process_forgets_key before update of wished on process for each row
    when (new.wished = 'stop' and new.sealed_url is not null) execute function process_forgets_key();
