-- Which storage a file lies in: the name that it has in the configuration. Those before this step lie in the directory.
alter table clip_file add column storage text not null default 'local' check (storage ~ '^[a-z0-9-]{1,63}$');
alter table clip_file drop constraint clip_file_key_key;
alter table clip_file add constraint clip_file_key_key unique (storage, key);
