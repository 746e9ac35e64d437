-- SPDX-License-Identifier: Apache-2.0

-- name: now
-- What time it is, by the one clock that all processes share.
select clock_timestamp() as now

-- name: take_turn
-- Whether nobody else judges the rules of this kind now; let go at the end of the transaction.
select pg_try_advisory_xact_lock(hashtextextended(%(key)s, 0)) as mine

-- name: latest_verdicts
-- Every check that runs, with its newest verdicts, the newest first.
select look.id, look.uid, look.number, look.name, look.asset_id, look.interval_seconds, look.last_at, look.last_reason,
  array(
    select result.verdict::text
    from monitoring_checkresult as result
    where result.client_id = look.client_id and result.look_id = look.id
    order by result.at desc
    limit %(most)s
  ) as verdicts
from monitoring_check as look
where look.enabled and look.archived_at is null

-- name: keep_results
-- Results as an agent told them, each once; of checks that are that agent's asset's, and no others; of whole seconds, none to come.
insert into monitoring_checkresult (client_id, look_id, at, began, seconds, verdict, reason, parameters, measured)
select look.client_id, look.id, given.at, given.began, given.seconds, given.verdict, given.reason, given.parameters, given.measured
from unnest(%(checks)s::uuid[], %(ats)s::timestamptz[], %(begans)s::timestamptz[], %(seconds)s::float8[], %(verdicts)s::text[],
    %(reasons)s::text[], %(parameters)s::jsonb[], %(measured)s::jsonb[])
  as given(uid, at, began, seconds, verdict, reason, parameters, measured)
join monitoring_check as look on look.uid = given.uid and look.kind = any(%(kinds)s)
join agents_agent as agent on agent.id = %(agent)s and agent.client_id = look.client_id and agent.asset_id = look.asset_id
where given.at between clock_timestamp() - interval '31 days' and clock_timestamp() + interval '5 minutes'
  and given.at = date_trunc('second', given.at)
on conflict (client_id, look_id, at) do nothing

-- name: last_results
-- What checks saw last, from the results that are kept.
update monitoring_check as look
set last_at = newest.at, last_verdict = newest.verdict, last_reason = newest.reason, last_parameters = newest.parameters,
    last_seconds = newest.seconds
from (
  select distinct on (result.look_id) result.client_id, result.look_id, result.at, result.verdict, result.reason, result.parameters,
    result.seconds
  from monitoring_checkresult as result
  join monitoring_check as known on known.client_id = result.client_id and known.id = result.look_id
  where known.uid = any(%(checks)s::uuid[])
  order by result.look_id, result.at desc
) as newest
where look.client_id = newest.client_id and look.id = newest.look_id and (look.last_at is null or look.last_at < newest.at)

-- name: forget_results
-- Drop results that are older than a time, but for the newest of each check.
delete from monitoring_checkresult as result
where result.at < %(before)s
  and exists (
    select 1
    from monitoring_checkresult as newer
    where newer.client_id = result.client_id and newer.look_id = result.look_id and newer.at > result.at
    offset %(kept)s
  )

-- name: windows
-- Lowest, highest and newest value of every series of some metrics over the last `span` seconds, or one interval where that is longer.
SELECT series.asset AS asset, series.name AS name, series.sid AS sid, any(series.labels) AS labels, any(series.interval_s) AS interval_s,
    min(samples.v) AS low, max(samples.v) AS high, argMax(samples.v, samples.ts) AS newest, count() AS n,
    {at:Float64} - toUnixTimestamp64Milli(min(samples.ts)) / 1000 AS first_age,
    {at:Float64} - toUnixTimestamp64Milli(max(samples.ts)) / 1000 AS last_age
FROM samples
INNER JOIN
(
    SELECT client, sid, asset, name, labels, interval_s FROM series FINAL
    WHERE client IN {clients:Array(UInt32)} AND name IN {names:Array(String)}
) AS series ON samples.client = series.client AND samples.sid = series.sid
WHERE samples.client IN {clients:Array(UInt32)}
    AND samples.ts > fromUnixTimestamp64Milli(toInt64(({at:Float64} - greatest({span:Float64}, 120)) * 1000))
    AND samples.ts <= fromUnixTimestamp64Milli(toInt64(({at:Float64} + 60) * 1000))
    AND toUnixTimestamp64Milli(samples.ts) / 1000 > {at:Float64} - greatest({span:Float64}, 1.5 * series.interval_s)
    AND isFinite(samples.v)
GROUP BY asset, name, sid;
