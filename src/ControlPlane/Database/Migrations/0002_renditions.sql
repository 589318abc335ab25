-- Renditions are files of a clip too, that come later than the others. What is known of one is beside it.
alter table clip_file drop constraint clip_file_kind_check;
alter table clip_file add constraint clip_file_kind_check check (kind in ('video', 'poster', 'sidecar', 'vertical', 'preview'));
alter table clip_file add column details jsonb check (jsonb_typeof(details) = 'object');
