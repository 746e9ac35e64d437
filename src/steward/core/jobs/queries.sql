-- SPDX-License-Identifier: Apache-2.0

-- name: once
-- Remembers a key; touches no row when it was there already.
insert into jobs_oncekey (key) values (%(key)s) on conflict do nothing;

-- name: forget_keys
-- Forgets keys older than some days.
delete from jobs_oncekey where at < now() - make_interval(days => %(days)s);

-- name: sweep_stalled
-- Takes back jobs whose worker fell silent: waiting again, or dead when too many workers died over them.
with stalled as (
  select j.id
  from procrastinate_jobs j left join procrastinate_workers w on w.id = j.worker_id
  where j.status = 'doing' and (w.id is null or w.last_heartbeat < now() - make_interval(secs => %(silence)s))
  for update of j skip locked
), noted as (
  insert into jobs_jobfailure as f (job_id, task, attempts, crashes, error, place, message, reason)
  select j.id, j.task_name, j.attempts + 1, 1, 'WorkerDied', '', '', '' from stalled join procrastinate_jobs j using (id)
  on conflict (job_id) do update set crashes = f.crashes + 1, error = 'WorkerDied', place = '', message = '', attempts = excluded.attempts, at = now()
  returning job_id, crashes
)
update procrastinate_jobs j
set status = case when n.crashes >= %(crashes)s then 'failed' else 'todo' end::procrastinate_job_status,
    attempts = j.attempts + 1, abort_requested = false, worker_id = null, scheduled_at = null, queueing_lock = null
from noted n where n.job_id = j.id
returning j.id, j.task_name, j.status::text as status, j.args;

-- name: unlock
-- Lets a job that goes back into the queue wait beside a newer one of the same lock, which would break its way back.
update procrastinate_jobs set queueing_lock = null where id = %(job_id)s and queueing_lock is not null;

-- name: note_unnoted
-- Makes notes for failed jobs that have none, such as those whose code is gone.
insert into jobs_jobfailure (job_id, task, attempts, crashes, error, place, message, reason)
select j.id, j.task_name, j.attempts, 0, 'TaskNotFound', '', '', ''
from procrastinate_jobs j
where j.status = 'failed' and not exists (select from jobs_jobfailure f where f.job_id = j.id)
on conflict do nothing;

-- name: rerun
-- Puts a dead job back into its queue with all its attempts before it.
update procrastinate_jobs set status = 'todo', attempts = 0, scheduled_at = null, abort_requested = false, worker_id = null, queueing_lock = null
where id = %(job_id)s and status = 'failed';

-- name: drop
-- Ends a dead job for good.
update procrastinate_jobs set status = 'cancelled' where id = %(job_id)s and status = 'failed';

-- name: forget_done
-- Deletes jobs that ended well more than some hours ago, and dropped ones after some days.
delete from procrastinate_jobs j
using procrastinate_events e
where e.job_id = j.id and (
  (j.status = 'succeeded' and e.type = 'succeeded' and e.at < now() - make_interval(hours => %(hours)s))
  or (j.status in ('cancelled', 'aborted') and e.type = 'deferred' and e.at < now() - make_interval(days => %(days)s))
);

-- name: forget_notes
-- Deletes notes whose jobs are gone.
delete from jobs_jobfailure f
where f.at < now() - make_interval(days => %(days)s) and not exists (select from procrastinate_jobs j where j.id = f.job_id);

-- name: metrics
-- For each queue: how many jobs are ready, run, wait for their time, are dead, lost their worker, and the oldest ready one's age.
select j.queue_name as queue,
  count(*) filter (where j.status = 'todo' and (j.scheduled_at is null or j.scheduled_at <= now())) as ready,
  count(*) filter (where j.status = 'doing') as running,
  count(*) filter (where j.status = 'todo' and j.scheduled_at > now()) as scheduled,
  count(*) filter (where j.status = 'failed') as dead,
  count(*) filter (where j.status = 'doing' and (w.id is null or w.last_heartbeat < now() - make_interval(secs => %(silence)s))) as stalled,
  coalesce(extract(epoch from max(now() - coalesce(j.scheduled_at, d.at)) filter (
    where j.status = 'todo' and (j.scheduled_at is null or j.scheduled_at <= now()))), 0)::float8 as oldest_seconds
from procrastinate_jobs j
left join procrastinate_workers w on w.id = j.worker_id
left join procrastinate_events d on d.job_id = j.id and d.type = 'deferred' and j.status = 'todo'
where j.status in ('todo', 'doing', 'failed')
group by 1 order by 1;

-- name: clock_lag
-- How late the clock is: the oldest tick that waits, or how long no tick came at all beyond the minute within which one must.
select greatest(
  coalesce(max(tick.age) filter (where j.status = 'todo'), 0),
  coalesce(min(tick.age), 0) - 60,
  0)::float8 as seconds
from (select job_id, extract(epoch from now()) - defer_timestamp as age from procrastinate_periodic_defers) tick
left join procrastinate_jobs j on j.id = tick.job_id;

-- name: workers
-- The workers that gave a sign of life lately, and how long ago.
select w.id, extract(epoch from now() - w.last_heartbeat)::float8 as silent_seconds,
  (select count(*) from procrastinate_jobs j where j.worker_id = w.id and j.status = 'doing') as running
from procrastinate_workers w where w.last_heartbeat > now() - make_interval(mins => 10) order by w.id;
