-- SPDX-License-Identifier: Apache-2.0

-- Plain columns, so that an hour that is counted again simply replaces itself. Read with FINAL.
CREATE TABLE IF NOT EXISTS samples_5m
(
    client UInt32 CODEC(Delta, ZSTD(1)),
    sid UInt32 CODEC(Delta, ZSTD(1)),
    t DateTime CODEC(DoubleDelta, ZSTD(1)),
    n UInt32 CODEC(ZSTD(1)),
    sum Float64 CODEC(ZSTD(1)),
    min Float64 CODEC(ZSTD(1)),
    max Float64 CODEC(ZSTD(1)),
    last Float64 CODEC(ZSTD(1)),
    rev UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(rev)
PARTITION BY toYYYYMM(t)
ORDER BY (client, sid, t)
TTL t + INTERVAL 13 MONTH
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS samples_1h
(
    client UInt32 CODEC(Delta, ZSTD(1)),
    sid UInt32 CODEC(Delta, ZSTD(1)),
    t DateTime CODEC(DoubleDelta, ZSTD(1)),
    n UInt32 CODEC(ZSTD(1)),
    sum Float64 CODEC(ZSTD(1)),
    min Float64 CODEC(ZSTD(1)),
    max Float64 CODEC(ZSTD(1)),
    last Float64 CODEC(ZSTD(1)),
    rev UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(rev)
PARTITION BY toYYYYMM(t)
ORDER BY (client, sid, t)
TTL t + INTERVAL 5 YEAR
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Hours that got samples after they were counted: written before the samples themselves.
CREATE TABLE IF NOT EXISTS late_hours
(
    client UInt32,
    hour DateTime,
    marked_at DateTime64(3)
)
ENGINE = MergeTree
ORDER BY (hour, client)
TTL hour + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Hours that were counted: client 0 stands for all of them at once. `rev` is the newest mark counted, in milliseconds; 1 without one.
CREATE TABLE IF NOT EXISTS rolled_hours
(
    hour DateTime,
    client UInt32,
    rev UInt64,
    rolled_at DateTime64(3) DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(rev)
ORDER BY (hour, client)
TTL hour + INTERVAL 91 DAY
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
