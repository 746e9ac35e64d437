-- SPDX-License-Identifier: Apache-2.0

-- name: series_named
-- The series of one asset with some names: what is measured, with its labels, and how often.
SELECT sid, name, labels, interval_s FROM series FINAL
WHERE client IN {clients:Array(UInt32)} AND asset = {asset:UInt32} AND name IN {names:Array(String)}
ORDER BY name, sid;

-- name: newest_sample
-- When an asset was last measured, unix seconds; 0 for never in the last 30 days.
SELECT toUnixTimestamp(max(ts)) AS at FROM samples
WHERE client IN {clients:Array(UInt32)} AND ts >= now() - INTERVAL 30 DAY
    AND sid IN (SELECT sid FROM series FINAL WHERE client IN {clients:Array(UInt32)} AND asset = {asset:UInt32} AND name = {name:String});
