-- Streamers are found by any part of their name or address. As for the words of clips: by three letters where the server has that extension;
-- otherwise all are read, for as long as a search may take.
do $$
begin
    create extension if not exists pg_trgm;
    create index streamer_words on streamer using gin (lower(name || E'\n' || url) gin_trgm_ops);
exception when undefined_file or insufficient_privilege or feature_not_supported or undefined_object then
    raise notice 'without pg_trgm a search for streamers reads all of them: %', sqlerrm;
end $$;

-- A plan changes columns of streamers that no index holds: with room for them on their page that touches none of the indexes.
alter table streamer set (fillfactor = 50);

-- The same as before, without a call for each row of a plan of ten thousand.
drop trigger streamer_epoch on streamer;
create trigger streamer_epoch before update of last_epoch on streamer for each row when (new.last_epoch < old.last_epoch) execute function epoch_only_grows();
