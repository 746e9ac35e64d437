-- SPDX-License-Identifier: Apache-2.0

-- name: tickets
-- Tickets %(first)s to %(last)s: nine in ten are over and lie anywhere within two years, the others were opened within ninety days, most of them lately.
with drawn as (
  select n,
         n %% 10 = 0 as unresolved,
         (n * 7919 %% 10007) / 10007.0 as chance,
         1 + n %% 4 as level
    from generate_series(%(first)s::bigint, %(last)s::bigint) as n
), placed as (
  select *,
         date_trunc('second', now()) - make_interval(mins => case
           when unresolved then (chance * chance * 129600)::int + 3 else (chance * 1051200)::int + 300 end) as opened,
         case when not unresolved then 'over' when n %% 30 = 0 then 'new'
              else (array['open', 'waiting_client', 'scheduled', 'open'])[1 + n / 10 %% 4] end as stands
    from drawn
), timed as (
  select *, least(opened + make_interval(mins => 30 + (chance * 2880)::int), now()) as settled from placed
)
insert into tickets_ticket (
  client_id, number, kind, status, impact, urgency, priority, queue_id, tier, assignee_id, summary, description, requester_id, asset_id,
  source, opened_at, resolved_at, resolution, closed_at, changed_at, version, due_at, due_kind, reply_token)
select (%(clients)s::bigint[])[1 + n %% cardinality(%(clients)s::bigint[])],
       'T-' || n,
       (array['incident', 'incident', 'service_request', 'problem'])[1 + n / 7 %% 4],
       case when stands <> 'over' then stands when settled < now() - interval '7 days' then 'closed' else 'resolved' end,
       (array[1, 1, 2, 3])[level],
       (array[1, 2, 2, 3])[level],
       'P' || level,
       (%(queues)s::bigint[])[1 + n / 3 %% cardinality(%(queues)s::bigint[])],
       1 + n / 11 %% 3,
       case when (n + n / 10) %% 3 > 0 then (%(people)s::bigint[])[1 + (n + n / 10) %% cardinality(%(people)s::bigint[])] end,
       'printer-' || lpad(n::text, 6, '0') || (array[' prints blank', ' is offline', ' jams since Monday', ': toner is low'])[1 + n / 4 %% 4],
       'Since this morning, on the second floor. ' || repeat('It worked until yesterday and nobody changed anything. ', 4),
       (%(contacts)s::bigint[])[1 + n %% cardinality(%(clients)s::bigint[])],
       case when n %% 3 = 0 then (%(assets)s::bigint[])[1 + n %% cardinality(%(clients)s::bigint[])] end,
       'console',
       opened,
       case when stands = 'over' then settled end,
       case when stands = 'over' then 'Replaced the drum.' else '' end,
       case when stands = 'over' and settled < now() - interval '7 days' then settled + interval '7 days' end,
       case when stands = 'over' then settled else opened + interval '10 minutes' end,
       3,
       case when stands in ('new', 'open', 'scheduled')
         then opened + make_interval(secs => (case when stands = 'new' then array[900, 3600, 14400, 28800] else array[14400, 28800, 86400, 259200] end)[level]) end,
       case when stands = 'new' then 'response' when stands in ('open', 'scheduled') then 'resolution' else '' end,
       lpad(to_hex(n), 16, '0')
  from timed

-- name: messages
-- What was said about those tickets: a reply to all that somebody looked at, a note to one in three.
insert into tickets_message (client_id, ticket_id, internal, by_client, automatic, author_id, body, at)
select t.client_id, t.id, said.internal, false, false, coalesce(t.assignee_id, %(person)s),
       repeat('We look at it, and write again as soon as we know what it is. ', 5), t.opened_at + said.after
  from tickets_ticket t
 cross join (values (false, interval '5 minutes'), (true, interval '8 minutes')) as said (internal, after)
 where t.id > %(after)s and t.status <> 'new' and (not said.internal or t.id %% 3 = 0)

-- name: long_conversation
-- A hundred more on one ticket, half of them notes.
insert into tickets_message (client_id, ticket_id, internal, by_client, automatic, author_id, body, at)
select t.client_id, t.id, n %% 2 = 0, false, false, %(person)s, repeat('Another look, and what came of it. ', 6), t.opened_at + make_interval(mins => 10 + n)
  from tickets_ticket t, generate_series(1, 100) as n
 where t.number = %(number)s

