# SPDX-License-Identifier: Apache-2.0
"""Runs the checks an agent was given, each on its own fixed grid, beside the collectors and never in their way.

A thread per look, at most WORKERS at once. One that does not come back after its timeout is left behind, its place is
given to others, and its check says `hung` until it returns; a turn that passes without a look says `not_run`. Stamps
that nobody was there for (the machine slept, the agent was away) stay empty: a gap is neither up nor down.
"""

import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event, Lock, Thread

from steward_agent import logs
from steward_agent.checks.observation import (
    CHECK_UNKNOWN,
    CONFIG_REFUSED,
    CRASHED,
    FORBIDDEN_HERE,
    HUNG,
    NOT_RUN,
    VERDICT,
    Observation,
    Reason,
    observed,
)
from steward_agent.checks.place import Place
from steward_agent.checks.registry import BadConfig, checks
from steward_agent.protocol.policy import AssignedCheck
from steward_agent.protocol.results import CheckResult, Parameter, encode_result
from steward_agent.spool import Spool
from steward_agent.spool_file import Record, SeriesKey

WORKERS = 8
MAX_LEFT_BEHIND = 6
GRACE_S = 2.0
# Series that one check may have by labels it finds for itself, for as long as it is assigned.
MAX_LABELS = 64
# Several results are written to the disk at once.
GATHER_S = 0.5
_MAX_SPREAD_S = 5.0
_IDLE_S = 60.0

Look = Callable[[], Observation]


@dataclass(slots=True, eq=False)
class _Turn:
    """One look under way."""

    order: AssignedCheck
    at: int
    began: int
    started: float
    left_behind: bool = False


@dataclass(slots=True)
class _Slot:
    """A check and where it stands on its grid: `last` stamp had its turn, `wanted` waits for a free worker (0: none)."""

    order: AssignedCheck
    look: Look
    spread_s: float
    last: int = 0
    wanted: int = 0
    turn: _Turn | None = None


@dataclass(frozen=True, slots=True)
class _Outcome:
    order: AssignedCheck
    at: int
    began: int
    seconds: float
    observation: Observation


def spread_s(agent_id: int, check: str, interval: int) -> float:
    """How long a check holds back after its stamp, a sixth of the interval at most: a thousand agents don't ask one site at once."""
    share = zlib.crc32(f"{agent_id}:{check}".encode()) / 2**32
    return share * min(_MAX_SPREAD_S, interval / 6)


