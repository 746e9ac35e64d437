# SPDX-License-Identifier: Apache-2.0
"""The clock beside the oracle over many documents: a thousand by minute, two hundred by second, and in `make prove` twenty thousand."""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings

from steward.promises.sla.document import parse
from steward.promises.sla.explain import explained
from tests.promises.sla import oracle
from tests.promises.sla.documents import BY_MINUTE, BY_SECOND, Json, Scale, document, documents
from tests.promises.sla.features import features

SEED = 20_260_329
HORIZON = {BY_MINUTE.step: 8 * oracle.DAY, BY_SECOND.step: 3 * oracle.DAY // 2}
# Of a hundred cases at least so many must contain it, else the dice are to be blamed.
LEAST = {
    "clock change, north": 5, "clock change, south": 5, "half an hour": 4, "holiday": 4,
    "paused": 10, "pause at opening": 4, "excluded": 5, "open-ended exclusion": 3, "overlapping exclusions": 1,
    "reopening, resume": 3, "reopening, restart": 3, "priority, retroactive": 10, "priority, prospective": 10,
    "priority while resolved": 4, "superseded after a breach": 2, "calendar version": 8, "exactly used": 2, "never due": 5,
    "met": 10, "met_late": 5, "breached": 10, "running": 5, "outside_hours": 3,
}  # fmt: skip


def check(case: Json, scale: Scale = BY_MINUTE) -> set[str]:
    """Every figure and segment of both kinds is the oracle's; what the case contained."""
    got, wanted = explained(parse(case)), oracle.answer(case, step=scale.step, horizon=HORIZON[scale.step])
    kept = features(case, wanted)
    for kind in ("response", "resolution"):
        mine, slow = got[kind], wanted[kind]
        if mine is not None and slow is not None and _leave_out_far_dues(case, mine, slow, HORIZON[scale.step]):
            kept = (kept - {"never due"}) | {"due beyond the oracle"}
        assert mine == slow, kind
    return kept


def _leave_out_far_dues(case: Json, mine: Json, slow: Json, horizon: int) -> bool:
    """The oracle looks only so far ahead; a due instant beyond is not held against the clock."""
    seen, far = oracle.second(case["now"]) + horizon, False
    for row, other in [(mine, slow), *zip(mine["superseded"], slow["superseded"], strict=False)]:
        if row["due_at"] and other["due_at"] is None and oracle.second(row["due_at"]) > seen:
            row["due_at"], far = None, True
    return far


def cases(scale: Scale, numbers: range) -> Iterator[tuple[str, Json]]:
    """Each with the words that draw it again."""
    for number in numbers:
        seed = f"{SEED}:{scale.step}:{number}"
        yield seed, document(Random(seed), scale)


def campaign(scale: Scale, numbers: range) -> None:
    contained: Counter[str] = Counter()
    for seed, case in cases(scale, numbers):
        try:
            contained.update(check(case, scale))
        except Exception as fault:
            fault.add_note(f"document(Random({seed!r}), scale with step {scale.step})")
            raise
    print(f"seed {SEED}, {len(numbers)} cases in steps of {scale.step} s: {dict(sorted(contained.items()))}")
    scarce = {name: contained[name] for name, least in LEAST.items() if contained[name] * 100 < least * len(numbers)}
    assert not scarce
    assert contained["due beyond the oracle"] * 5 < len(numbers)


def test_a_thousand_clocks_are_those_of_an_oracle_that_counts_minutes() -> None:
    campaign(BY_MINUTE, range(1_000))


def test_two_hundred_short_clocks_are_those_of_an_oracle_that_counts_seconds() -> None:
    campaign(BY_SECOND, range(200))


@pytest.mark.prove
@pytest.mark.parametrize("part", range(4))
def test_twenty_thousand_clocks_are_those_of_the_oracle(part: int) -> None:
    campaign(BY_MINUTE, range(1_000 + part * 5_000, 6_000 + part * 5_000))


@pytest.mark.prove
def test_two_thousand_short_clocks_are_those_of_the_oracle() -> None:
    campaign(BY_SECOND, range(200, 2_200))


@given(documents())
@settings(max_examples=25, deadline=None)
def test_any_clock_is_that_of_the_oracle_and_a_fault_is_made_small(case: Json) -> None:
    check(case)
