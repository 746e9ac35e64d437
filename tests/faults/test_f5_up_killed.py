# SPDX-License-Identifier: Apache-2.0
"""F1, F2, F5: every process of `steward up` is killed, `up` and its supervisor too; all end in time, all come back."""

import time
from collections.abc import Iterator

import psutil
import pytest

from tests.fixtures.house import House, house, living, until
from tests.waiting import bar

pytestmark = pytest.mark.alone

# Seconds until every part is ready again.
BARS = {"web": 5, "live": 5, "gateway": 5, "worker": 30, "store": 10, "postgres": 10, "agent": 5}


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with house() as made:
        made.start()
        yield made


@pytest.mark.parametrize("name", list(BARS))
def test_a_killed_program_comes_back_by_itself(home: House, name: str) -> None:
    until(home.is_ready, bar(30), lambda: "readiness before the kill")
    killed = home.kill(name)
    begun = time.monotonic()
    until(lambda: home.control.states()[name].pid not in (0, killed), bar(BARS[name]), lambda: f"a new {name}", home)
    until(home.is_ready, bar(BARS[name]), lambda: f"readiness after {name}; {home.get('/readyz')}", home)
    took = time.monotonic() - begun
    print(f"{name}: ready after {took:.1f} s")
    assert took < bar(BARS[name])


@pytest.mark.prove
@pytest.mark.parametrize("round_", range(5))
@pytest.mark.parametrize("name", list(BARS))
def test_a_killed_program_comes_back_five_times(home: House, name: str, round_: int) -> None:
    test_a_killed_program_comes_back_by_itself(home, name)


@pytest.mark.prove
@pytest.mark.parametrize("round_", range(5))
def test_up_and_its_supervisor_are_killed_five_times(home: House, round_: int) -> None:
    test_when_up_is_killed_everything_ends_within_ten_seconds_and_the_next_start_recovers(home)
    test_when_the_supervisor_is_killed_everything_ends_and_is_started_again(home)
    test_when_up_and_supervisor_are_killed_together_nothing_is_left(home)


def test_when_up_is_killed_everything_ends_within_ten_seconds_and_the_next_start_recovers(home: House) -> None:
    until(home.is_ready, bar(30), lambda: "readiness before the kill")
    processes = home.everybody()
    assert len(processes) > 8
    home.kill("up")
    took = until(
        lambda: not living(processes), bar(10), lambda: f"the end of {[p.cmdline() for p in living(processes)]}"
    )
    print(f"up killed: all ended after {took:.1f} s")
    starting = home.start(seconds=bar(30))
    print(f"next start {starting:.1f} s")
    assert home.is_ready()


def test_when_the_supervisor_is_killed_everything_ends_and_is_started_again(home: House) -> None:
    until(home.is_ready, bar(30), lambda: "readiness before the kill")
    processes = [each for each in home.everybody() if each.pid != home.pid("supervisor")]
    home.kill("supervisor")
    took = until(
        lambda: not living(processes), bar(10), lambda: f"the end of {[p.cmdline() for p in living(processes)]}"
    )
    until(lambda: home.says("The supervisor ended by itself"), bar(15), lambda: "the line about it", home)
    until(home.is_ready, bar(30), lambda: "readiness after it", home)
    print(f"supervisor killed: all ended after {took:.1f} s")
    postmasters = [each for each in psutil.process_iter(["name", "cwd"]) if each.info["name"] == "postgres"]
    ours = [each for each in postmasters if (each.info["cwd"] or "").startswith(str(home.settings.data_dir))]
    assert len([each for each in ours if each.ppid() not in {other.pid for other in ours}]) == 1


def test_when_up_and_supervisor_are_killed_together_nothing_is_left(home: House) -> None:
    until(home.is_ready, bar(30), lambda: "readiness before the kill")
    processes = home.everybody()
    for each in (home.pid("supervisor"), home.pid("up")):
        psutil.Process(each).kill()
    took = until(
        lambda: not living(processes), bar(10), lambda: f"the end of {[p.cmdline() for p in living(processes)]}"
    )
    print(f"both killed: all ended after {took:.1f} s")
    home.start(seconds=bar(40))
    assert home.is_ready()
