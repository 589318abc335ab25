-- How the shipping of a node's clips stands.
alter table node add column unshipped_bytes bigint not null default 0 check (unshipped_bytes >= 0);
alter table node add column oldest_unshipped_at timestamptz;
alter table node add column shipping_fault text not null default '';
