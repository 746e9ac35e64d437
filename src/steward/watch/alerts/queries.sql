-- SPDX-License-Identifier: Apache-2.0

-- name: now
-- What time it is, by the one clock that all processes share.
select clock_timestamp() as now

-- name: numbers
-- Numbers for so many new alerts.
select 'AL-' || records_next_number('AL') as number, each from generate_series(1, %(count)s::int) as each

-- name: one_at_a_time
-- Wait until nobody else gives tickets to alerts of this client and kind; let go at the end of the transaction.
select pg_advisory_xact_lock(hashtextextended(%(key)s, 0)) is not null as held

-- name: touch
-- Alerts that are reported again: counted, the time kept as the latest.
update alerts_alert set count = count + 1, last_at = greatest(last_at, %(at)s)
where id = any(%(ids)s) and state <> 'resolved'
