# SPDX-License-Identifier: Apache-2.0
"""From a sample beyond a limit that was accepted to the notification that a mail server took: p50, p99, and where the time goes.

A running house (`steward up`), machines that speak the agent's protocol over the agent's own channel, a critical rule, somebody on
call, and a real mail server on loopback. Each machine has a client, an asset and an alert of its own and has its trouble at a moment
of its own, so that none joins another's ticket or call. The first sample of a filesystem is the one beyond the limit: the patience
that a rule is given (`for`) is no delay of ours and is kept out. Others fall silent, which is counted from when their rule's patience
is over. There is no peer to run beside it on this machine. Aim: p99 at or below 10 s with samples every 10 s."""

import argparse
import random
import statistics
import subprocess
import sys
import time
from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from aiosmtpd.smtp import SMTP, Envelope, Session

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from steward_agent.channel import Answer, Channel, Outcome  # noqa: E402
from steward_agent.clock import ServerClock  # noqa: E402
from steward_agent.protocol.samples import Codec, Columns, encode_samples  # noqa: E402
from steward_agent.protocol.series import Series, decode_ids, encode_register  # noqa: E402

from bench.seeds.agents import key_of  # noqa: E402
from steward.settings import ledger  # noqa: E402
from tests.core.notify.mail_server import Handler, start  # noqa: E402
from tests.fixtures.house import House, house  # noqa: E402

SILENT_AFTER = 30.0  # as the seeds have it
SILENT_WITHIN = 30.0
SPEAKS_EVERY = 8.0
LAST_WAIT = 25.0
THREADS = 12
SERIES = [Series("fs.used_percent", {"mount": "/srv"})]
STAGES = (
    "until a round of rules looks",
    "judged; the alert is kept, its ticket open",
    "until the call's job runs",
    "the mail is written and taken",
)
# When each step came, by the database's clock, which is this machine's too; a job's step by the beginning of its transaction.
STEPS = """
select agent.id, extract(epoch from alert.opened_at), extract(epoch from ticketed.at), extract(epoch from delivery.created_at),
  delivery.message_id
from alerts_alert as alert
join agents_agent as agent on agent.asset_id = alert.asset_id
join alerts_alertentry as ticketed on ticketed.alert_id = alert.id and ticketed.kind = 'ticket_opened'
join tickets_ticket as ticket on ticket.uid = alert.ticket_uid
join oncall_page as page on page.subject_uid = ticket.uid
join oncall_pageattempt as attempt on attempt.page_id = page.id
join notify_notice as notice on notice.uid = attempt.notice_uid
join notify_delivery as delivery on delivery.notice_id = notice.id
where agent.id = any(%s)
"""


@dataclass
class Postbox(Handler):
    """A mail server that remembers when it had taken which mail, unix seconds."""

    at: dict[str, float] = field(default_factory=dict)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        said = await super().handle_DATA(server, session, envelope)
        self.at.setdefault(str(self.taken[-1]["Message-ID"]).strip(), time.time())
        return said


@dataclass
class Machine:
    """An agent with its channel. `troubled_at` is when the sample beyond the limit was accepted, or patience with its silence over."""

    number: int
    agent: int
    channel: Channel
    troubled_at: float = 0.0

    def registers(self) -> None:
        """Make its series known."""
        self.series = decode_ids(self._call("POST", "/v1/register", encode_register(SERIES)).body, len(SERIES))

    def fills(self) -> None:
        """Send the one sample that is beyond the limit."""
        now = int(time.time() * 1000)
        columns = Columns(array("I", self.series), array("i", [0]), array("d", [99.0]))
        self._call("POST", "/v1/samples", encode_samples(self.number.to_bytes(16, "big"), 1, now, columns, Codec.LZ4))
        self.troubled_at = time.time()

    def speaks(self) -> None:
        """Say something, and count from then."""
        self.troubled_at = time.time() + SILENT_AFTER
        self._call("GET", "/v1/policy")

    def _call(self, method: str, path: str, body: bytes = b"") -> Answer:
        answer = self.channel.call(method, path, body)
        if answer.outcome is not Outcome.DONE:
            raise SystemExit(f"{path}: {answer.outcome} {answer.message}")
        return answer


