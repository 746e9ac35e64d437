-- SPDX-License-Identifier: Apache-2.0

-- What is measured. A series belongs to one client for good; a later row of the same series replaces the earlier one.
CREATE TABLE IF NOT EXISTS series
(
    client UInt32,
    sid UInt32,
    agent UInt32,
    asset UInt32,
    name LowCardinality(String),
    labels Map(LowCardinality(String), String),
    interval_s Float32 COMMENT 'seconds between samples',
    registered_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(registered_at)
ORDER BY (client, sid)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- A plain MergeTree: dropping doubles when reading costs less than replacing them on every merge (docs/explanation/telemetry.md).
CREATE TABLE IF NOT EXISTS samples
(
    client UInt32 CODEC(Delta, ZSTD(1)),
    sid UInt32 CODEC(Delta, ZSTD(1)),
    ts DateTime64(3) CODEC(DoubleDelta, ZSTD(1)),
    v Float64 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(ts)
ORDER BY (client, sid, ts)
TTL toDateTime(ts) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1;

-- Each sample once, wherever and however often it came from. Conditions on client, sid and ts reach the table beneath.
CREATE VIEW IF NOT EXISTS samples_once AS SELECT client, sid, ts, v FROM samples LIMIT 1 BY client, sid, ts;
