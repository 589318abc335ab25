-- How many processes the node's last status listed: those whose directory is still there. Null: not told yet.
alter table node add column listed_processes integer;
