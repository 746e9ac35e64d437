# SPDX-License-Identifier: Apache-2.0
"""A9: what can be done with an enrolment token that leaked, expired, was used up, or is guessed."""

import secrets
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from steward.core.rest.limits import buckets
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.estate.agents.actions import token_mint, token_revoke
from steward.estate.agents.models import Agent, AgentState, EnrolmentToken
from steward.estate.agents.secrets import new_token
from tests.estate.agents.machines import Newcomer

GUESSES = 300


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    buckets.clear()


def mint(client: Client, *, max_uses: int = 1, pre_approved: bool = False) -> tuple[EnrolmentToken, str]:
    scope = system_scope("tests")
    with scoped(scope), transaction.atomic():
        made = token_mint(
            client,
            actor=scope.actor,
            name="Leaked",
            expires_at=timezone.now() + timedelta(hours=1),
            max_uses=max_uses,
            pre_approved=pre_approved,
        )
    return made.token, made.text


def agents() -> list[Agent]:
    with scoped(system_scope("tests")), transaction.atomic():
        return list(Agent.objects.order_by("pk"))


@pytest.mark.django_db
def test_unknown_expired_used_up_and_revoked_get_one_answer(acme: Client) -> None:
    scope = system_scope("tests")
    _, used = mint(acme)
    expired, expired_text = mint(acme)
    revoked, revoked_text = mint(acme)
    archived = mint(acme)[1]
    Newcomer().enrol(used)
    with scoped(scope), transaction.atomic():
        EnrolmentToken.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
        token_revoke(revoked, actor=scope.actor)
    answers = {_told(text) for text in (new_token(), used, expired_text, revoked_text)}
    with scoped(scope), transaction.atomic():
        Client.objects.filter(pk=acme.pk).update(state=Client.State.ARCHIVED)
    answers.add(_told(archived))
    assert len(answers) == 1
    assert len(agents()) == 1


def _told(text: str) -> tuple[int, str, str]:
    status, told = Newcomer().enrol(text)
    return status, told["error"]["code"], told["error"]["message"]  # type: ignore[index]  # an error


@pytest.mark.django_db
def test_a_leaked_token_gives_no_more_than_a_place_in_the_queue(acme: Client, birch: Client) -> None:
    _, text = mint(acme)
    machine = Newcomer()
    _, told = machine.enrol(text, client=birch.slug, state="approved", pre_approved=True)
    (agent,) = agents()
    assert told["state"] == "pending"
    assert (agent.client_id, agent.state, agent.asset_id) == (acme.pk, AgentState.PENDING, None)


@pytest.mark.django_db(transaction=True)
def test_the_count_holds_against_many_at_once(acme: Client) -> None:
    _, text = mint(acme, max_uses=3)

    def ask(number: int) -> int:
        try:
            return Newcomer(hostname=f"m{number}", address=f"192.0.2.{number}").enrol(text)[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(ask, range(18)))
    assert sorted(got) == [200] * 3 + [403] * 15
    assert len(agents()) == 3
    print(f"sent {len(got)}, let in {got.count(200)}")


@pytest.mark.django_db
def test_guessing_gets_nobody_in_and_is_slowed_down(acme: Client) -> None:
    _, text = mint(acme)
    seed = secrets.token_hex(4)
    got = [Newcomer().enrol(f"sten_{seed}{each:05}{text[18:]}")[0] for each in range(GUESSES)]
    assert set(got) <= {403, 429}
    assert got.count(429) > GUESSES / 2
    assert agents() == []
    buckets.clear()
    assert Newcomer(address="192.0.2.77").enrol(text)[0] == 200
    print(f"seed {seed}: guessed {GUESSES}, refused {got.count(403)}, slowed down {got.count(429)}")


@pytest.mark.django_db
def test_time_does_not_tell_a_known_token_from_an_unknown_one(acme: Client) -> None:
    token, text = mint(acme)
    with scoped(system_scope("tests")), transaction.atomic():
        EnrolmentToken.objects.filter(pk=token.pk).update(expires_at=timezone.now())
    known, unknown = [], []
    for each in range(40):
        for times, given in ((known, text), (unknown, new_token())):
            machine = Newcomer(address=f"192.0.2.{each}")
            begun = time.perf_counter()
            machine.enrol(given)
            times.append(time.perf_counter() - begun)
    ratio = statistics.median(known) / statistics.median(unknown)
    # What a stranger could learn is that a 256-bit text was once a token; a coarse bound keeps it that way.
    assert 0.4 < ratio < 2.5, ratio
