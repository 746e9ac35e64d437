# SPDX-License-Identifier: Apache-2.0
"""Jobs and an event that only the tests know; workers started by tests import this module."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event as Pause
from typing import Any

from django.db import transaction

from steward.core.audit.public import audit
from steward.core.events.public import Event, on
from steward.core.jobs.public import Backoff, GiveUp, JobDied, OperatorError, current_job, defer, job, once, periodic
from steward.core.tenancy.public import Client, current_scope

AT_ONCE = Backoff(attempts=3, first=timedelta(0.01), longest=timedelta(0.02))
QUICK = Backoff(attempts=3, first=timedelta(milliseconds=1), longest=timedelta(milliseconds=2))
seen: list[Any] = []


@dataclass(frozen=True, slots=True)
class ClientGreeted(Event):
    client_id: int
    times: int = 1


@on(ClientGreeted)
def shout(event: ClientGreeted) -> None:
    seen.append(("shout", event))


@on(ClientGreeted)
def whisper(event: ClientGreeted) -> None:
    seen.append(("whisper", event))


@on(JobDied, name="tests.mourn")
def mourn(event: JobDied) -> None:
    seen.append(("died", event.task, event.ids))


@job(name="tests.list_clients")
def list_clients() -> None:
    seen.append(sorted(Client.objects.values_list("name", flat=True)))


@job(name="tests.who")
def who() -> None:
    seen.append((current_scope().actor.kind, current_scope().actor.user_id, current_scope().actor.name))


@job(name="tests.leave_a_mark")
def leave_a_mark(*, run: str, number: int, seconds: float = 0) -> None:
    """Two rows in one transaction, with some time between: room for a kill."""
    audit("tests.mark.half", None, run=run, number=number)
    Pause().wait(seconds / 2)
    audit("tests.mark.whole", None, run=run, number=number)
    Pause().wait(seconds / 2)


@job(name="tests.wait_for_somebody", queue="notify")
def wait_for_somebody(*, seconds: float) -> None:
    """As a mail server that hangs makes one wait."""
    Pause().wait(seconds)


@job(name="tests.walk", atomic=False)
def walk(*, run: str, steps: int) -> None:
    """Several transactions, each remembered by a key of its own."""
    for step in range(steps):
        with transaction.atomic():
            if once(f"tests.walk:{run}:{step}"):
                audit("tests.walk.step", None, run=run, number=step)


@job(name="tests.fail", retry=QUICK)
def fail(*, how: str, canary: str = "") -> None:
    running = current_job()
    assert running is not None
    seen.append(("attempt", running.attempt, running.last_attempt))
    audit("tests.failed.effect", None, how=how)
    if how == "error":
        raise RuntimeError(f"could not sign in with {canary}")
    if how == "operator":
        raise OperatorError(
            f"The mail server refuses: token={canary} https://me:{canary}@mail.example/ Bearer {canary}"
        )
    if how == "give up":
        raise GiveUp("The asset is gone.")
    if how == "disk":
        raise OSError(28, f"No space left for {canary}", f"/data/{canary}")


@job(name="tests.fail_twice", retry=QUICK)
def fail_twice(*, run: str) -> None:
    running = current_job()
    assert running is not None
    audit("tests.fail_twice.effect", None, run=run, attempt=running.attempt)
    if running.attempt < 3:
        raise RuntimeError("not yet")


@job(name="tests.fail_beside_the_next", retry=QUICK, atomic=False)
def fail_beside_the_next(*, run: str, first: bool) -> None:
    """A tick that fails when the next one waits already."""
    running = current_job()
    assert running is not None
    with transaction.atomic():
        if first and running.attempt == 1:
            defer(fail_beside_the_next.later(queueing_lock="tick"), run=run, first=False)
        else:
            audit("tests.beside.done", None, run=run, first=first)
    if first and running.attempt == 1:
        raise RuntimeError("not yet")


@periodic("* * * * * */3", name="tests.tick")
def tick(due_at: datetime) -> None:
    audit("tests.tick.due", None, due=due_at.isoformat())