-- name: said
-- The entries of the timeline for what was said.
insert into tickets_timelineentry (client_id, ticket_id, kind, params, public, at, actor_kind, actor_name, person_id, message_id)
select m.client_id, m.ticket_id, case when m.internal then 'tickets.note' else 'tickets.reply' end,
       case when m.internal then '{}' else '{"by": "staff", "automatic": false}' end::jsonb, not m.internal, m.at, 'person', '', m.author_id, m.id
  from tickets_message m
 where m.id > %(after)s

-- name: happened
-- What else happened to those tickets: opened, given to somebody, set to another state, resolved.
insert into tickets_timelineentry (client_id, ticket_id, kind, params, public, at, actor_kind, actor_name, person_id)
select t.client_id, t.id, each.kind, each.params, each.kind <> 'tickets.assigned', t.opened_at + each.after, 'person', '', %(person)s
  from tickets_ticket t
 cross join lateral (
   select 'tickets.opened' as kind, jsonb_build_object('status', 'new', 'priority', t.priority, 'source', 'console') as params, interval '0' as after
   union all
   select 'tickets.assigned', jsonb_build_object('before', null, 'after', t.assignee_id), interval '2 minutes' where t.assignee_id is not null
   union all
   select 'tickets.status', '{"before": "new", "after": "open"}', interval '5 minutes' where t.status <> 'new'
   union all
   select 'tickets.status', jsonb_build_object('before', 'open', 'after', t.status), interval '10 minutes' where t.status in ('waiting_client', 'scheduled')
   union all
   select 'tickets.resolved', '{}', t.resolved_at - t.opened_at where t.resolved_at is not null
   union all
   select 'tickets.status', '{"before": "resolved", "after": "closed"}', t.closed_at - t.opened_at where t.closed_at is not null
 ) as each
 where t.id > %(after)s

-- name: owed
-- What those tickets owe by a version of a policy: a response and a resolution each.
insert into sla_obligation (
  client_id, clause, kind, subject_kind, subject_uid, version_id, priority, state, target_seconds, zero_at, due_at, met_at, breached_at)
select t.client_id, 'AGR-1 3.1', owed.kind, 'tickets.ticket', t.uid, %(version)s, t.priority,
       case when owed.met is not null then 'met' when owed.due < now() then 'breached' else 'open' end,
       owed.seconds, t.opened_at, owed.due, owed.met, case when owed.met is null and owed.due < now() then owed.due end
  from tickets_ticket t
 cross join lateral (
   select 'response' as kind, (array[900, 3600, 14400, 28800])[right(t.priority, 1)::int] as seconds,
          case when t.status <> 'new' then t.opened_at + interval '5 minutes' end as met
   union all
   select 'resolution', (array[14400, 28800, 86400, 259200])[right(t.priority, 1)::int], t.resolved_at
 ) as promised
 cross join lateral (
   select promised.*, case when t.status = 'waiting_client' and promised.kind = 'resolution' then null
                           else t.opened_at + make_interval(secs => promised.seconds) end as due
 ) as owed
 where t.id > %(after)s

-- name: found
-- What search knows of those tickets.
insert into search_searchdocument (client_id, kind, record_uid, title, detail, words, indexed_at)
select t.client_id, 'tickets.ticket', t.uid, t.number || ' ' || t.summary, c.name,
       setweight(array_to_tsvector(array[lower(t.number), substr(t.number, 3), split_part(t.summary, ' ', 1), 'printer', substr(t.summary, 9, 6)]), 'A')
         || to_tsvector('simple', t.summary || ' ' || c.name || ' ' || t.description), now()
  from tickets_ticket t join tenancy_client c on c.id = t.client_id
 where t.id > %(after)s

-- name: numbered
-- Uses up the numbers of tickets %(first)s to %(last)s, so that the next one gets another.
select count(records_next_number('T')) from generate_series(%(first)s::bigint, %(last)s::bigint)

-- name: analysed
-- The tables that autovacuum has looked at since they grew.
select relname from pg_stat_user_tables where last_autoanalyze is not null and n_mod_since_analyze < 5000
