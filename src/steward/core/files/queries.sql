-- SPDX-License-Identifier: Apache-2.0

-- name: hold_content
-- Holds one content until the transaction ends: nobody else puts or deletes it meanwhile.
select pg_advisory_xact_lock(hashtextextended('files:' || %(key)s, 0));

-- name: nobody_backs_up
-- Holds the right to delete contents until the transaction ends; false while a backup copies them (the same key as there).
select pg_try_advisory_xact_lock(24297) as free;
