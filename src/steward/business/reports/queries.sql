-- SPDX-License-Identifier: Apache-2.0

-- name: breaks
-- Where samples of a metric stop being neighbours, per asset: the first sample, those after more than `allowed` ms without one, the last (`next` is 0).
SELECT asset, before, at, uptime, next, last FROM
(
    SELECT asset, at, last, uptime,
        lagInFrame(last) OVER (PARTITION BY asset ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before,
        leadInFrame(at) OVER (PARTITION BY asset ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next
    FROM
    (
        SELECT series.asset AS asset, toUnixTimestamp64Milli(min(samples.ts)) AS at, toUnixTimestamp64Milli(max(samples.ts)) AS last,
            argMin(samples.v, samples.ts) AS uptime
        FROM samples
        INNER JOIN
        (
            SELECT client, sid, asset FROM series FINAL
            WHERE client IN {clients:Array(UInt32)} AND asset IN {assets:Array(UInt32)} AND name = {name:String}
        ) AS series ON samples.client = series.client AND samples.sid = series.sid
        WHERE samples.client IN {clients:Array(UInt32)}
            AND samples.ts >= fromUnixTimestamp64Milli({start:Int64}) AND samples.ts < fromUnixTimestamp64Milli({end:Int64})
        GROUP BY asset, toStartOfMinute(samples.ts)
    )
)
WHERE at - before > {allowed:Int64} OR next = 0
ORDER BY asset, at;

-- name: series_of_assets
-- The series of some metrics of some assets, with their labels.
SELECT asset, sid, name, labels FROM series FINAL
WHERE client IN {clients:Array(UInt32)} AND asset IN {assets:Array(UInt32)} AND name IN {names:Array(String)}
ORDER BY asset, name, sid;
