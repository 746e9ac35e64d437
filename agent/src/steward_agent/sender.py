# SPDX-License-Identifier: Apache-2.0
"""Delivers: policy, samples, inventory, in a thread of its own, so that a slow line never delays a measurement.

The newest batch goes first; older ones follow at most `CATCH_UP_PER_S` a second, so that thousands of agents coming
back after an outage don't drown what is of now. A batch leaves the spool only when the gateway says it is durable.
"""

import hashlib
import random
import time
from array import array
from collections.abc import Callable
from threading import Event

import msgspec

from steward_agent import logs
from steward_agent.channel import Answer, Backoff, Channel, Outcome
from steward_agent.clock import unix_ms
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.inventory import Inventory, encode_inventory
from steward_agent.protocol.policy import MAX_POLICY_BYTES, Policy, decode_policy
from steward_agent.protocol.results import MAX_RESULTS, encode_results
from steward_agent.protocol.samples import Columns, encode_samples
from steward_agent.protocol.series import MAX_SERIES, Series, decode_ids, encode_register
from steward_agent.report import Report
from steward_agent.spool import BATCH_SAMPLES, Spool
from steward_agent.spool_file import Batch, Record, SeriesKey

REGISTER_PATH = "/v1/register"
SAMPLES_PATH = "/v1/samples"
INVENTORY_PATH = "/v1/inventory"
POLICY_PATH = "/v1/policy"
RESULTS_PATH = "/v1/results"

CATCH_UP_PER_S = 2.0
POLICY_EVERY_S = 300.0
INVENTORY_AT_LEAST_EVERY_S = 86_400.0
ODD_ANSWERS_BORNE = 10
# A gateway that takes no results (one of before) is asked again now and then; samples go on meanwhile.
RESULTS_AGAIN_S = 300.0
_IDLE_S = 60.0
# How long to leave a server alone that knows us and says no: (from, to) seconds.
_PAUSES = {Outcome.PENDING: (5.0, 15.0), Outcome.REVOKED: (600.0, 900.0), Outcome.UNKNOWN: (60.0, 120.0)}


