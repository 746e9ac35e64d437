-- SPDX-License-Identifier: Apache-2.0

-- name: moment
-- The database's clock, in whole seconds since the epoch.
select floor(extract(epoch from clock_timestamp()))::bigint as now;
