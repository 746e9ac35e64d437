# SPDX-License-Identifier: Apache-2.0
"""Assigned checks on their grid: nothing delays the others, nothing runs twice at one stamp, every turn says what came of it."""

import time
from collections import Counter
from threading import Event, Lock, Thread
from types import ModuleType

import msgspec
import pytest
from steward_agent import checking
from steward_agent.checking import WORKERS, Checking, spread_s
from steward_agent.checks.observation import OK, observed
from steward_agent.checks.place import Place
from steward_agent.checks.registry import registered
from steward_agent.protocol.policy import AssignedCheck
from steward_agent.protocol.results import decode_result
from steward_agent.spool import Spool

from tests.agent.memory_gateway import until
from tests.waiting import bar, pass_time


class Stage:
    """Checks that a test makes, and an agent's scheduler that runs them over a real spool."""

    def __init__(self, path, monkeypatch):
        self.path = path
        self.release = Event()
        self.lock = Lock()
        self.under_way = self.most = 0
        self.began = Counter()
        self.spool = Spool(path)
        kinds = registered(
            [self.module("quick", lambda: None), self.module("hang", self.hang), self.module("slow", self.slow)]
        )
        monkeypatch.setattr(checking, "checks", lambda: kinds)
        monkeypatch.setattr(checking, "GRACE_S", 0.3)
        monkeypatch.setattr(checking, "GATHER_S", 0.05)
        self.stop = Event()
        self.begin()

    def module(self, slug, work):
        class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
            word: str = ""

        def run(config, visit):
            with self.lock:
                self.began[slug] += 1
                self.under_way += 1
                self.most = max(self.most, self.under_way)
            try:
                work()
            finally:
                with self.lock:
                    self.under_way -= 1
            return observed(OK)

        made = ModuleType(slug, "Does as the test says.")
        made.SLUG, made.VERSION, made.Config, made.run = slug, 1, Config, run
        return made

    def hang(self):
        self.release.wait(30)

    def slow(self):
        self.release.wait(0.4)

    def begin(self, clock=time.time, forbidden=()):
        self.checking = Checking(self.spool, Place(), 17, spooled=lambda: None, forbidden=forbidden, clock=clock)
        self.stop.clear()
        self.thread = Thread(target=self.checking.run, args=(self.stop,), daemon=True)
        self.thread.start()

    def end(self):
        self.stop.set()
        self.checking.poke()
        self.thread.join(5)
        assert not self.thread.is_alive()

    def results(self, check=None):
        """All kept so far, in order of time."""
        found = [decode_result(each.body) for each in self.spool.next_records(500, 10**7)]
        return sorted((one for one in found if check in (None, one.check)), key=lambda one: (one.at, one.check))

    def reasons(self, check):
        return [one.reason for one in self.results(check)]


@pytest.fixture
def stage(tmp_path, monkeypatch):
    made = Stage(tmp_path / "spool.sqlite", monkeypatch)
    yield made
    made.release.set()
    made.end()
    made.spool.close()


def order(check, kind="quick", interval=1, timeout=0.5, **config):
    return AssignedCheck(check, kind, interval, timeout, config)


def test_checks_run_on_their_grid_once_a_stamp(stage):
    stage.checking.assign([order("a"), order("b"), order("c", interval=3600)])
    until(lambda: len(stage.results("a")) >= 4 and len(stage.results("b")) >= 4, 15, "four rounds")
    for check in ("a", "b"):
        stamps = [one.at for one in stage.results(check)]
        assert stamps == sorted(set(stamps))
        assert all(stamp % 1000 == 0 for stamp in stamps)
    for one in stage.results():
        assert 0 <= one.began - one.at < 3_600_000
        assert (one.kind, one.verdict, one.reason) == ("quick", "ok", "ok")
    assert len(stage.results("c")) == 1


def test_the_first_look_does_not_wait_for_its_stamp(stage):
    started = time.monotonic()
    stage.checking.assign([order("a", interval=86_400)])
    until(lambda: stage.results("a"), 5, "a result")
    assert time.monotonic() - started < bar(1)


def test_each_look_becomes_samples_and_a_result(stage):
    stage.checking.assign([order("a", interval=3600)])
    until(lambda: stage.results("a"), 5, "a result")
    (result,) = stage.results("a")
    batch = stage.spool.next_batch()
    assert [tick.ts for tick in batch.ticks] == [result.at]
    kept = dict(zip(batch.ticks[0].keys, batch.ticks[0].values, strict=True))
    labels = (("check", "a"),)
    assert kept[("check.verdict", labels)] == 0
    assert kept[("check.seconds", labels)] == result.measured["check.seconds"]


def test_one_that_hangs_delays_nobody_says_so_and_comes_back(stage):
    stage.checking.assign([order("h", "hang", timeout=0.2), *(order(f"q{n}") for n in range(10))])
    until(lambda: len(stage.results("q0")) >= 4, 15, "four rounds of the others")
    until(lambda: stage.reasons("h").count("hung") >= 2, 15, "two turns that hang")
    assert set(stage.reasons("h")) == {"hung"}
    assert all(one.verdict == "unknown" for one in stage.results("h"))
    assert stage.checking.left_behind == 1
    assert stage.began["hang"] == 1
    for n in range(10):
        stamps = [one.at for one in stage.results(f"q{n}")]
        assert stamps == list(range(stamps[0], stamps[-1] + 1, 1000)), f"q{n}"
    assert max(one.began - one.at for one in stage.results("q0")[1:]) < 1000
    stage.release.set()
    until(lambda: stage.reasons("h")[-1] == "ok", 10, "the check that came back")
    assert stage.checking.left_behind == 0


