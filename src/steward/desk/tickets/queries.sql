-- SPDX-License-Identifier: Apache-2.0

-- name: now
-- What time it is, by the one clock that all processes share.
select clock_timestamp() as now