class Sender:
    """`inventory` collects a document; `policy` is told every policy that came; `noted` that the report changed."""

    def __init__(
        self,
        spool: Spool,
        channel: Channel,
        report: Report,
        *,
        inventory: Callable[[], Inventory],
        policy: Callable[[Policy], None],
        noted: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spool = spool
        self._channel = channel
        self._report = report
        self._inventory = inventory
        self._policy = policy
        self._noted = noted
        self._clock = clock
        self._backoff = Backoff()
        self._ids: dict[SeriesKey, int] = {}
        self._limit = BATCH_SAMPLES
        self._odd = 0
        self._results_limit = MAX_RESULTS
        self._results_due = 0.0
        self._results_next = False
        self._policy_due = 0.0
        self._inventory_due = 0.0
        self._inventory_every = float(Policy().inventory)
        self._inventory_sent = (b"", 0.0)

    def run(self, stop: Event, wake: Event, phase_s: Callable[[], float]) -> None:
        """Until `stop`; `wake` says that a round was spooled, `phase_s` how long this agent holds back after one."""
        while not stop.is_set():
            try:
                pause = self.step()
            except Exception:
                # Whatever it was, the spool keeps the data and the next try may fare better.
                logs.failure("delivery failed")
                pause = self._backoff.pause()
            if pause is not None:
                stop.wait(pause)
            elif wake.wait(_IDLE_S):
                wake.clear()
                stop.wait(phase_s())

    def step(self) -> float | None:
        """One exchange with the server. Seconds to pause before the next; None when there is nothing to do for now."""
        now = self._clock()
        if now >= self._policy_due:
            return self._ask_policy(now)
        batch = self._spool.next_batch(self._limit)
        records = self._spool.next_records(self._results_limit) if now >= self._results_due else []
        # In turns, so that neither waits for all of the other after an outage.
        if records and (batch is None or self._results_next):
            self._results_next = False
            return self._deliver_results(records, now)
        if batch is not None:
            self._results_next = True
            return self._deliver(batch)
        if now >= self._inventory_due:
            return self._send_inventory(now)
        return None

    def _ask_policy(self, now: float) -> float | None:
        answer = self._channel.call("GET", POLICY_PATH)
        if answer.outcome is not Outcome.DONE and answer.outcome not in (Outcome.ODD, Outcome.REFUSED):
            return self._pause(answer)
        self._policy_due = now + POLICY_EVERY_S
        try:
            policy = decode_policy(answer.body[:MAX_POLICY_BYTES])
        except ProtocolError as error:
            logs.warning("policy not understood", status=answer.status, reason=str(error))
            return 0.0
        self._inventory_every = float(policy.inventory)
        self._policy(policy)
        self._note(answer)
        return 0.0

    def _deliver(self, batch: Batch) -> float | None:
        answer = self._register(batch) or self._channel.call("POST", SAMPLES_PATH, self._encoded(batch))
        self._odd = self._odd + 1 if answer.outcome is Outcome.ODD else 0
        if answer.outcome is Outcome.DONE:
            return self._delivered(batch, answer)
        if answer.outcome is Outcome.REGISTER:
            self._ids.clear()
            return self._pause(answer)
        if answer.outcome is Outcome.SPLIT and self._spool.split(batch):
            self._limit = max(1, batch.samples // 2)
            logs.warning("batch too large", samples=batch.samples, limit=self._limit)
            return 0.0
        if self._never(answer):
            logs.warning("batch set aside", sequence=batch.sequence, samples=batch.samples, reason=answer.message)
            self._spool.set_aside(batch, answer.message)
            self._odd = 0
            return 1.0 / CATCH_UP_PER_S
        return self._pause(answer)

    def _delivered(self, batch: Batch, answer: Answer) -> float | None:
        self._spool.acknowledge(batch)
        self._report.delivered += batch.samples
        self._report.delivered_at = unix_ms()
        if answer.set_aside:
            logs.warning("set aside by the gateway", sequence=batch.sequence, samples=answer.set_aside)
            self._report.gateway_aside = answer.set_aside
        self._note(answer)
        if self._spool.backlog():
            return 1.0 / CATCH_UP_PER_S
        self._noted()
        return 0.0

    def _deliver_results(self, records: list[Record], now: float) -> float | None:
        answer = self._channel.call("POST", RESULTS_PATH, encode_results([each.body for each in records]))
        if answer.outcome is Outcome.DONE:
            self._spool.records_done(records)
            self._results_limit = min(MAX_RESULTS, 2 * self._results_limit)
            self._report.results += len(records)
            self._note(answer)
            self._noted()
            return 1.0 / CATCH_UP_PER_S if len(records) == MAX_RESULTS else 0.0
        if answer.outcome in (Outcome.SPLIT, Outcome.REFUSED):
            if len(records) > 1:
                self._results_limit = len(records) // 2
                return 0.0
            logs.warning("result set aside", status=answer.status, reason=answer.message)
            self._spool.records_done(records, answer.message or "refused")
            return 0.0
        if answer.outcome in (Outcome.ODD, Outcome.REGISTER):
            logs.warning("results not taken", status=answer.status, reason=answer.message)
            self._results_due = now + RESULTS_AGAIN_S
            return 0.0
        return self._pause(answer)

    def _register(self, batch: Batch) -> Answer | None:
        """None when the server's ids of all series of `batch` are known; otherwise the answer that stood in the way."""
        missing = list(dict.fromkeys(key for tick in batch.ticks for key in tick.keys if key not in self._ids))
        for start in range(0, len(missing), MAX_SERIES):
            keys = missing[start : start + MAX_SERIES]
            body = encode_register([Series(name, dict(labels)) for name, labels in keys])
            answer = self._channel.call("POST", REGISTER_PATH, body)
            if answer.outcome is not Outcome.DONE:
                return answer
            try:
                ids = decode_ids(answer.body, len(keys))
            except ProtocolError as error:
                return Answer(Outcome.ODD, answer.status, message=str(error))
            self._ids.update(zip(keys, ids, strict=True))
        return None

    def _encoded(self, batch: Batch) -> bytes:
        base = batch.ticks[0].ts
        ids, deltas, values = array("I"), array("i"), array("d")
        for tick in batch.ticks:
            ids.extend(self._ids[key] for key in tick.keys)
            deltas.extend([tick.ts - base] * len(tick.keys))
            values.extend(tick.values)
        return encode_samples(batch.boot_id, batch.sequence, base, Columns(ids, deltas, values), self._channel.codec)

    def _never(self, answer: Answer) -> bool:
        if answer.outcome is Outcome.SPLIT:
            return answer.code is not None
        return answer.outcome is Outcome.REFUSED or self._odd >= ODD_ANSWERS_BORNE

    def _send_inventory(self, now: float) -> float | None:
        self._inventory_due = now + self._inventory_every
        document = self._inventory()
        digest = hashlib.sha256(msgspec.msgpack.encode(msgspec.structs.replace(document, collected_at=0))).digest()
        before, at = self._inventory_sent
        if digest == before and now - at < INVENTORY_AT_LEAST_EVERY_S:
            return None
        answer = self._channel.call("POST", INVENTORY_PATH, encode_inventory(document))
        if answer.outcome in (Outcome.DONE, Outcome.REFUSED, Outcome.SPLIT, Outcome.ODD):
            self._inventory_sent = (digest, now)
            if answer.outcome is not Outcome.DONE:
                logs.warning("inventory refused", status=answer.status, reason=answer.message)
            self._note(answer)
            return None
        self._inventory_due = now
        return self._pause(answer)

    def _pause(self, answer: Answer) -> float:
        self._note(answer)
        span = _PAUSES.get(answer.outcome)
        if span is None:
            return self._backoff.pause(answer.retry_after_s)
        # Once it says yes, it says so first where it costs least.
        self._policy_due = 0.0
        return max(random.uniform(*span), answer.retry_after_s or 0.0)  # noqa: S311  spreads load, guards nothing

    def _note(self, answer: Answer) -> None:
        if answer.outcome is Outcome.DONE:
            self._backoff.reset()
        now = (answer.outcome.value, answer.message)
        if now == (self._report.delivery, self._report.message):
            return
        self._report.delivery, self._report.message = now
        say = logs.info if answer.outcome is Outcome.DONE else logs.warning
        say("delivery", state=answer.outcome.value, status=answer.status, reason=answer.message)
        self._noted()
