-- SPDX-License-Identifier: Apache-2.0

-- name: hold_content
-- Holds one content until the transaction ends: nobody else puts or deletes it meanwhile.
select pg_advisory_xact_lock(hashtextextended('files:' || %(key)s, 0));