def test_many_that_hang_leave_room_for_the_rest(stage):
    stage.checking.assign([*(order(f"h{n}", "hang", timeout=0.2) for n in range(6)), order("q")])
    until(lambda: stage.checking.left_behind == 6, 10, "six left behind")
    before = len(stage.results("q"))
    until(lambda: len(stage.results("q")) >= before + 2, 10, "rounds beside them")


def test_only_so_many_run_at_once_and_a_turn_that_passes_says_so(stage):
    stage.checking.assign([order(f"s{n}", "slow", timeout=1.0) for n in range(40)])
    until(lambda: Counter(one.reason for one in stage.results())["not_run"] > 0, 20, "a turn that passes")
    until(lambda: Counter(one.reason for one in stage.results())["ok"] > 20, 20, "looks")
    assert stage.most == WORKERS
    named = Counter((one.check, one.at) for one in stage.results())
    assert set(named.values()) == {1}
    assert {one.verdict for one in stage.results() if one.reason == "not_run"} == {"unknown"}


@pytest.mark.parametrize(
    ("given", "reason", "parameters"),
    [
        (order("x", "of_tomorrow"), "check_unknown", {"kind": "of_tomorrow"}),
        (order("x", "quick", surprise=1), "config_refused", {"field": "surprise"}),
        (order("x", "quick", word=[1]), "config_refused", {"field": "word"}),
    ],
)
def test_what_cant_be_run_says_why_and_the_rest_goes_on(stage, given, reason, parameters):
    stage.checking.assign([given, order("a")])
    until(lambda: len(stage.results("x")) >= 2 and len(stage.results("a")) >= 2, 10, "two rounds")
    for one in stage.results("x"):
        assert (one.verdict, one.reason, one.parameters) == ("unknown", reason, parameters)


def test_what_the_machines_owner_forbids_is_not_run(stage):
    stage.end()
    stage.begin(forbidden=("quick",))
    stage.checking.assign([order("a", interval=3600)])
    until(lambda: stage.results("a"), 5, "a result")
    assert stage.results("a")[0].reason == "forbidden_here"
    assert stage.began["quick"] == 0


def test_what_is_no_longer_assigned_ends_and_what_is_changed_changes(stage):
    stage.checking.assign([order("a"), order("b")])
    until(lambda: len(stage.results("a")) >= 2 and len(stage.results("b")) >= 1, 10, "rounds")
    stage.checking.assign([order("a", surprise=1)])
    pass_time(0.3, why="a look under way ends")
    before = len(stage.results("b"))
    until(lambda: "config_refused" in stage.reasons("a"), 10, "the change")
    assert len(stage.results("b")) == before
    assert stage.checking.assigned == 1


def test_a_restart_within_one_interval_gives_no_second_value_at_one_stamp(stage):
    stage.checking.assign([order("a", interval=3600)])
    until(lambda: stage.results("a"), 5, "a result")
    stage.end()
    stage.spool.close()
    stage.spool = Spool(stage.path)
    stage.begin()
    stage.checking.assign([order("a", interval=3600), order("b", interval=3600)])
    until(lambda: stage.results("b"), 5, "the other's result")
    assert len(stage.results("a")) == 1


def test_a_clock_that_is_set_back_by_hours_does_not_stop_the_checks(stage):
    stage.end()
    shift = [0.0]
    stage.begin(clock=lambda: time.time() + shift[0])
    stage.checking.assign([order("a")])
    until(lambda: len(stage.results("a")) >= 2, 10, "rounds")
    shift[0] = -36_000.0
    stage.checking.poke()
    until(lambda: stage.results("a")[0].at < time.time() * 1000 - 30_000_000, 10, "rounds of the new time")


def test_what_came_last_is_kept_when_it_ends(stage):
    stage.checking.assign([order("a", interval=3600)])
    until(lambda: stage.began["quick"] == 1, 5, "a look")
    pass_time(0.1, why="the look is over and may not be written yet")
    stage.end()
    assert len(stage.results("a")) == 1
    stage.begin()


def test_an_end_does_not_wait_for_what_hangs(stage):
    stage.checking.assign([order("h", "hang", timeout=0.2)])
    until(lambda: stage.began["hang"] == 1, 5, "the look")
    started = time.monotonic()
    stage.end()
    assert time.monotonic() - started < bar(0.5)
    stage.begin()


def test_a_thousand_agents_dont_ask_one_site_at_once():
    spread = sorted(spread_s(agent, "c-1", 60) for agent in range(1000))
    assert 0 <= spread[0] < 0.1
    assert 4.9 < spread[-1] <= 5
    assert max(spread_s(agent, "c-1", 1) for agent in range(1000)) < 0.17
