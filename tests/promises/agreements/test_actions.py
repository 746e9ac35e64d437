# SPDX-License-Identifier: Apache-2.0
"""Contracts: drafted, put into force, amended, ended; and which terms hold when."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from steward.core.access.public import Denied, Refused
from steward.core.identity.public import User
from steward.core.tenancy.public import Client, ForeignClient
from steward.promises.agreements.actions import (
    AgreementTerms,
    agreement_activate,
    agreement_amend,
    agreement_create,
    agreement_end,
)
from steward.promises.agreements.models import Agreement
from steward.promises.agreements.queries import terms_at
from steward.promises.sla.actions import policy_archive
from steward.promises.sla.actions.usual import usual_policy
from steward.promises.sla.models import SlaPolicy
from steward.promises.sla.policy import Kind
from tests.fixtures.actors import Acting

pytestmark = pytest.mark.django_db
Draft = Callable[..., Agreement]


@pytest.fixture
def standard(omar: User, acting: Acting) -> SlaPolicy:
    with acting(omar) as actor:
        made = usual_policy(actor=actor, timezone="Europe/Istanbul")
    assert made is not None
    return made


@pytest.fixture
def draft(acme: Client, omar: User, acting: Acting, standard: SlaPolicy) -> Draft:
    """`draft(starts_on=…)`: a contract of Acme's, drafted by Omar."""

    def made(**more: Any) -> Agreement:
        given: dict[str, Any] = {
            "title": "Managed services",
            "timezone": "Europe/Istanbul",
            "starts_on": date(2026, 1, 1),
            "terms": AgreementTerms(standard),
        } | more
        with acting(omar) as actor:
            return agreement_create(acme, actor=actor, **given)

    return made


def test_a_draft_promises_nothing_until_it_is_put_into_force(
    draft: Draft, acme: Client, omar: User, acting: Acting
) -> None:
    agreement, now = draft(), timezone.now()
    assert agreement.number.startswith("AGR-")
    with acting(omar) as actor:
        assert terms_at(acme.pk, now) is None
        agreement_activate(agreement, actor=actor)
        terms = terms_at(acme.pk, now)
    assert terms is not None
    assert terms.version.policy.name == "Standard"
    assert terms.clauses == {Kind.RESPONSE: f"{agreement.number} 3.1", Kind.RESOLUTION: f"{agreement.number} 3.2"}


def test_its_days_are_those_of_its_zone(draft: Draft, acme: Client, omar: User, acting: Acting) -> None:
    agreement = draft(starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31))
    with acting(omar) as actor:
        agreement_activate(agreement, actor=actor)
        # Istanbul is three hours ahead: its March begins at 21:00 of the day before.
        held = [
            terms_at(acme.pk, datetime(2026, 2, 28, 20, 59, 59, tzinfo=UTC)),
            terms_at(acme.pk, datetime(2026, 2, 28, 21, 0, tzinfo=UTC)),
            terms_at(acme.pk, datetime(2026, 3, 31, 20, 59, 59, tzinfo=UTC)),
            terms_at(acme.pk, datetime(2026, 3, 31, 21, 0, tzinfo=UTC)),
        ]
    assert [each is not None for each in held] == [False, True, True, False]


def test_two_contracts_do_not_hold_in_the_same_days(draft: Draft, omar: User, acting: Acting) -> None:
    first, second, third = (
        draft(ends_on=date(2026, 12, 31)),
        draft(starts_on=date(2026, 12, 31)),
        draft(starts_on=date(2027, 1, 1)),
    )
    with acting(omar) as actor:
        agreement_activate(first, actor=actor)
    with pytest.raises(Refused, match=first.number), acting(omar) as actor:
        agreement_activate(second, actor=actor)
    with acting(omar) as actor:
        agreement_activate(third, actor=actor)


def test_an_amendment_holds_from_its_time_and_the_past_stays(
    draft: Draft, acme: Client, omar: User, acting: Acting, standard: SlaPolicy
) -> None:
    agreement, soon = draft(), timezone.now() + timedelta(days=2)
    with acting(omar) as actor:
        agreement_activate(agreement, actor=actor)
        changed = AgreementTerms(standard, response_clause="4.1")
        agreement_amend(agreement, actor=actor, terms=changed, reason="Change order 2", valid_from=soon)
        before, after = terms_at(acme.pk, timezone.now()), terms_at(acme.pk, soon + timedelta(hours=1))
    assert before is not None
    assert after is not None
    assert before.clauses[Kind.RESPONSE].endswith(" 3.1")
    assert after.clauses[Kind.RESPONSE].endswith(" 4.1")
    with pytest.raises(Refused) as caught, acting(omar) as actor:
        agreement_amend(
            agreement, actor=actor, terms=changed, reason="Late", valid_from=timezone.now() - timedelta(days=1)
        )
    assert caught.value.field == "valid_from"


def test_an_end_keeps_what_was_promised_until_then(draft: Draft, acme: Client, omar: User, acting: Acting) -> None:
    agreement, today = draft(), timezone.now().date()
    with pytest.raises(Refused), acting(omar) as actor:
        agreement_end(agreement, actor=actor, ends_on=today, reason="A draft is not ended")
    with acting(omar) as actor:
        agreement_activate(agreement, actor=actor)
    with pytest.raises(Refused) as caught, acting(omar) as actor:
        agreement_end(agreement, actor=actor, ends_on=today - timedelta(days=5), reason="Yesterday's news")
    assert caught.value.field == "ends_on"
    with acting(omar) as actor:
        agreement_end(agreement, actor=actor, ends_on=today + timedelta(days=1), reason="They moved away")
        assert terms_at(acme.pk, timezone.now()) is not None
        assert terms_at(acme.pk, timezone.now() + timedelta(days=3)) is None
    with pytest.raises(Refused), acting(omar) as actor:
        agreement_amend(agreement, actor=actor, terms=AgreementTerms(SlaPolicy.objects.get()), reason="Too late")


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("title", {"title": " "}),
        ("title", {"title": "x" * 121}),
        ("timezone", {"timezone": "Mars/Olympus"}),
        ("ends_on", {"ends_on": date(2025, 1, 1)}),
    ],
)
def test_what_cannot_be_is_refused_by_field(draft: Draft, field: str, given: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        draft(**given)
    assert caught.value.field == field


def test_clauses_scopes_and_policies_are_checked(draft: Draft, omar: User, acting: Acting, standard: SlaPolicy) -> None:
    for field, terms in (
        ("response_clause", AgreementTerms(standard, response_clause="")),
        ("resolution_clause", AgreementTerms(standard, resolution_clause="x" * 21)),
        ("scope", AgreementTerms(standard, scope="x" * 20_001)),
    ):
        with pytest.raises(Refused) as caught:
            draft(terms=terms)
        assert caught.value.field == field
    with acting(omar) as actor:
        policy_archive(standard, actor=actor)
    with pytest.raises(Refused) as caught:
        draft()
    assert caught.value.field == "policy"


def test_nobody_contracts_for_a_client_out_of_reach(
    birch: Client, alice: User, tess: User, acting: Acting, standard: SlaPolicy
) -> None:
    given: dict[str, Any] = {
        "title": "Mine",
        "timezone": "UTC",
        "starts_on": date(2026, 1, 1),
        "terms": AgreementTerms(standard),
    }
    for person in (alice, tess):
        with pytest.raises((Denied, ForeignClient)), acting(person) as actor:
            agreement_create(birch, actor=actor, **given)
