-- Which replica leads. One row. A leader's transactions lock it FOR KEY SHARE: another's taking over, which changes the key, waits for
-- their commits, and the leader's own renewals, which change the time alone, do not.
create table lease (
    term       bigint primary key check (term >= 0),
    only_row   boolean not null default true unique check (only_row),
    -- The replica's name, as it says it in its log; empty: none yet.
    holder     text not null check (length(holder) <= 100),
    -- By the database's clock.
    expires_at timestamptz not null
);
insert into lease (term, holder, expires_at) values (0, '', 'epoch');

create function lease_term_only_grows() returns trigger language plpgsql as $$
begin
    if tg_op <> 'UPDATE' then
        raise exception 'the lease may not go: its term would begin anew' using errcode = 'check_violation';
    end if;
    if new.term < old.term then
        raise exception 'the term of the lease may not go from % back to %', old.term, new.term using errcode = 'check_violation';
    end if;
    if new.term = old.term and new.holder <> old.holder then
        raise exception 'term % is %''s: % needs a new one', old.term, old.holder, new.holder using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger lease_term before update or delete on lease for each row execute function lease_term_only_grows();
create trigger lease_stays before truncate on lease for each statement execute function lease_term_only_grows();
alter table lease enable always trigger lease_term;
alter table lease enable always trigger lease_stays;
