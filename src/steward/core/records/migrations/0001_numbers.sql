-- SPDX-License-Identifier: Apache-2.0
-- Gives the next number of a prefix, and makes its sequence on first use, which the application itself may not.
create function records_next_number(prefix text) returns bigint
language plpgsql security definer set search_path = pg_catalog, public
as $$
declare
  sequence text := 'records_number_' || lower(prefix);
begin
  if prefix !~ '^[A-Z]{1,4}$' then
    raise exception 'a prefix is one to four capital letters' using errcode = 'invalid_parameter_value';
  end if;
  if to_regclass(format('public.%I', sequence)) is null then
    perform pg_advisory_xact_lock(hashtext('records_next_number'), hashtext(prefix));
    execute format('create sequence if not exists public.%I', sequence);
  end if;
  return nextval(format('public.%I', sequence)::regclass);
end
$$;

revoke all on function records_next_number(text) from public;
grant execute on function records_next_number(text) to steward_app, steward_all;