def main() -> None:
    """Print the figures; ends with 1 when one alert notified nobody."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--alerts", type=int, default=120)
    parser.add_argument("--silent", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=75.0, help="over which the alerts are spread")
    given = parser.parse_args()
    postbox = Postbox()
    server = start(postbox)
    with house(STEWARD_SMTP_URL=f"smtp://127.0.0.1:{server.port}", STEWARD_MAIL_FROM="desk@msp.example") as made:
        made.start()
        machines = _machines(made, given.alerts, given.silent)
        filling, silent = machines[: given.alerts], machines[given.alerts :]
        _let_happen(filling, silent, given.seconds)
        _wait_for_mail(postbox, len(machines))
        steps = _steps(made, machines)
    server.stop()
    good = _say("a sample beyond a limit", filling, steps, postbox.at)
    good &= _say("a machine that falls silent", silent, steps, postbox.at)
    sys.exit(0 if good else 1)


def _machines(made: House, filling: int, silent: int) -> list[Machine]:
    words = [sys.executable, "-m", "bench.seeds.notified", str(filling), str(silent)]
    done = subprocess.run(words, cwd=ROOT, env=made.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    url = f"http://127.0.0.1:{made.settings.gateway_port}"
    ids = [int(each) for each in done.stdout.splitlines()[-1].split()]
    return [
        Machine(number, agent, Channel(key_of(number), agent, url, ServerClock())) for number, agent in enumerate(ids)
    ]


def _let_happen(filling: Sequence[Machine], silent: Sequence[Machine], seconds: float) -> None:
    """Every machine's trouble at its moment; those to fall silent speak until then."""
    chance = random.Random(4711)
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(Machine.registers, filling))
        begun = time.monotonic() + 1
        plan: list[tuple[float, int, Callable[[], None]]] = [
            (chance.uniform(0, seconds), each.number, each.fills) for each in filling
        ]
        for each in silent:
            last = chance.uniform(0, SILENT_WITHIN)
            while last >= 0:
                plan.append((last, each.number, each.speaks))
                last -= SPEAKS_EVERY
        happened = []
        for moment, _number, happens in sorted(plan, key=lambda each: each[:2]):
            time.sleep(max(0.0, begun + moment - time.monotonic()))
            happened.append(threads.submit(happens))
        for each in happened:
            each.result()


def _wait_for_mail(postbox: Postbox, count: int) -> None:
    deadline = time.monotonic() + LAST_WAIT
    while len(postbox.at) < count and time.monotonic() < deadline:
        time.sleep(0.2)


def _steps(made: House, machines: Sequence[Machine]) -> dict[int, tuple[Any, ...]]:
    cluster = ledger.find_cluster(made.settings.data_dir)
    with psycopg.connect(cluster.dsn(role="dump")) as reader:
        rows = reader.execute(STEPS, ([each.agent for each in machines],)).fetchall()
    return {row[0]: row[1:] for row in rows}


def _say(what: str, machines: Sequence[Machine], steps: dict[int, tuple[Any, ...]], taken: dict[str, float]) -> bool:
    """Print one kind's lines. Whether every one of its alerts notified somebody."""
    marks = []
    for each in machines:
        *times, message_id = steps.get(each.agent, ("",))
        if message_id in taken:
            marks.append([each.troubled_at, *map(float, times), taken[message_id]])
    if len(marks) < 2:
        print(f"{what}: {len(marks)} of {len(machines)} notified")
        return False
    took = [each[-1] - each[0] for each in marks]
    p50, p99 = statistics.median(took), statistics.quantiles(took, n=100, method="inclusive")[98]
    print(f"{what} → a mail server has the notification: {len(marks)} of {len(machines)}")
    print(f"  p50 {p50:.2f} s, p99 {p99:.2f} s (aim ≤ 10 s), at most {max(took):.2f} s")
    for place, stage in enumerate(STAGES):
        part = [each[place + 1] - each[place] for each in marks]
        high = statistics.quantiles(part, n=100, method="inclusive")[98]
        share = sum(part) / sum(took)
        print(f"  {stage:<46}p50 {statistics.median(part):6.2f} s  p99 {high:6.2f} s  {share:6.1%} of all")
    return len(marks) == len(machines)


if __name__ == "__main__":
    main()
