# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from steward.desk.oncall.escalation import SILENT_AFTER, Decision, Policy, Reachable, Result, Step, Told, decide
from tests.desk.oncall.escalation_oracle import SILENT, World, timeline
from tests.desk.oncall.schedule_oracle import utc

START = utc("2026-11-13 02:00")
TICK = 10  # seconds between two looks when nothing else calls for one


@dataclass
class Play:
    """A page in a world whose clock is turned by hand: what was told, and when each word on it is heard."""

    policy: Policy
    world: World
    told: list[Told] = field(default_factory=list)
    over_at: int | None = None

    def look(self, second: int, *, acknowledged: bool = False) -> Decision:
        """Decide at this second, and tell."""
        now = START + timedelta(seconds=second)
        self.told = [replace(each, result=self._result(each, second)) for each in self.told]
        decision = decide(self.policy, self.told, self._whom, acknowledged=acknowledged, now=now)
        for each in decision.tell:
            heard = Result.FAILED if each.person_id is None else Result.PENDING
            self.told.append(Told(each.position, each.person_id, each.channel, now, heard))
        if decision.nobody_reached and self.over_at is None:
            self.over_at = second
        return decision

    def settle(self, second: int) -> None:
        """Look until there is nothing more to do at this second."""
        while self.over_at is None and self.look(second).tell:
            pass

    def lines(self) -> list[tuple[int, int, int | None, str]]:
        """What was told, as the oracle writes it."""
        found = [(int((t.at - START).total_seconds()), t.position, t.person_id, t.channel) for t in self.told]
        return sorted(found, key=lambda line: (line[0], line[1], str(line[2]), line[3]))

    def _whom(self, words: str) -> list[Reachable]:
        return [Reachable(person, channels) for person, channels in self.world.people[words]]

    def _result(self, told: Told, second: int) -> Result:
        if told.person_id is None:
            return Result.FAILED
        fails = self.world.fails[told.person_id, told.channel]
        if fails is None:
            return Result.SENT
        known = fails != SILENT and second >= (told.at - START).total_seconds() + fails
        return Result.FAILED if known else Result.PENDING


CHANNELS = ("channel", "mail")


@st.composite
def plays(draw: st.DrawFn) -> Play:
    """Policies of up to four steps and three rounds; people of none to two channels, each of which may fail or be silent."""
    steps = tuple(Step(f"step {number}", draw(st.integers(1, 70))) for number in range(draw(st.integers(0, 4))))
    people = {
        each.whom: [
            (person, CHANNELS[: draw(st.integers(0, 2))])
            for person in draw(st.lists(st.integers(1, 3), unique=True, max_size=3))
        ]
        for each in steps
    }
    fails = {
        (person, channel): draw(st.sampled_from([None, None, SILENT, 1, 2, 9, 24, 40]))
        for person in (1, 2, 3)
        for channel in CHANNELS
    }
    return Play(Policy(steps, draw(st.integers(1, 3))), World(people, fails))


def run(play: Play, seconds: int) -> None:
    for second in range(seconds):
        play.settle(second)
        if play.over_at is not None:
            return


@settings(max_examples=400, deadline=None)
@given(plays())
def test_when_nobody_acknowledges_all_is_told_when_the_oracle_says(play: Play) -> None:
    steps = [(each.whom, int(each.wait)) for each in play.policy.steps]
    lines, over = timeline(steps, play.policy.rounds, play.world)
    run(play, over + 2)
    assert play.lines() == lines
    assert play.over_at == over


@settings(max_examples=200, deadline=None)
@given(plays(), st.integers(0, 200))
def test_nothing_is_told_after_the_acknowledgement(play: Play, acknowledged_at: int) -> None:
    run(play, acknowledged_at)
    if play.over_at is not None:
        return
    before = play.lines()
    for second in range(acknowledged_at, acknowledged_at + 300, 7):
        assert play.look(second, acknowledged=True) == Decision()
    assert play.lines() == before


