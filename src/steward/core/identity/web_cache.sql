-- SPDX-License-Identifier: Apache-2.0

-- name: get
-- The value of a key that has not expired.
select value from web_cache where key = %(key)s and (expires is null or expires > clock_timestamp());

-- name: set
-- Sets a key, whatever was there.
insert into web_cache (key, value, expires) values (%(key)s, %(value)s::jsonb, clock_timestamp() + make_interval(secs => %(seconds)s))
on conflict (key) do update set value = excluded.value, expires = excluded.expires;

-- name: add
-- Sets a key that is not there or has expired; a row comes back when it did.
insert into web_cache (key, value, expires) values (%(key)s, %(value)s::jsonb, clock_timestamp() + make_interval(secs => %(seconds)s))
on conflict (key) do update set value = excluded.value, expires = excluded.expires where web_cache.expires <= clock_timestamp()
returning true;

-- name: touch
-- Gives a living key another time to live; a row comes back when there was one.
update web_cache set expires = clock_timestamp() + make_interval(secs => %(seconds)s)
where key = %(key)s and (expires is null or expires > clock_timestamp()) returning true;

-- name: delete
-- Forgets a key; a row comes back when there was one.
delete from web_cache where key = %(key)s returning true;

-- name: clear
-- Forgets everything.
delete from web_cache;

-- name: cull
-- Forgets some of what has expired.
delete from web_cache where key in (select key from web_cache where expires <= clock_timestamp() limit 1000);
