-- Gives the role that the program works as what it needs, where that is not the owner of the tables. The program calls it as the owner
-- after each run of these steps, so it finds the tables of all later ones too. What is not granted: changes to the audit trail, whose
-- rows come from triggers that work as the owner, to the list of these steps, and to any table's shape. Only tables in days are its own,
-- as it makes and removes the days; to give them away the owner has to be a member of that role, or a superuser.
create function grant_to_application(application name) returns void language plpgsql as $$
declare
    item record;
    day regclass;
    ours name := current_schema();
begin
    execute format('grant usage on schema %I to %I', ours, application);
    for item in
        select c.relname, c.relkind, pg_get_userbyid(c.relowner) as owner from pg_class c
        where c.relnamespace = ours::regnamespace and c.relkind in ('r', 'p', 'S')
          and not exists (select from pg_inherits i where i.inhrelid = c.oid) order by c.relname
    loop
        if item.relkind = 'S' then
            execute format('grant usage, select, update on sequence %I.%I to %I', ours, item.relname, application);
        elsif item.relname in ('audit', 'schema_migration') then
            execute format('revoke all on %I.%I from %I', ours, item.relname, application);
            execute format('grant select on %I.%I to %I', ours, item.relname, application);
        elsif item.relname = 'lease' then
            execute format('grant select, update on %I.%I to %I', ours, item.relname, application);
        elsif item.relkind = 'p' then
            execute format('grant create on schema %I to %I', ours, application);
            if item.owner <> application then
                for day in select relid from pg_partition_tree(format('%I.%I', ours, item.relname)::regclass) loop
                    execute format('alter table %s owner to %I', day, application);
                end loop;
            end if;
        else
            execute format('grant select, insert, update, delete on %I.%I to %I', ours, item.relname, application);
        end if;
    end loop;
end $$;
revoke execute on function grant_to_application(name) from public;
