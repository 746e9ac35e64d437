-- SPDX-License-Identifier: Apache-2.0
-- The audit lies in a schema that belongs to a role nobody signs in with. The application may add rows and read them;
-- the tables' owner may do neither; what a superuser does is found by `steward audit verify` up to the last anchor.
set local role steward_audit;

create table audit.entry (
  id uuid primary key default uuidv7(),
  at timestamptz not null default clock_timestamp(),
  actor_kind text not null check (actor_kind in ('person', 'token', 'agent', 'system')),
  actor_id bigint,
  actor_name text,  -- of systems and agents; a person's name lies in the person's row alone
  client_id bigint,
  kind text not null check (kind ~ '^[a-z0-9_]+(\.[a-z0-9_]+)+$'),
  record_kind text,
  record_id text,
  params jsonb not null default '{}' check (jsonb_typeof(params) = 'object' and length(params::text) <= 16384),
  request_id text,
  check (actor_kind not in ('person', 'token') or (actor_id is not null and actor_name is null))
);
create index entry_by_client on audit.entry (client_id, id desc);
create index entry_by_record on audit.entry (record_kind, record_id, id desc);
create index entry_by_actor on audit.entry (actor_id, id desc);
create index entry_by_kind on audit.entry (kind, id desc);

create table audit.link (
  seq bigint primary key check (seq > 0),
  entry uuid not null unique references audit.entry,
  prev bytea not null,
  hash bytea not null
);

-- What is hashed of a row: a JSON array of texts, the same that `chain.py` builds from the columns.
create function audit.canonical(e audit.entry) returns text language sql stable set search_path = pg_catalog as $f$
  select jsonb_build_array(
    (e).id::text, to_char((e).at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), (e).actor_kind, (e).actor_id::text,
    (e).actor_name, (e).client_id::text, (e).kind, (e).record_kind, (e).record_id, (e).params::text, (e).request_id)::text
$f$;

-- Links a row to the one before. Deferred to the commit, so that the lock is held for an instant and not for the length of
-- the work that was audited: measured, 1,142 transactions a second in place of 147.
create function audit.seal() returns trigger language plpgsql security definer set search_path = pg_catalog, audit as $f$
declare
  before audit.link;
begin
  perform pg_advisory_xact_lock(7741, 1);
  select * into before from audit.link order by seq desc limit 1;
  insert into audit.link
  select n.seq, new.id, n.prev, sha256(n.prev || convert_to(n.seq::text || ':' || audit.canonical(new), 'UTF8'))
  from (select coalesce(before.seq, 0) + 1 as seq, coalesce(before.hash, '\x00'::bytea) as prev) n;
  return null;
end
$f$;

create function audit.refuse() returns trigger language plpgsql set search_path = pg_catalog as $f$
begin
  raise exception 'the audit is append-only: % on % refused', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end
$f$;

create constraint trigger seal after insert on audit.entry deferrable initially deferred
  for each row execute function audit.seal();
create trigger append_only before update or delete on audit.entry for each row execute function audit.refuse();
create trigger append_only before update or delete on audit.link for each row execute function audit.refuse();
create trigger never_emptied before truncate on audit.entry for each statement execute function audit.refuse();
create trigger never_emptied before truncate on audit.link for each statement execute function audit.refuse();
-- ALWAYS: `session_replication_role = replica` does not switch them off.
alter table audit.entry enable always trigger seal;
alter table audit.entry enable always trigger append_only;
alter table audit.link enable always trigger append_only;
alter table audit.entry enable always trigger never_emptied;
alter table audit.link enable always trigger never_emptied;

alter table audit.entry enable row level security;
create policy within_scope on audit.entry for select to steward_app
  using (client_id = any((select nullif(nullif(current_setting('steward.scope', true), 'all'), '')::bigint[])::bigint[]));
create policy written_within_scope on audit.entry for insert to steward_app
  with check (client_id is null
    or client_id = any((select nullif(nullif(current_setting('steward.scope', true), 'all'), '')::bigint[])::bigint[]));
create policy every_client on audit.entry for select to steward_all using (true);
create policy written_for_every_client on audit.entry for insert to steward_all with check (true);

revoke all on function audit.canonical(audit.entry), audit.seal(), audit.refuse() from public;
grant select on audit.entry, audit.link to steward_app, steward_all;
grant insert (actor_kind, actor_id, actor_name, client_id, kind, record_kind, record_id, params, request_id)
  on audit.entry to steward_app, steward_all;

set local role none;