class Checking:
    """`spooled` is called when results were kept; `forbidden` are the slugs the machine's owner does not allow."""

    def __init__(
        self,
        spool: Spool,
        place: Place,
        agent_id: int,
        *,
        spooled: Callable[[], None],
        forbidden: Collection[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._spool = spool
        self._place = place
        self._agent_id = agent_id
        self._spooled = spooled
        self._forbidden = frozenset(forbidden)
        self._clock = clock
        self._lock = Lock()
        self._poke = Event()
        self._slots: dict[str, _Slot] = {}
        self._turns: set[_Turn] = set()
        self._outcomes: list[_Outcome] = []
        self._gather_until = 0.0
        self._labels: dict[str, set[tuple[str, str]]] = {}
        self._checked = spool.checked()

    @property
    def assigned(self) -> int:
        """How many checks there are to run."""
        return len(self._slots)

    @property
    def left_behind(self) -> int:
        """How many looks did not come back in time and are still out."""
        with self._lock:
            return sum(turn.left_behind for turn in self._turns)

    def assign(self, orders: Sequence[AssignedCheck]) -> None:
        """From now on these and no others; what is unchanged goes on as it was."""
        with self._lock:
            self._slots = {order.id: self._slot(order) for order in orders}
            self._labels = {check: known for check, known in self._labels.items() if check in self._slots}
        self._poke.set()

    def run(self, stop: Event) -> None:
        """Until `stop`; call `poke` after setting it."""
        while not stop.is_set():
            self._poke.clear()
            try:
                pause = self._step()
            except Exception:
                logs.failure("checks failed")
                pause = 1.0
            if not stop.is_set():
                self._poke.wait(pause)
        with self._lock:
            outcomes, self._outcomes = self._outcomes, []
        self._keep(outcomes)

    def poke(self) -> None:
        """Makes `run` look around; safe from another thread."""
        self._poke.set()

    def _step(self) -> float:
        """Everything that is due. Seconds until something else may be."""
        with self._lock:
            self._leave_behind()
            for slot in self._slots.values():
                self._turn(slot)
            outcomes = self._gathered()
        if outcomes:
            self._keep(outcomes)
        with self._lock:
            return self._pause()

    def _slot(self, order: AssignedCheck) -> _Slot:
        before = self._slots.get(order.id)
        if before is not None and before.order == order:
            return before
        slot = _Slot(order, self._look(order), spread_s(self._agent_id, order.id, order.interval))
        slot.last = before.last if before else self._checked.get(order.id, 0)
        slot.turn = before.turn if before else None
        return slot

    def _look(self, order: AssignedCheck) -> Look:
        def without(reason: Reason, **parameters: Parameter) -> Look:
            return lambda: observed(reason, parameters)

        check = checks().get(order.kind)
        if check is None:
            return without(CHECK_UNKNOWN, kind=order.kind)
        if order.kind in self._forbidden:
            return without(FORBIDDEN_HERE, kind=order.kind)
        try:
            config = check.config(order.config)
        except BadConfig as bad:
            return without(CONFIG_REFUSED, field=bad.field)
        timeout = min(order.timeout, float(order.interval))
        return lambda: check.observe(config, self._place, timeout)

    def _turn(self, slot: _Slot) -> None:
        stamp = self._stamp(slot)
        if stamp is None:
            return
        if slot.wanted and slot.wanted != stamp:
            self._pass_over(slot)
        if slot.turn is None and self._room():
            slot.last, slot.wanted = stamp, 0
            slot.turn = _Turn(slot.order, stamp, int(self._clock() * 1000), time.monotonic())
            self._turns.add(slot.turn)
            Thread(target=self._work, args=(slot.turn, slot.look), daemon=True, name="check").start()
            return
        slot.wanted = stamp

    def _stamp(self, slot: _Slot) -> int | None:
        """The stamp (unix ms) whose turn it is, None when it had its turn already."""
        step = slot.order.interval * 1000
        # The first time at once: whoever sets up a check is waiting for it.
        held_back = slot.spread_s if slot.last else 0.0
        stamp = int((self._clock() - held_back) * 1000) // step * step
        # A little less than the last is the spread, or a clock that was mended; much less, one that was set back.
        return stamp if stamp > slot.last or slot.last - stamp > 2 * step else None

    def _pass_over(self, slot: _Slot) -> None:
        hung = slot.turn is not None and slot.turn.left_behind
        seen = observed(HUNG, {"seconds": float(slot.order.timeout)}) if hung else observed(NOT_RUN)
        self._outcomes.append(_Outcome(slot.order, slot.wanted, int(self._clock() * 1000), 0.0, seen))
        slot.last, slot.wanted = slot.wanted, 0

    def _room(self) -> bool:
        left_behind = sum(turn.left_behind for turn in self._turns)
        return len(self._turns) - left_behind < WORKERS and len(self._turns) < WORKERS + MAX_LEFT_BEHIND

    def _leave_behind(self) -> None:
        now = time.monotonic()
        for turn in self._turns:
            if turn.left_behind or now - turn.started <= turn.order.timeout + GRACE_S:
                continue
            turn.left_behind = True
            logs.warning("check hangs", check=turn.order.id, kind=turn.order.kind)
            seen = observed(HUNG, {"seconds": float(turn.order.timeout)})
            self._outcomes.append(_Outcome(turn.order, turn.at, turn.began, now - turn.started, seen))

    def _work(self, turn: _Turn, look: Look) -> None:
        try:
            seen = look()
        except Exception as error:
            # Nothing may keep a turn from ending, or its check would never run again.
            logs.failure("check failed", check=turn.order.id)
            seen = observed(CRASHED, {"error": type(error).__name__})
        took = time.monotonic() - turn.started
        with self._lock:
            self._turns.discard(turn)
            slot = self._slots.get(turn.order.id)
            if slot is not None and slot.turn is turn:
                slot.turn = None
            if not turn.left_behind:
                self._outcomes.append(_Outcome(turn.order, turn.at, turn.began, took, seen))
        self._poke.set()

    def _gathered(self) -> list[_Outcome]:
        """What is to be written now: all there is, once nothing more is expected within moments."""
        now = time.monotonic()
        if not self._outcomes:
            return []
        if not self._gather_until:
            self._gather_until = now + GATHER_S
        if now < self._gather_until and any(not turn.left_behind for turn in self._turns):
            return []
        self._gather_until = 0.0
        outcomes, self._outcomes = self._outcomes, []
        return outcomes

    def _pause(self) -> float:
        pauses = [_IDLE_S]
        now, monotonic = self._clock(), time.monotonic()
        if self._outcomes:
            pauses.append(self._gather_until - monotonic if self._gather_until else 0.0)
        for turn in self._turns:
            if not turn.left_behind:
                pauses.append(turn.started + turn.order.timeout + GRACE_S - monotonic)
        for slot in self._slots.values():
            step = slot.order.interval
            pauses.append(step - (now - slot.spread_s) % step)
        return max(0.01, min(pauses))

    def _keep(self, outcomes: Iterable[_Outcome]) -> None:
        samples: dict[int, list[tuple[SeriesKey, float]]] = {}
        records = []
        for each in outcomes:
            labels = (("check", each.order.id),)
            seen = each.observation
            values = {VERDICT.name: float(seen.verdict.number), **seen.measured}
            samples.setdefault(each.at, []).extend(((name, labels), value) for name, value in values.items())
            samples[each.at].extend(self._labelled(each))
            records.append(Record(each.order.id, each.at, encode_result(_result(each))))
        if records:
            self._spool.observed(samples, records)
            self._spooled()

    def _labelled(self, outcome: _Outcome) -> Iterator[tuple[SeriesKey, float]]:
        """What a second label tells apart; what labels itself anew at every look gets no series without end."""
        known = self._labels.setdefault(outcome.order.id, set())
        for name, measured in outcome.observation.labelled.items():
            second = checks()[outcome.order.kind].second_label(name)
            for label, value in measured.items():
                if (name, label) not in known and len(known) >= MAX_LABELS:
                    continue
                known.add((name, label))
                yield (name, tuple(sorted((("check", outcome.order.id), (second, label))))), value


def _result(outcome: _Outcome) -> CheckResult:
    seen = outcome.observation
    return CheckResult(
        check=outcome.order.id,
        kind=outcome.order.kind,
        at=outcome.at,
        began=outcome.began,
        seconds=round(max(0.0, outcome.seconds), 4),
        verdict=seen.verdict,
        reason=seen.reason,
        parameters=seen.parameters,
        measured=seen.measured,
    )
