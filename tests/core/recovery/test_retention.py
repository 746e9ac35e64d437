# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from steward.core.recovery.retention import Retention, surplus

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEEP = Retention(hours=48, days=14, months=6)


def quarters(count: int) -> list[datetime]:
    return [NOW - timedelta(minutes=15 * each) for each in range(count)]


def test_all_of_two_days_then_one_a_day_then_one_a_month_are_kept() -> None:
    made = quarters(96 * 400)
    kept = sorted(set(made) - surplus(made, now=NOW, keep=KEEP))
    recent = [each for each in kept if NOW - each <= timedelta(hours=48)]
    assert len(recent) == 193
    days = [each for each in kept if timedelta(hours=48) < NOW - each <= timedelta(days=13)]
    assert {each.strftime("%H:%M") for each in days} <= {"23:45"}
    assert len(days) == 11
    assert kept[0] == datetime(2026, 5, 31, 23, 45, tzinfo=UTC)


def test_the_newest_good_one_stays_however_old_it_is() -> None:
    old = [NOW - timedelta(days=900), NOW - timedelta(days=901)]
    assert surplus(old, now=NOW, keep=KEEP) == {old[1]}


def test_a_bad_one_does_not_stand_in_for_a_good_one() -> None:
    good, bad = NOW - timedelta(days=5, hours=2), NOW - timedelta(days=5)
    newest_is_bad = NOW - timedelta(days=3)
    made = [good, bad, newest_is_bad]
    assert surplus(made, now=NOW, keep=KEEP, bad={bad, newest_is_bad}) == {bad, newest_is_bad}


@given(
    made=st.lists(st.integers(0, 60 * 24 * 900).map(lambda minutes: NOW - timedelta(minutes=minutes)), max_size=80),
    bad=st.sets(st.integers(0, 79)),
    keep=st.builds(Retention, hours=st.integers(0, 100), days=st.integers(0, 60), months=st.integers(0, 24)),
)
def test_the_last_good_one_never_goes_and_the_hours_always_stay(
    made: list[datetime], bad: set[int], keep: Retention
) -> None:
    known_bad = {each for at, each in enumerate(made) if at in bad}
    gone = surplus(made, now=NOW, keep=keep, bad=known_bad)
    good = set(made) - known_bad
    assert not good or max(good) not in gone
    assert not {each for each in gone if NOW - each <= timedelta(hours=keep.hours)}
    assert gone <= set(made)
