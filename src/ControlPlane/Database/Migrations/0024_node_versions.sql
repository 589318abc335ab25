-- Nodes are changed by version, as streamers are: by who drains, retires, revokes or enrols them. What agents report makes no new one.
alter table node add column version bigint not null default 1;

-- What the trail says of a change leaves it out.
drop trigger audit_node on node;
create trigger audit_node after update or delete on node for each row
    when (coalesce(current_setting('streamclips.actor', true), '') <> '')
    execute function audit_change('node', 'id', 'host_name', 'desired_revision,version');
