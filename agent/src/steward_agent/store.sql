-- SPDX-License-Identifier: Apache-2.0
-- name: create_meta
-- counters and marks of the spool by name
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID

-- name: create_series
-- the machine's own number of each series; the server's ids are never stored
CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, name TEXT NOT NULL, labels TEXT NOT NULL, UNIQUE (name, labels))

-- name: create_batches
-- sealed: the same boot, sequence and content until acknowledged
CREATE TABLE IF NOT EXISTS batches (id INTEGER PRIMARY KEY, boot BLOB NOT NULL, sequence INTEGER NOT NULL, UNIQUE (boot, sequence))

-- name: create_ticks
-- what one round of the collectors saw; belongs to at most one batch
CREATE TABLE IF NOT EXISTS ticks (id INTEGER PRIMARY KEY, ts INTEGER NOT NULL, samples INTEGER NOT NULL, crc INTEGER NOT NULL, body BLOB NOT NULL, batch INTEGER)

-- name: create_ticks_order
-- oldest or newest of a batch, or of those in none, without a scan
CREATE INDEX IF NOT EXISTS ticks_by_batch ON ticks (batch, ts)

-- name: create_ticks_time
-- the oldest of all, without a scan
CREATE INDEX IF NOT EXISTS ticks_by_time ON ticks (ts)

-- name: create_aside
-- what can't be delivered, with the reason
CREATE TABLE IF NOT EXISTS aside (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, ts INTEGER NOT NULL, samples INTEGER NOT NULL, reason TEXT NOT NULL, body BLOB NOT NULL)

-- name: create_records
-- what came of one check; beside the ticks, since an agent of before passes this table over
CREATE TABLE IF NOT EXISTS records (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, crc INTEGER NOT NULL, body BLOB NOT NULL)

-- name: create_records_time
-- newest and oldest without a scan
CREATE INDEX IF NOT EXISTS records_by_time ON records (at)

-- name: create_checked
-- the last stamp of each check, so that a restart gives no second value at one time
CREATE TABLE IF NOT EXISTS checked (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID

-- name: get_meta
-- one mark
SELECT value FROM meta WHERE key = :key

-- name: set_meta
-- one mark
INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value

-- name: list_series
-- all series known to the machine
SELECT id, name, labels FROM series

-- name: add_series
-- a series first seen
INSERT OR IGNORE INTO series (id, name, labels) VALUES (:id, :name, :labels)

-- name: add_tick
-- one round
INSERT INTO ticks (ts, samples, crc, body) VALUES (:ts, :samples, :crc, :body)

-- name: free_ticks
-- rounds in no batch, newest first
SELECT id, ts, samples, crc, body FROM ticks WHERE batch IS NULL ORDER BY ts DESC, id DESC

-- name: batch_ticks
-- the content of a batch in order of time
SELECT id, ts, samples, crc, body FROM ticks WHERE batch = :batch ORDER BY ts, id

-- name: add_batch
-- seal
INSERT INTO batches (boot, sequence) VALUES (:boot, :sequence)

-- name: assign_tick
-- put a round into a batch
UPDATE ticks SET batch = :batch WHERE id = :id

-- name: oldest_batch
-- the first sealed that is not acknowledged
SELECT id, boot, sequence FROM batches WHERE id > :after ORDER BY id LIMIT 1

-- name: drop_batch
-- forget the seal
DELETE FROM batches WHERE id = :batch

-- name: release_ticks
-- rounds of a batch that was refused for its size
UPDATE ticks SET batch = NULL WHERE batch = :batch

-- name: drop_tick
-- one round
DELETE FROM ticks WHERE id = :id

-- name: samples_of_batch
-- how many are lost when a batch goes
SELECT coalesce(sum(samples), 0) FROM ticks WHERE batch = :batch

-- name: drop_batch_ticks
-- the rounds of a batch
DELETE FROM ticks WHERE batch = :batch

-- name: add_aside
-- keep what can't be delivered
INSERT INTO aside (at, ts, samples, reason, body) VALUES (:at, :ts, :samples, :reason, :body)

-- name: trim_aside
-- keep the newest only
DELETE FROM aside WHERE id <= (SELECT max(id) FROM aside) - :keep

-- name: last_aside
-- the newest reason
SELECT at, reason FROM aside ORDER BY id DESC LIMIT 1

-- name: clear_series
-- forget every series; only when no tick refers to one
DELETE FROM series

-- name: oldest_tick
-- the first to go when the bound is reached; never of the batch in flight
SELECT id, batch, samples, ts FROM ticks WHERE batch IS NULL OR batch <> :in_flight ORDER BY ts, id LIMIT 1

-- name: count_waiting
-- rounds and samples not acknowledged
SELECT count(*), coalesce(sum(samples), 0) FROM ticks

-- name: add_record
-- one result
INSERT INTO records (at, crc, body) VALUES (:at, :crc, :body)

-- name: newest_records
-- results to send, newest first
SELECT id, at, crc, body FROM records ORDER BY at DESC, id DESC

-- name: drop_record
-- one result
DELETE FROM records WHERE id = :id

-- name: oldest_record
-- the first to go when the bound is reached
SELECT id, at FROM records ORDER BY at, id LIMIT 1

-- name: count_records
-- results not acknowledged
SELECT count(*) FROM records

-- name: set_checked
-- the last stamp of a check
INSERT INTO checked (id, at) VALUES (:id, :at) ON CONFLICT (id) DO UPDATE SET at = excluded.at

-- name: list_checked
-- the last stamps
SELECT id, at FROM checked

-- name: trim_checked
-- forget checks that were not run for long
DELETE FROM checked WHERE at < :before
