# SPDX-License-Identifier: Apache-2.0
"""F1: the gateway is killed while many agents send. Nothing acknowledged is lost, nothing is there twice, it is back in 5 s."""

import asyncio
import os
import random
import secrets
import threading
import time
from pathlib import Path

import psutil
import pytest

from steward.core.tenancy.public import Client
from tests.fixtures.fleet import Fleet, Told
from tests.fixtures.gateway import (
    GatewayProcess,
    gateway_process,
    make_machine,
    stored_rows,
    stored_samples,
    stored_set,
)
from tests.fixtures.store import Store
from tests.waiting import bar

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.alone]
BACK_WITHIN = 5.0
BUSY = 2.0  # runnable processes for each core


@pytest.mark.parametrize(
    ("machines", "batches", "samples", "kills"),
    [(60, 8, 40, 3), pytest.param(1000, 10, 100, 10, marks=pytest.mark.prove)],
)
def test_nothing_acknowledged_is_lost_and_nothing_counts_twice(
    store: Store, acme: Client, tmp_path: Path, machines: int, batches: int, samples: int, kills: int
) -> None:
    seed = secrets.randbelow(2**32)
    dice = random.Random(seed)
    fleet_machines = [make_machine(acme, f"m{each}") for each in range(machines)]
    with gateway_process(tmp_path) as process:
        process.start("--unlimited")
        fleet = Fleet(fleet_machines, process.port, seed)
        told: list[Told] = []
        sending = threading.Thread(
            target=lambda: told.append(asyncio.run(fleet.run(batches=batches, samples=samples, spread_s=0.4)))
        )
        sending.start()
        back = [_kill(process, fleet, dice) for _ in range(kills) if sending.is_alive()]
        sending.join(timeout=240)
        assert not sending.is_alive(), process.log[-3000:]
    (found,) = told
    print(
        f"seed {seed}: {machines} machines, {len(back)} kills, back after at most {max(back):.1f} s, {found.tries} tries"
    )
    print(
        f"sent {len(found.sent)}, acknowledged {found.acknowledged}, stored {stored_samples(acme.pk)}, rows {stored_rows(acme.pk)}"
    )
    assert found.acknowledged == len(found.sent)
    assert stored_set(acme.pk) == found.sent
    assert len(back) >= 2
    assert max(back) <= bar(BACK_WITHIN)


def _kill(process: GatewayProcess, fleet: Fleet, dice: random.Random) -> float:
    """Kill it at a random moment of the load; the seconds from its end to the next acknowledgement.

    On a machine that others keep busy as well, the seconds of processor time that it needed: those a core of its own would take.
    """
    before = fleet.told.latest
    deadline = time.monotonic() + 30
    while fleet.told.latest == before and time.monotonic() < deadline:
        time.sleep(dice.uniform(0.01, 0.3))
    process.kill()
    killed = time.monotonic()
    process.start("--unlimited")
    while fleet.told.latest < killed:
        assert time.monotonic() < killed + 30, process.log[-2000:]
        time.sleep(0.02)
    busy = os.getloadavg()[0] > BUSY * (os.cpu_count() or 1)
    return sum(psutil.Process(process.pid).cpu_times()[:2]) if busy else fleet.told.latest - killed
