-- SPDX-License-Identifier: Apache-2.0
-- The cluster's roles. Verifiers of passwords come in as settings of the session, never as text of a statement.
-- pgadmin (initdb's superuser) is for this file and for upgrades; no process of the product signs in with it.
do $roles$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('steward_owner', 'login'),    -- owns the tables, migrates
      ('steward_app', 'login'),      -- the processes; owns nothing
      ('steward_all', 'nologin'),    -- what the app becomes for the length of a transaction that spans all clients
      ('steward_dump', 'login'),     -- backups: reads everything
      ('steward_audit', 'nologin')   -- owns the audit schema, so that nobody who signs in does
    ) as r(name, login)
  loop
    if not exists (select from pg_roles where rolname = wanted.name) then
      execute format('create role %I %s', wanted.name, wanted.login);
    end if;
  end loop;

  execute format('alter role steward_owner login nosuperuser nobypassrls nocreaterole %s password %L',
    case when current_setting('bootstrap.createdb')::boolean then 'createdb' else 'nocreatedb' end,
    current_setting('bootstrap.owner'));
  execute format('alter role steward_app login nosuperuser nobypassrls nocreaterole nocreatedb password %L',
    current_setting('bootstrap.app'));
  execute format('alter role steward_dump login nosuperuser bypassrls nocreaterole nocreatedb password %L',
    nullif(current_setting('bootstrap.dump'), ''));
  alter role steward_all nologin nosuperuser nobypassrls nocreaterole nocreatedb;
  alter role steward_audit nologin nosuperuser nobypassrls nocreaterole nocreatedb;

  grant steward_all to steward_app with inherit false, set true;
  grant pg_read_all_data to steward_dump;
  -- a migration that was killed may have left this behind
  if exists (
    select from pg_auth_members where roleid = 'steward_audit'::regrole and member = 'steward_owner'::regrole
  ) then
    revoke steward_audit from steward_owner;
  end if;

  -- A forgotten loop must not hold a page, a lock or the vacuum for ever.
  alter role steward_app set statement_timeout = '60s';
  alter role steward_app set lock_timeout = '15s';
  alter role steward_app set idle_in_transaction_session_timeout = '120s';
  alter role steward_owner set lock_timeout = '30s';
  alter role steward_dump set default_transaction_read_only = on;
end
$roles$;
