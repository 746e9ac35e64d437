-- SPDX-License-Identifier: Apache-2.0

-- name: frontier
-- The newest hour that was counted for all clients; no row before the first.
SELECT toUnixTimestamp(max(hour)) AS hour FROM rolled_hours WHERE client = 0 HAVING count() > 0;

-- name: first_hour_since
-- The first hour with samples at or after a time; no row when there is none.
SELECT toUnixTimestamp(toStartOfHour(min(ts))) AS hour FROM samples WHERE ts >= toDateTime64({since:UInt32}, 3) HAVING count() > 0;

-- name: late_hours
-- Hours to be counted again, each with its clients and the newest mark, as far as their marks have come to rest.
SELECT toUnixTimestamp(hour) AS hour, groupArray(client) AS clients, max(mark) AS rev
FROM
(
    SELECT hour, client, toUnixTimestamp64Milli(max(marked_at)) AS mark
    FROM late_hours
    WHERE marked_at <= toDateTime64({until:Float64}, 3) AND hour <= toDateTime({frontier:UInt32}) AND hour >= toDateTime({oldest:UInt32})
    GROUP BY hour, client
) AS late
LEFT ANY JOIN
(
    SELECT hour, client, max(rev) AS done FROM rolled_hours GROUP BY hour, client
) AS rolled USING (hour, client)
LEFT ANY JOIN
(
    SELECT hour, max(rev) AS done_for_all FROM rolled_hours WHERE client = 0 GROUP BY hour
) AS whole USING (hour)
WHERE mark > greatest(done, done_for_all)
GROUP BY hour
ORDER BY hour
LIMIT {most:UInt32};

-- name: newest_mark
-- The newest mark of one hour that has come to rest, so that its first count can stand for it; 0 without one.
SELECT toUnixTimestamp64Milli(max(marked_at)) AS mark FROM late_hours
WHERE hour = toDateTime({hour:UInt32}) AND marked_at <= toDateTime64({until:Float64}, 3);

-- name: roll_hour
-- Counts one hour into samples_1h, for some clients or (with an empty list) for all.
INSERT INTO samples_1h (client, sid, t, n, sum, min, max, last, rev)
SELECT client, sid, toDateTime({hour:UInt32}), count(), sum(v), min(v), max(v), argMax(v, ts), {rev:UInt64}
FROM
(
    SELECT client, sid, ts, v FROM samples
    WHERE ts >= toDateTime64({hour:UInt32}, 3) AND ts < toDateTime64({hour:UInt32} + 3600, 3) AND isFinite(v)
        AND (empty({only:Array(UInt32)}) OR client IN {only:Array(UInt32)})
    ORDER BY client, sid, ts
    LIMIT 1 BY client, sid, ts
)
GROUP BY client, sid;

-- name: roll_five_minutes
-- Counts the same hour into samples_5m, for series that are sampled more often than every 30 seconds.
INSERT INTO samples_5m (client, sid, t, n, sum, min, max, last, rev)
SELECT client, sid, toStartOfFiveMinutes(ts) AS t, count(), sum(v), min(v), max(v), argMax(v, ts), {rev:UInt64}
FROM
(
    SELECT client, sid, ts, v FROM samples
    WHERE ts >= toDateTime64({hour:UInt32}, 3) AND ts < toDateTime64({hour:UInt32} + 3600, 3) AND isFinite(v)
        AND (empty({only:Array(UInt32)}) OR client IN {only:Array(UInt32)})
        AND (client, sid) IN (SELECT client, sid FROM series FINAL WHERE interval_s < 30)
    ORDER BY client, sid, ts
    LIMIT 1 BY client, sid, ts
)
GROUP BY client, sid, t;

-- name: note_rolled
-- Notes that an hour was counted, for some clients or (client 0) for all.
INSERT INTO rolled_hours (hour, client, rev)
SELECT toDateTime({hour:UInt32}), arrayJoin({noted:Array(UInt32)}), {rev:UInt64};

-- name: applied
-- The migrations that this database has had.
SELECT number, name, max(checksum) AS checksum FROM schema_migrations GROUP BY number, name ORDER BY number;

-- name: note_applied
-- Notes that a migration was run.
INSERT INTO schema_migrations (number, name, checksum) SELECT {number:UInt32}, {name:String}, {checksum:String};

-- name: create_applied
-- Makes the table of applied migrations.
CREATE TABLE IF NOT EXISTS schema_migrations
(
    number UInt32,
    name String,
    checksum String,
    applied_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY number
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- name: health
-- Rows and bytes of the tables, and the age of the newest part, for the status page.
SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts, max(modification_time) AS newest
FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table ORDER BY table;

-- name: tables_to_freeze
-- The tables that hold parts of their own: name, place of the definition, place of the parts.
SELECT name, metadata_path, arrayElement(data_paths, 1) AS data FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name;
