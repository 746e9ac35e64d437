-- SPDX-License-Identifier: Apache-2.0

-- name: series_intervals
-- Seconds between samples of some series.
SELECT sid, interval_s FROM series FINAL
WHERE client IN {clients:Array(UInt32)} AND sid IN {sids:Array(UInt32)};

-- name: series_of_asset
-- The series of one asset: what is measured, with its labels.
SELECT client, sid, agent, name, labels, interval_s FROM series FINAL
WHERE client IN {clients:Array(UInt32)} AND asset = {asset:UInt32}
ORDER BY name, sid;

-- name: last_samples
-- The newest sample of each of some series since a time.
SELECT sid, max(samples.ts) AS ts, argMax(samples.v, samples.ts) AS v FROM samples
WHERE client IN {clients:Array(UInt32)} AND sid IN {sids:Array(UInt32)} AND samples.ts >= toDateTime64({since:Float64}, 3)
GROUP BY sid ORDER BY sid;

-- name: rolled_until
-- The newest hour that the roll-ups hold for these series; later ones must be read from the samples.
SELECT toUnixTimestamp(max(t)) AS hour FROM samples_1h
WHERE client IN {clients:Array(UInt32)} AND sid IN {sids:Array(UInt32)} AND t >= toDateTime({start:UInt32})
HAVING count() > 0;

-- name: range_raw
-- Samples of some series on a grid of `step` milliseconds.
SELECT sid, intDiv(toUnixTimestamp64Milli(ts), {step:Int64}) AS slot, count() AS n, sum(v) / n AS mean, min(v) AS low, max(v) AS high
FROM samples_once
WHERE client IN {clients:Array(UInt32)} AND sid IN {sids:Array(UInt32)}
    AND ts >= fromUnixTimestamp64Milli({start:Int64}) AND ts < fromUnixTimestamp64Milli({end:Int64}) AND isFinite(v)
GROUP BY sid, slot ORDER BY sid, slot;

-- name: range_5m
-- The same from the five-minute roll-up.
SELECT sid, intDiv(toInt64(toUnixTimestamp(t)) * 1000, {step:Int64}) AS slot, sum(samples_5m.n) AS n,
    sum(samples_5m.sum) / n AS mean, min(samples_5m.min) AS low, max(samples_5m.max) AS high
FROM samples_5m FINAL
WHERE client IN {clients:Array(UInt32)} AND sid IN {sids:Array(UInt32)}
    AND t >= toDateTime(intDiv({start:Int64}, 1000)) AND t < toDateTime(intDiv({end:Int64}, 1000))
GROUP BY sid, slot ORDER BY sid, slot;

-- name: range_1h
-- The same from the hourly roll-up.
SELECT sid, intDiv(toInt64(toUnixTimestamp(t)) * 1000, {step:Int64}) AS slot, sum(samples_1h.n) AS n,
    sum(samples_1h.sum) / n AS mean, min(samples_1h.min) AS low, max(samples_1h.max) AS high
FROM samples_1h FINAL
WHERE client IN {clients:Array(UInt32)} AND sid IN {sids:Array(UInt32)}
    AND t >= toDateTime(intDiv({start:Int64}, 1000)) AND t < toDateTime(intDiv({end:Int64}, 1000))
GROUP BY sid, slot ORDER BY sid, slot;
