-- SPDX-License-Identifier: Apache-2.0
-- name: tell
-- Tells the live processes, when the transaction commits, that something changed.
select pg_notify(%(channel)s, %(topic)s);
