-- Whose database this is: copies of it are the same installation's.
create table installation (
    id   uuid primary key default gen_random_uuid(),
    single boolean not null default true unique check (single)
);
insert into installation default values;
