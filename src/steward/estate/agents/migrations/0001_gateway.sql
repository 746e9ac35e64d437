-- SPDX-License-Identifier: Apache-2.0
-- What the gateways live by: ids of series in runs of 64, and word of every change to who may send.
create sequence agents_series_chunk increment by 64 minvalue 1 maxvalue 4294967232;

-- The marks of thousands of agents change every half minute: room on each page keeps those changes off the indexes.
alter table agents_samplemark set (fillfactor = 50);
alter table agents_agent set (fillfactor = 80);

create index agents_serieschunk_unpublished on agents_serieschunk (first) where published < count;

create function agents_agent_changed() returns trigger
language plpgsql set search_path = pg_catalog, public
as $$
begin
  new.changed_at := clock_timestamp();
  perform pg_notify('steward_agents', new.id::text);
  return new;
end
$$;

create trigger agent_added before insert on agents_agent
  for each row execute function agents_agent_changed();

create trigger agent_changed before update on agents_agent
  for each row
  when ((old.state, old.public_key, old.client_id, old.asset_id, old.interval_seconds)
    is distinct from (new.state, new.public_key, new.client_id, new.asset_id, new.interval_seconds))
  execute function agents_agent_changed();
