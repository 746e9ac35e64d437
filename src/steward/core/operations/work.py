# SPDX-License-Identifier: Apache-2.0
"""Doing long work: declared with `@operation`, in steps whose effects, progress and checkpoint are one transaction each."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.functional import Promise

from steward.core.events.public import emit
from steward.core.jobs.public import Backoff, Job, current_job, fault_of, is_final, job
from steward.core.operations.events import OperationEnded
from steward.core.operations.models import Operation
from steward.core.operations.moving import moved

SHOWN_EVERY: Final = 0.5  # seconds between writes of progress that is only shown
FIVE_TIMES: Final = Backoff(attempts=5)
Json = dict[str, Any]


class OperationCancelled(Exception):
    """Somebody stopped the work; raised by `Work.step` and `Work.progress`, and not to be caught."""


class OperationTakenOver(Exception):
    """Another worker carries this work now; this one was taken for dead."""


class InsideTransaction(RuntimeError):
    """Progress inside a transaction would be seen only at its end."""


@dataclass(frozen=True, slots=True)
class OperationKind:
    """What a room declares of its long work. `messages` are texts with %(name)s places, by their kinds."""

    kind: str
    label: Promise | str
    task: Job
    permission: str
    messages: Mapping[str, Promise | str]


class UnknownOperation(LookupError):
    """No room declared this kind of long work."""


_kinds: dict[str, OperationKind] = {}


@dataclass(slots=True)
class Work:
    """The work in hand: what it was asked (`params`), where it goes on (`checkpoint`), and saying how far it is."""

    pk: int
    uid: UUID
    params: Json
    checkpoint: Json
    total: int | None
    done: int
    run: int
    _shown_at: float = field(default=0.0)

    @contextmanager
    def step(
        self, *, done: int, checkpoint: Json | None = None, message: tuple[str, Json] | None = None
    ) -> Iterator[None]:
        """One transaction: the effects of the block, then how far the work is and where it would go on.

        Raises OperationCancelled before the block when somebody stopped the work.
        """
        with transaction.atomic():
            row = self._row()
            yield
            self._write(row, done, message, checkpoint)
        self.done = done
        if checkpoint is not None:
            self.checkpoint = checkpoint

    def progress(self, done: int, *, message: tuple[str, Json] | None = None, total: int | None = None) -> None:
        """Show how far the work is; written at most twice a second, and always for a message, a new total or the end.

        Raises OperationCancelled when somebody stopped the work, InsideTransaction inside a transaction.
        """
        if connection.in_atomic_block:
            raise InsideTransaction("progress: call it outside of transactions, or use step")
        worth_a_write = message is not None or total is not None or done == self.total
        if not worth_a_write and time.monotonic() - self._shown_at < SHOWN_EVERY:
            return
        with transaction.atomic():
            row = self._row()
            if total is not None:
                row.total = self.total = total
            self._write(row, done, message, None)
        self.done, self._shown_at = done, time.monotonic()

    def _row(self) -> Operation:
        # Not locked: who wants to stop the work must not wait for a step to end.
        row = Operation.objects.get(pk=self.pk)
        if row.run != self.run:
            raise OperationTakenOver(str(self.uid))
        if row.cancel_requested_at is not None or row.state != Operation.State.RUNNING:
            raise OperationCancelled(str(self.uid))
        return row

    def _write(self, row: Operation, done: int, message: tuple[str, Json] | None, checkpoint: Json | None) -> None:
        changes: Json = {
            "done": done if row.total is None else min(done, row.total),
            "total": row.total,
            "moved_at": timezone.now(),
        }
        if message is not None:
            changes |= {"message_kind": message[0], "message_params": message[1]}
        if checkpoint is not None:
            changes["checkpoint"] = checkpoint
        # A worker that was only slow, and was taken for dead, finds here that another has begun: its step rolls back.
        if not Operation.objects.filter(pk=self.pk, run=self.run).update(**changes):
            raise OperationTakenOver(str(self.uid))
        moved(row)


def operation(
    *,
    kind: str,
    label: Promise | str,
    permission: str,
    messages: Mapping[str, Promise | str] | None = None,
    retry: Backoff = FIVE_TIMES,
) -> Callable[[Callable[[Work], Json | None]], OperationKind]:
    """Declare long work in a room's `tasks.py`. The function takes the Work and returns the result, small JSON, or None.

    It runs outside of any transaction, in the scope of whoever started it, and begins anew at its checkpoint when its
    worker dies or it fails and may be tried again. `permission` is needed to see the work of others of this kind.
    """

    def decorate(function: Callable[[Work], Json | None]) -> OperationKind:
        def carry(*, operation: str) -> None:
            _carry(UUID(operation), function)

        # Named for what it does, but what it is given is a reference, whatever that takes.
        carry.__module__, carry.__qualname__, carry.__doc__ = (
            function.__module__,
            function.__qualname__,
            function.__doc__,
        )
        task = job(name=kind, retry=retry, queue="operations", atomic=False)(carry)
        declared = OperationKind(kind, label, task, permission, messages or {})
        _kinds[kind] = declared
        return declared

    return decorate


def operation_kind(kind: str) -> OperationKind:
    """The declaration of `kind`. Raises UnknownOperation."""
    try:
        return _kinds[kind]
    except KeyError:
        raise UnknownOperation(kind) from None


def operation_kinds() -> tuple[OperationKind, ...]:
    """Every kind, in alphabetical order."""
    return tuple(_kinds[kind] for kind in sorted(_kinds))


def _carry(uid: UUID, function: Callable[[Work], Json | None]) -> None:
    work = _begin(uid)
    if work is None:
        return
    try:
        result = function(work)
        _end(uid, Operation.State.DONE, result=result)
    except OperationTakenOver:
        return
    except OperationCancelled:
        _end(uid, Operation.State.CANCELLED)
    except Exception as error:
        running = current_job()
        if running is None or running.last_attempt or is_final(error):
            _end(uid, Operation.State.FAILED, error=error)
        raise


def _begin(uid: UUID) -> Work | None:
    with transaction.atomic():
        row = Operation.objects.select_for_update(of=("self",)).get(uid=uid)
        if row.ended:
            return None
        row.state = Operation.State.RUNNING
        row.started_at = row.started_at or timezone.now()
        row.run += 1
        row.save(update_fields=["state", "started_at", "run"])
        moved(row)
    return Work(row.pk, row.uid, row.params, row.checkpoint, row.total, row.done, row.run)


def _end(uid: UUID, state: str, *, result: Json | None = None, error: Exception | None = None) -> None:
    fault = fault_of(error) if error is not None else None
    end_operation(uid, state, result=result, error=fault.kind if fault else "", text=fault.message if fault else "")


def end_operation(uid: UUID, state: str, *, result: Json | None = None, error: str = "", text: str = "") -> bool:
    """Write the end, once. Returns whether this was it."""
    with transaction.atomic():
        row = Operation.objects.select_for_update(of=("self",)).get(uid=uid)
        if row.ended:
            return False
        row.state, row.result, row.error, row.error_text = state, result, error, text
        row.finished_at = timezone.now()
        if state == Operation.State.DONE and row.total is not None:
            row.done = row.total
        row.save(update_fields=["state", "result", "error", "error_text", "finished_at", "done"])
        emit(OperationEnded(row.uid, row.kind, state))
        moved(row)
    return True
