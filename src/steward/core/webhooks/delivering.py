# SPDX-License-Identifier: Apache-2.0
"""One try of one message: prepared in one transaction, sent outside of any, written down in another.

A worker that is killed in between sends again, with the same id. When the next try is due stands in the row, so the queue's
own counting of failures is left to faults of ours."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from steward.core.access.public import Role, RoleAssignment
from steward.core.audit.public import audit
from steward.core.crypto.public import decrypt
from steward.core.identity.public import User
from steward.core.jobs.public import Backoff, defer, job
from steward.core.notify.public import quoted, send
from steward.core.outward.public import Question, Reply, Unreached, ask
from steward.core.records.public import record_ref
from steward.core.tenancy.public import scoped, system_scope
from steward.core.webhooks.models import Attempt, Delivery, Endpoint
from steward.core.webhooks.signing import signature

SEALED_URL: Final = "webhooks.url"
SEALED_KEY: Final = "webhooks.key"
TEST: Final = "webhooks.test"
# Twelve tries over four days: 0 s, 30 s, 2 min, 6 min, 20 min, 1 h, 3 h, 9 h, 27 h, 51 h, 75 h, 99 h.
RETRY: Final = Backoff(attempts=12, first=timedelta(seconds=30), factor=3.0, longest=timedelta(hours=24), jitter=0.1)
# Of an endpoint as a whole: however much waits for it, it is asked once in a while until it answers again.
REST: Final = Backoff(
    attempts=1_000_000, first=timedelta(seconds=15), factor=2.0, longest=timedelta(hours=1), jitter=0.1
)
REST_AFTER: Final = 3  # failures in a row
SWITCHED_OFF_AFTER: Final = timedelta(days=3)
GONE: Final = 410
ANSWER_BYTES: Final = 2048


@dataclass(frozen=True, slots=True)
class _Ready:
    """All that a try needs, so that none of it is read while the other side is waited for."""

    message_id: str
    url: str = field(repr=False)
    keys: tuple[str, ...] = field(repr=False)
    body: bytes = field(repr=False)


@job(name="webhooks.deliver", queue="webhooks", atomic=False)
def deliver(*, delivery: int) -> None:
    """Try one message, unless it is not its turn any more."""
    with transaction.atomic():
        ready = _prepare(delivery)
    if ready is None:
        return
    said = _sent(ready)
    with transaction.atomic():
        _write_down(delivery, ready, said)


def queue(delivery: Delivery) -> None:
    """Save a message with its job, which runs in the scope of the system; `next_at` says when. Needs a transaction."""
    delivery.save()
    with scoped(system_scope("webhooks.deliver")):
        defer(deliver.later(at=delivery.next_at), delivery=delivery.pk)


def keys_of(endpoint: Endpoint, at: datetime) -> tuple[str, ...]:
    """The keys that sign at a time, the newest first."""
    sealed = [endpoint.sealed_key]
    if endpoint.key_before_until is not None and endpoint.key_before_until > at:
        sealed.append(endpoint.sealed_key_before)
    return tuple(decrypt(SEALED_KEY, each, context=endpoint.uid.bytes).decode() for each in sealed)


def message(type_: str, happened_at: datetime, data: Any) -> bytes:
    """The body of a message."""
    said = {"type": type_, "timestamp": happened_at.isoformat().replace("+00:00", "Z"), "data": data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _prepare(pk: int) -> _Ready | None:
    # The database's clock started this job, so it is asked again, and not ours.
    found = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("endpoint")
        .filter(pk=pk, state=Delivery.State.QUEUED, next_at__lte=Now())
        .first()
    )
    if found is None:
        return None
    endpoint, now = found.endpoint, timezone.now()
    is_test = found.type == TEST
    if not endpoint.takes and not is_test:
        found.state, found.ended_at = Delivery.State.STOPPED, now
        found.save(update_fields=["state", "ended_at"])
        return None
    if endpoint.rests_until is not None and endpoint.rests_until > now and not is_test:
        found.next_at = endpoint.rests_until
        queue(found)
        return None
    url = decrypt(SEALED_URL, endpoint.sealed_url, context=endpoint.uid.bytes).decode()
    return _Ready(found.message_id, url, keys_of(endpoint, now), message(found.type, found.happened_at, found.data))


def _sent(ready: _Ready) -> Reply | Unreached:
    timestamp = int(timezone.now().timestamp())
    signed = signature(ready.keys, message_id=ready.message_id, timestamp=timestamp, body=ready.body)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": ready.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signed,
    }
    try:
        return ask(Question(ready.url, "POST", headers, ready.body), whole=False, body_max=ANSWER_BYTES)
    except Unreached as unreached:
        return unreached


def _write_down(pk: int, ready: _Ready, said: Reply | Unreached) -> None:
    found = Delivery.objects.select_for_update(of=("self",)).get(pk=pk)
    found.attempts += 1
    attempt = Attempt(delivery=found, client_id=found.client_id)
    if isinstance(said, Reply):
        attempt.status, attempt.milliseconds = said.status, said.milliseconds
        attempt.answer = quoted(said.body.decode("utf-8", "replace"), ready.url)
    else:
        attempt.code, attempt.params = said.code, said.params
    attempt.save()
    if isinstance(said, Reply) and 200 <= said.status < 300:
        _got_through(found)
    else:
        _failed(found, gone=isinstance(said, Reply) and said.status == GONE)


def _got_through(found: Delivery) -> None:
    found.state, found.ended_at = Delivery.State.DELIVERED, timezone.now()
    found.save(update_fields=["attempts", "state", "ended_at"])
    Endpoint.objects.filter(pk=found.endpoint_id, failing_since__isnull=False).update(
        failing_since=None, failures=0, rests_until=None
    )


def _failed(found: Delivery, *, gone: bool) -> None:
    now = timezone.now()
    is_test = found.type == TEST
    wait = None if gone or is_test else RETRY.wait(found.attempts)
    if wait is None:
        found.state, found.ended_at = Delivery.State.FAILED, now
        found.save(update_fields=["attempts", "state", "ended_at"])
    else:
        found.next_at = now + wait
        queue(found)
    if not is_test:
        _count_failure(found.endpoint_id, now, gone=gone)


def _count_failure(pk: int, now: datetime, *, gone: bool) -> None:
    endpoint = Endpoint.objects.select_for_update(of=("self",)).get(pk=pk)
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.failures += 1
    if endpoint.failures >= REST_AFTER:
        wait = REST.wait(min(endpoint.failures - REST_AFTER + 1, 20))
        endpoint.rests_until = now + wait if wait else None
    endpoint.save(update_fields=["failing_since", "failures", "rests_until"])
    if endpoint.takes and (gone or now - endpoint.failing_since >= SWITCHED_OFF_AFTER):
        _switch_off(endpoint, Endpoint.State.GONE if gone else Endpoint.State.FAILING)


def _switch_off(endpoint: Endpoint, state: Endpoint.State) -> None:
    endpoint.state = state
    endpoint.save(update_fields=["state"])
    audit("webhooks.endpoint.switch_off", endpoint, state=str(state))
    params = {"endpoint": str(record_ref(endpoint)), "state": str(state)}
    send("webhooks.switched_off", to=_to_tell(endpoint), params=params, client=endpoint.client)


def _to_tell(endpoint: Endpoint) -> list[User]:
    owners = RoleAssignment.objects.filter(role=Role.OWNER).values("user_id")
    return list(User.objects.filter(Q(pk__in=owners) | Q(pk=endpoint.created_by_id), is_active=True).order_by("pk"))
