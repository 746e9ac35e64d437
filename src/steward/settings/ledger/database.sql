-- SPDX-License-Identifier: Apache-2.0
-- One database's privileges. Run at every start: a restored or copied database gets them back.
do $database$
begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect, temporary on database %I to steward_app, steward_dump', current_database());
  execute format('grant connect, temporary, create on database %I to steward_owner', current_database());
end
$database$;

revoke all on schema public from public;
alter schema public owner to steward_owner;
grant usage on schema public to steward_app, steward_all, steward_audit, steward_dump;

create schema if not exists audit authorization steward_audit;
grant usage on schema audit to steward_app, steward_all, steward_owner, steward_dump;

alter default privileges for role steward_owner in schema public
  grant select, insert, update, delete on tables to steward_app, steward_all;
alter default privileges for role steward_owner in schema public
  grant usage on sequences to steward_app, steward_all;

-- Behind row-level security only leakproof operators may use an index. None of these can raise an error that depends on
-- a row's content, so none tells a foreign row; the mark is lost by a dump and by an upgrade, hence set again here.
alter function pg_catalog.ts_match_vq(tsvector, tsquery) leakproof;
alter function pg_catalog.ts_match_qv(tsquery, tsvector) leakproof;
alter function pg_catalog.jsonb_contains(jsonb, jsonb) leakproof;
alter function pg_catalog.jsonb_contained(jsonb, jsonb) leakproof;
alter function pg_catalog.numeric_eq(numeric, numeric) leakproof;
alter function pg_catalog.numeric_ne(numeric, numeric) leakproof;
alter function pg_catalog.numeric_lt(numeric, numeric) leakproof;
alter function pg_catalog.numeric_le(numeric, numeric) leakproof;
alter function pg_catalog.numeric_gt(numeric, numeric) leakproof;
alter function pg_catalog.numeric_ge(numeric, numeric) leakproof;
alter function pg_catalog.numeric_cmp(numeric, numeric) leakproof;
