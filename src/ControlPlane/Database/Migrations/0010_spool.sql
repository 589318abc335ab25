-- With so many bytes that wait for the storage a node makes no new clips; 0: not told yet.
alter table node add column spool_limit_bytes bigint not null default 0 check (spool_limit_bytes >= 0);
-- How full the operators were last told that it is, in percent.
alter table node add column spool_level integer not null default 0 check (spool_level in (0, 50, 80));
-- Why the node makes no new clips at present; empty: it does.
alter table node add column recording_paused text not null default '';
-- Moments of the worker's run that were not clipped for that.
alter table process add column not_clipped integer not null default 0;
