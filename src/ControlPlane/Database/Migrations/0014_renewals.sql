-- Of two certificates that renewed the same one, one node uses one. With the first use of a renewed certificate its predecessors and their other
-- successors end, so that a copied key can be renewed as often as it likes and lets nobody in.
alter table node_certificate add column renews text;
-- The certificate of the enrolment that it goes back to; null: this is one.
alter table node_certificate add column family text check ((family is null) = (renews is null));
-- When a session first began with it; null: none did.
alter table node_certificate add column used_at timestamptz;
-- Which one took its place; null: it was not renewed, or the new one was not used yet.
alter table node_certificate add column superseded_by text check (superseded_by is null or revoked_at is not null);
-- What was given out before stays good: which of it is a copy nobody knows.
update node_certificate set used_at = issued_at;
create index node_certificate_family on node_certificate (family);
