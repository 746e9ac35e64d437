# SPDX-License-Identifier: Apache-2.0
"""Steward at rest on this machine: seconds of the first and the second start, memory of each process, CPU when nobody works.

Aims: second start under 10 s, all processes together under 1.2 GB, under 5 % of a core. Memory is the proportional set
size, which counts a page that two processes share once; the peer beside it is PostgreSQL's own share of the same run."""

import os
import sys
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.fixtures.house import House, house

WATCH_SECONDS = float(os.environ.get("BENCH_SECONDS", "60"))
SETTLE_SECONDS = 20.0


def main() -> None:
    """Print the figures."""
    with house() as steward:
        print(f"first start: {steward.start():.1f} s until every part is ready")
        steward.stop()
        print(f"second start: {steward.start():.1f} s (aim < 10 s)")
        _at_rest(steward)


def _at_rest(steward: House) -> None:
    time.sleep(SETTLE_SECONDS)
    everybody = [psutil.Process(steward.pid("up")), *steward.everybody()]
    before = {each.pid: sum(each.cpu_times()[:2]) for each in everybody if each.is_running()}
    time.sleep(WATCH_SECONDS)
    rows: dict[str, list[float]] = {}
    for each in everybody:
        try:
            seconds = sum(each.cpu_times()[:2]) - before.get(each.pid, 0.0)
            size = each.memory_full_info().pss / 1e6
        except psutil.Error:
            continue
        row = rows.setdefault(_name(each), [0, 0.0, 0.0])
        row[0] += 1
        row[1] += size
        row[2] += seconds / WATCH_SECONDS * 100
    print(f"{'part':<12}{'processes':>10}{'PSS, MB':>10}{'CPU, %':>9}")
    for name, (count, size, cpu) in sorted(rows.items()):
        print(f"{name:<12}{count:>10.0f}{size:>10.0f}{cpu:>9.2f}")
    total = [sum(row[place] for row in rows.values()) for place in range(3)]
    print(
        f"{'all':<12}{total[0]:>10.0f}{total[1]:>10.0f}{total[2]:>9.2f}   (aims: < 1200 MB, < 5 % over {WATCH_SECONDS:.0f} s)"
    )


def _name(process: psutil.Process) -> str:
    if process.name() == "postgres":
        return "postgres"
    words = process.cmdline()
    for word in ("web", "live", "gateway", "worker", "store", "agent", "up"):
        if word in words:
            return word
    return "supervisor" if any("supervisor" in word for word in words) else process.name()


if __name__ == "__main__":
    main()
