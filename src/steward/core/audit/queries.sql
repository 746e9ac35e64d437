-- SPDX-License-Identifier: Apache-2.0

-- name: add
-- Adds one row. Without RETURNING, since a client's scope may not read rows that belong to no client.
insert into audit.entry (actor_kind, actor_id, actor_name, client_id, kind, record_kind, record_id, params, request_id)
values (%(actor_kind)s, %(actor_id)s, %(actor_name)s, %(client_id)s, %(kind)s, %(record_kind)s, %(record_id)s, %(params)s::jsonb, %(request_id)s);

-- name: links
-- Every link after a sequence number with the columns of its entry, in order; a missing entry gives nulls.
select l.seq, l.prev, l.hash, e.id::text, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.actor_kind,
  e.actor_id::text, e.actor_name, e.client_id::text, e.kind, e.record_kind, e.record_id, e.params::text, e.request_id
from audit.link l left join audit.entry e on e.id = l.entry
where l.seq > %(after)s order by l.seq;

-- name: unsealed
-- Entries that no link holds: written while the trigger was off, or whose link was taken away.
select e.id::text from audit.entry e where not exists (select from audit.link l where l.entry = e.id) order by e.id limit 100;

-- name: head
-- The newest link.
select seq, hash from audit.link order by seq desc limit 1;

-- name: at
-- The hash of one link.
select hash from audit.link where seq = %(seq)s;
