# SPDX-License-Identifier: Apache-2.0
"""The agent at work: a round of the collectors on every stamp of a fixed grid, delivery beside it, an orderly end.

Three threads: this one looks and spools, `Checking` runs the checks that the server's policy assigns (a thread more for
each under way), `Sender` delivers. On SIGTERM or SIGINT the spool goes to the disk and the process ends within 2 s,
whatever the network does.
"""

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from threading import Event, Thread

from steward_agent import __version__, logs
from steward_agent.channel import Channel
from steward_agent.checking import Checking
from steward_agent.checks.place import Place
from steward_agent.clock import ServerClock, unix_ms
from steward_agent.collecting import Collecting
from steward_agent.collectors.readings import Reading, reading
from steward_agent.config import AgentConfig
from steward_agent.identity import Enrolment, read_enrolment, read_key
from steward_agent.policy_file import read_policy, save_policy
from steward_agent.protocol.policy import Policy
from steward_agent.report import Report, save_report
from steward_agent.sender import Sender
from steward_agent.spool import Spool
from steward_agent.state import Lock, StateDir

_END_S = 1.0
_CHECKS_END_S = 0.5
_GOLDEN = 2654435761
_MAX_PHASE_S = 5.0


def grid_stamp(now_s: float, interval: int) -> int:
    """The last stamp of the grid at or before `now_s` (unix seconds), in ms."""
    return int(now_s // interval) * interval * 1000


def phase_s(agent_id: int, interval: int) -> float:
    """How long an agent holds back after each round, a sixth of the interval at most: agents with neighbouring ids far apart."""
    share = (agent_id * _GOLDEN % 2**32) / 2**32
    return share * min(_MAX_PHASE_S, interval / 6)


class Runner:
    """One agent of one state directory. `interval` in seconds overrides the policy's."""

    def __init__(self, state: StateDir, config: AgentConfig, interval: int | None = None) -> None:
        """Raises AgentError when the directory is not enrolled, not readable, or in use."""
        self._state = state
        self._enrolment: Enrolment = read_enrolment(state)
        key = read_key(state)
        self._lock = Lock(state)
        self._forced = interval
        self._followed = read_policy(state)
        self._interval = interval or (self._followed.interval if self._followed else self._enrolment.interval)
        self._stop, self._wake = Event(), Event()
        self._bell, self._rope = socket.socketpair()
        self._rope.setblocking(False)
        self._clock = ServerClock()
        self._collecting = Collecting(config.collectors, config.checks.announced())
        self._report = Report(started_at=unix_ms())
        self._spool = Spool(state.spool, config.spool.max_bytes)
        self._checking = Checking(
            self._spool,
            Place(allows=config.checks.allows, ca_file=config.checks.ca_file, machine=config.machine()),
            self._enrolment.agent_id,
            spooled=self._wake.set,
            forbidden=config.checks.not_run(),
        )
        if self._followed is not None:
            self._checking.assign(self._followed.checks)
        self._channel = Channel(key, self._enrolment.agent_id, self._enrolment.gateway_url, self._clock)
        self._sender = Sender(
            self._spool,
            self._channel,
            self._report,
            inventory=self._collecting.inventory,
            policy=self._follow,
            noted=self._save_report,
        )

    def stop(self) -> None:
        """Ends `run` soon; safe from another thread and in a signal handler.

        That comes in the middle of anything, also while `run` holds the lock of an event: to set one there would wait for itself.
        """
        with suppress(OSError):  # rung already, or over
            self._rope.send(b".")

    def run(self) -> None:
        """Until `stop`."""
        logs.info(
            "started", version=__version__, agent_id=self._enrolment.agent_id, gateway=self._enrolment.gateway_url
        )
        if self._spool.reason_aside:
            logs.warning("spool set aside", reason=self._spool.reason_aside)
        delivery = Thread(
            target=self._sender.run, args=(self._stop, self._wake, self._phase), daemon=True, name="sender"
        )
        checks = Thread(target=self._checking.run, args=(self._stop,), daemon=True, name="checks")
        delivery.start()
        checks.start()
        while not self._told_to_end(within=0):
            self._round()
            self._wait_for_next()
        self._stop.set()
        self._wake.set()
        self._checking.poke()
        checks.join(_CHECKS_END_S)
        # The sender may be waiting for an answer; what it has in flight stays in the spool.
        delivery.join(_END_S)
        self._save_report()
        lost = self._spool.close()
        self._lock.release()
        self._bell.close()
        self._rope.close()
        logs.info("stopped", lost_samples=lost)

    def _round(self) -> None:
        stamp = grid_stamp(time.time(), self._interval)
        last = self._spool.last_ts
        if stamp < last:
            logs.warning("clock went back", seconds=(last - stamp) // 1000)
        readings = self._collecting.readings()
        if stamp == last:
            # Restarted within one interval: a series has one value at one time. The counters have been read, though.
            return
        readings.extend(self._own_readings())
        self._spool.append(stamp, [((one.name, one.labels), one.value) for one in readings])
        self._wake.set()
        self._save_report()

    def _wait_for_next(self) -> None:
        interval = self._interval
        target = grid_stamp(time.time(), interval) / 1000 + interval
        # Woken early by rounding: wait on. The clock set back or the grid changed: a new target.
        while interval == self._interval:
            left = target - time.time()
            if left <= 0 or left > interval or self._told_to_end(within=min(left, 5.0)):
                return

    def _told_to_end(self, *, within: float) -> bool:
        self._bell.settimeout(within)
        try:
            return bool(self._bell.recv(1, socket.MSG_PEEK))
        except (BlockingIOError, TimeoutError):
            return False

    def _own_readings(self) -> Iterator[Reading]:
        spool = self._spool.state()
        if self._clock.offset_s is not None:
            yield reading("agent.clock_offset_seconds", self._clock.offset_s)
        yield reading("agent.spool_samples", spool.waiting)
        yield reading("agent.spool_bytes", spool.used_bytes)
        yield reading("agent.dropped_samples", spool.dropped)
        yield reading("agent.refused_samples", spool.set_aside)
        yield reading("agent.dropped_results", spool.dropped_records)
        yield reading("agent.hanging_checks", self._checking.left_behind)
        yield reading("agent.failed_collectors", len(self._collecting.failed))

    def _save_report(self) -> None:
        spool, report = self._spool.state(), self._report
        aside = self._spool.last_aside()
        if spool.trouble != report.spool_trouble:
            logs.warning("spool", trouble=spool.trouble or "over", waiting=spool.waiting)
        report.at, report.interval = unix_ms(), self._interval
        report.waiting, report.used_bytes = spool.waiting, spool.used_bytes
        report.dropped, report.set_aside = spool.dropped, spool.set_aside
        report.spool_trouble, report.spool_replaced = spool.trouble, self._spool.reason_aside
        report.last_aside = aside[1] if aside else ""
        report.clock_offset_s = self._clock.offset_s
        report.failed_collectors = self._collecting.failed
        report.checks, report.hanging_checks = self._checking.assigned, self._checking.left_behind
        report.waiting_results, report.dropped_results = spool.records, spool.dropped_records
        save_report(self._state, report)

    def _follow(self, policy: Policy) -> None:
        wanted = self._forced or policy.interval
        if wanted != self._interval:
            logs.info("interval", seconds=wanted, before=self._interval)
            self._interval = wanted
        if policy != self._followed:
            self._followed = policy
            save_policy(self._state, policy)
            self._checking.assign(policy.checks)

    def _phase(self) -> float:
        return phase_s(self._enrolment.agent_id, self._interval)


def run_until_signal(runner: Runner) -> None:
    """`runner.run`, ended by SIGTERM or SIGINT."""
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: runner.stop())
    runner.run()
