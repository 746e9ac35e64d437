-- SPDX-License-Identifier: Apache-2.0
-- The gateway's statements on the ledger. Each runs in a transaction of its own for all clients.

-- name: begin
-- Takes the role for all clients for the length of the transaction, as the web's database backend does.
select set_config('steward.scope', '', true), set_config('role', 'steward_all', true)

-- name: identities
-- Agents that changed since a moment, or all of them; `at` is the database's own now.
select agent.id, agent.client_id, agent.state, agent.public_key, agent.interval_seconds,
  case when coalesce(agent.capabilities, '{}') = '{}' then ''::bytea else agent.assigned end as assigned, statement_timestamp() as at,
  'c.' || client.uid || '.assets.metrics.' || asset.uid as topic
from agents_agent as agent
join tenancy_client as client on client.id = agent.client_id
left join assets_asset as asset on asset.id = agent.asset_id
where agent.changed_at >= %(since)s

-- name: identities_of
-- The agents with these ids.
select agent.id, agent.client_id, agent.state, agent.public_key, agent.interval_seconds,
  case when coalesce(agent.capabilities, '{}') = '{}' then ''::bytea else agent.assigned end as assigned, statement_timestamp() as at,
  'c.' || client.uid || '.assets.metrics.' || asset.uid as topic
from agents_agent as agent
join tenancy_client as client on client.id = agent.client_id
left join assets_asset as asset on asset.id = agent.asset_id
where agent.id = any(%(ids)s)

-- name: listen
-- Word of every change to an agent, by the trigger on its table.
listen steward_agents

-- name: marks
-- Which of these batches (agent, boot, sequence) are durable already.
select asked.agent, asked.boot, asked.sequence
from unnest(%(agents)s::bigint[], %(boots)s::uuid[], %(sequences)s::bigint[]) as asked(agent, boot, sequence)
join agents_samplemark as mark on mark.agent_id = asked.agent and mark.boot = asked.boot
where mark.done @> asked.sequence

-- name: mark
-- Batches that are durable from now on: unions of ranges, so it does not matter who comes first or twice. A mark in
-- more than a thousand pieces is no honest agent's: it is forgotten, which costs a repeated insert and no exactness.
insert into agents_samplemark as mark (client_id, agent_id, boot, done, changed_at)
select agent.client_id, agent.id, given.boot, range_agg(int8range(given.sequence, given.sequence + 1)), statement_timestamp()
from unnest(%(agents)s::bigint[], %(boots)s::uuid[], %(sequences)s::bigint[]) as given(agent, boot, sequence)
join agents_agent as agent on agent.id = given.agent
group by agent.client_id, agent.id, given.boot
order by agent.id, given.boot
on conflict (client_id, agent_id, boot) do update
set done = case when (select count(*) from unnest(mark.done)) > 1000 then excluded.done else mark.done + excluded.done end,
    changed_at = excluded.changed_at

-- name: set_aside
-- Count samples that were not stored, by agent, day and reason.
insert into agents_setaside as known (client_id, agent_id, day, reason, samples, first_ts, last_ts)
select agent.client_id, agent.id, (statement_timestamp() at time zone 'UTC')::date, given.reason, sum(given.samples), min(given.first_ts), max(given.last_ts)
from unnest(%(agents)s::bigint[], %(reasons)s::text[], %(samples)s::bigint[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[])
  as given(agent, reason, samples, first_ts, last_ts)
join agents_agent as agent on agent.id = given.agent
group by agent.client_id, agent.id, given.reason
order by agent.id, given.reason
on conflict (client_id, agent_id, day, reason) do update
set samples = known.samples + excluded.samples,
    first_ts = least(known.first_ts, excluded.first_ts),
    last_ts = greatest(known.last_ts, excluded.last_ts)

-- name: seen
-- When agents were last heard; never back in time.
update agents_agent as agent set last_seen_at = given.at
from unnest(%(agents)s::bigint[], %(times)s::timestamptz[]) as given(agent, at)
where agent.id = given.agent and (agent.last_seen_at is null or agent.last_seen_at < given.at)

-- name: pulse
-- A gateway is alive; after more than half a minute without any, it is alive since now.
insert into agents_gatewaypulse as known (id, at, since) values (1, statement_timestamp(), statement_timestamp())
on conflict (id) do update
set since = case when known.at < statement_timestamp() - interval '30 seconds' then excluded.since else known.since end,
    at = greatest(known.at, excluded.at)

-- name: lock_agents
-- Hold these agents, so that no other gateway gives ids to the same series meanwhile.
select id, client_id, asset_id
from agents_agent
where id = any(%(agents)s) and state = 'approved'
order by id
for update

-- name: chunks_of
-- All series of these agents.
select agent_id, first, entries
from agents_serieschunk
where agent_id = any(%(agents)s)
order by agent_id, first

-- name: owners
-- Whose every run of ids is, from an id on.
select first, count, agent_id, client_id
from agents_serieschunk
where first >= %(above)s

-- name: owners_of
-- Whose the runs of ids of these agents are.
select first, count, agent_id, client_id
from agents_serieschunk
where agent_id = any(%(agents)s)

-- name: new_chunks
-- Fresh runs of 64 ids.
select nextval('agents_series_chunk') as first
from generate_series(1, %(count)s::int)

-- name: put_chunk
-- A run of ids and what they mean; one that was not full may have grown.
insert into agents_serieschunk as known (client_id, agent_id, asset_id, first, entries, count, published)
select client_id, agent_id, asset_id, first, entries, count, 0
from unnest(%(clients)s::bigint[], %(agents)s::bigint[], %(assets)s::bigint[], %(firsts)s::bigint[], %(entries)s::bytea[], %(counts)s::int[])
  as given(client_id, agent_id, asset_id, first, entries, count)
on conflict (first) do update
set entries = excluded.entries, count = excluded.count, published = 0

-- name: unpublished
-- Series that the store does not know yet, or knows under another asset.
select chunk.client_id, chunk.agent_id, chunk.asset_id, chunk.first, chunk.entries, chunk.count, agent.interval_seconds
from agents_serieschunk as chunk
join agents_agent as agent on agent.id = chunk.agent_id
where chunk.published < chunk.count
order by chunk.first
limit %(limit)s

-- name: publish
-- The store knows these runs of ids as they were read; one that has grown since stays to be told.
update agents_serieschunk as chunk set published = chunk.count
from unnest(%(firsts)s::bigint[], %(counts)s::int[], %(assets)s::bigint[]) as told(first, count, asset)
where chunk.first = told.first and chunk.count = told.count and chunk.asset_id = told.asset

-- name: tell_pages
-- Word to open pages that these assets have new samples.
select pg_notify('steward_live', topic) from unnest(%(topics)s::text[]) as topic
