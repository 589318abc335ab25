-- A node that gives away what it runs and takes nothing new, until somebody takes that back.
alter table node add column draining boolean not null default false;
-- What more its agent tells of the host.
alter table node add column cores integer not null default 0;
alter table node add column kernel text not null default '';
alter table node add column network_received_bytes bigint not null default 0;
alter table node add column network_sent_bytes bigint not null default 0;
-- How far the host's clock is ahead of the control plane's; null: not told yet.
alter table node add column clock_offset_s double precision;
