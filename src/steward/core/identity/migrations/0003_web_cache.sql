-- SPDX-License-Identifier: Apache-2.0
-- What the web processes share for minutes: attempts counted against rate limits, one-time codes that were used.
-- Values are JSON: a cache that unpickles would run what a writer of the table puts there. Unlogged: lost in a crash, and
-- no loss.
create unlogged table web_cache (
  key text primary key,
  value jsonb not null,
  expires timestamptz
);
create index web_cache_expired on web_cache (expires);
