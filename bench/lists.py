# SPDX-License-Identifier: Apache-2.0
"""List pages at 100,000 assets of 80 clients: p50 and p95 over HTTP, and the number of queries at 10 and at 100,000 rows.

There is no peer to run beside it on this machine; the ratio printed is against the same page with ten rows in the same run.
Aim: p95 at or below 100 ms and a constant number of queries."""

import http.client
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.fixtures.house import House, house  # noqa: E402

ASSETS = int(os.environ.get("BENCH_ASSETS", "100000"))
CALLS = int(os.environ.get("BENCH_CALLS", "100"))
PAGES = (
    "/assets/",
    "/assets/?sort=-name",
    "/assets/?q=web-77",
    "/assets/?criticality=high",
    "/clients/",
    "/agents/",
    "/assets/A-5/",
    "/api/v1/assets?limit=50",
)


def main() -> None:
    """Print a line a page."""
    compare("bench.seeds.assets", PAGES, ASSETS)


def compare(seeds: str, pages: Sequence[str], rows: int) -> None:
    """Print a line a page: how long it takes with `rows` rows, against ten; `seeds` is the module that fills them in."""
    with house() as steward:
        steward.start()
        session, few = _seed(steward, seeds, pages, 10)
        small = {page: _timed(steward, page, session) for page in pages}
        session, many = _seed(steward, seeds, pages, rows)
        print(f"{'page':<34}{'p50 ms':>9}{'p95 ms':>9}{'x of 10 rows':>14}{'queries 10':>12}{f'at {rows}':>12}")
        for page in pages:
            p50, p95 = _timed(steward, page, session)
            print(f"{page:<34}{p50:>9.1f}{p95:>9.1f}{p95 / small[page][1]:>14.2f}{few[page]:>12}{many[page]:>12}")


def _timed(steward: House, page: str, session: str) -> tuple[float, float]:
    caller = http.client.HTTPConnection("localhost", steward.settings.port, timeout=30)
    took = []
    for number in range(CALLS + 5):
        begun = time.perf_counter()
        caller.request("GET", page, headers={"Cookie": f"steward_session={session}"})
        answer = caller.getresponse()
        answer.read()
        assert answer.status == 200, (page, answer.status)
        if number >= 5:  # the first ones open connections and compile templates
            took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]


def _seed(steward: House, seeds: str, pages: Sequence[str], rows: int) -> tuple[str, dict[str, int]]:
    """Fill up to `rows`; the key of a session and the number of queries of each page."""
    command = [sys.executable, "-m", seeds, str(rows), *pages]
    done = subprocess.run(command, cwd=ROOT, env=steward.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    session, *counts = done.stdout.splitlines()[-1].split()
    return session, dict(zip(pages, map(int, counts), strict=True))


if __name__ == "__main__":
    main()