@settings(max_examples=200, deadline=None)
@given(plays(), st.integers(1, TICK))
def test_a_failure_is_followed_within_a_minute_even_by_slow_looks(play: Play, every: int) -> None:
    """Whatever fails or stays silent is followed by the person's next channel, another step, or the end, within 60 s; when a look
    is only taken every ten seconds."""
    for second in range(0, 3000, every):
        play.settle(second)
        if play.over_at is not None:
            break
    last = play.over_at if play.over_at is not None else 3000
    seconds = sorted({line[0] for line in play.lines()} | {last})
    for at, position, person, channel in play.lines():
        if person is None:
            continue
        lost = play.world.lost_after(person, channel)
        alone = [each for each in play.lines() if each[1] == position]
        if lost is None or any(play.world.lost_after(p, c) is None for _s, _p, p, c in alone if p is not None):
            continue  # somebody of the step was told, so the step has its whole wait
        assert any(at < each <= at + 60 or (each == at == last) for each in seconds) or last <= at + 60, (at, channel)


@settings(max_examples=200, deadline=None)
@given(plays())
def test_looking_only_when_it_said_to_misses_nothing(play: Play) -> None:
    """Between two looks nothing is due, as long as no word comes in: the tick may sleep until then."""
    exact = replace(play, told=[])
    run(exact, 1500)
    second, looks = 0, 0
    while play.over_at is None and second < 1500:
        decision = play.look(second)
        while decision.tell and play.over_at is None:  # a word that comes in at once
            decision = play.look(second)
        if decision.look_at is None:
            break
        heard = [
            int((each.at - START).total_seconds()) + fails
            for each in play.told
            if each.person_id is not None
            and (fails := play.world.fails[each.person_id, each.channel]) not in (None, SILENT)
        ]
        due = int((decision.look_at - START).total_seconds())
        second, looks = min([due, *(each for each in heard if each > second)]), looks + 1
        assert looks < 500
    assert play.lines() == [each for each in exact.lines() if each[0] < 1500]


def policy(*waits: float, rounds: int = 1) -> Policy:
    return Policy(tuple(Step(str(number), wait) for number, wait in enumerate(waits)), rounds)


def everybody(person: int, *channels: str) -> Callable[[str], list[Reachable]]:
    return lambda _words: [Reachable(person, channels)]


def test_a_policy_without_steps_reaches_nobody_at_once() -> None:
    assert decide(policy(), [], everybody(1, "mail"), acknowledged=False, now=START).nobody_reached


def test_a_step_that_finds_nobody_is_written_down_and_the_next_comes_at_once() -> None:
    found = decide(
        policy(300, 300),
        [],
        lambda words: [] if words == "0" else [Reachable(7, ("mail",))],
        acknowledged=False,
        now=START,
    )
    assert [(each.position, each.person_id, each.channel) for each in found.tell] == [(0, None, ""), (1, 7, "mail")]
    assert found.look_at == START + SILENT_AFTER


def test_a_worker_that_was_away_gives_the_next_step_its_whole_wait() -> None:
    late = START + timedelta(hours=1)
    told = [Told(0, 1, "mail", START, Result.SENT)]
    found = decide(policy(60, 60), told, everybody(1, "mail"), acknowledged=False, now=late)
    assert [each.position for each in found.tell] == [1]
    assert found.look_at == late + SILENT_AFTER


def test_a_round_in_which_nothing_got_through_is_the_last() -> None:
    told = [Told(0, 1, "mail", START, Result.FAILED)]
    found = decide(policy(600, rounds=5), told, everybody(1, "mail"), acknowledged=False, now=START)
    assert found.nobody_reached
    assert not found.tell


def test_two_people_of_one_step_are_told_together_and_one_who_hears_of_it_is_enough() -> None:
    both = lambda _words: [Reachable(1, ("mail",)), Reachable(2, ("mail",))]  # noqa: E731
    first = decide(policy(60, 60), [], both, acknowledged=False, now=START)
    assert [each.person_id for each in first.tell] == [1, 2]
    told = [Told(0, 1, "mail", START, Result.FAILED), Told(0, 2, "mail", START, Result.SENT)]
    found = decide(policy(60, 60), told, both, acknowledged=False, now=START + timedelta(seconds=30))
    assert found == Decision(look_at=START + timedelta(seconds=60))
