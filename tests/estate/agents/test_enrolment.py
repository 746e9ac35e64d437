# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.utils import timezone

from steward.core.access.public import Denied, Refused
from steward.core.audit.public import Entry
from steward.core.identity.public import User
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.estate.agents.actions import (
    agent_approve,
    agent_interval,
    agent_move,
    agent_refuse,
    agent_revoke,
    token_mint,
    token_revoke,
)
from steward.estate.agents.models import Agent, AgentState, EnrolmentToken, SeriesChunk
from steward.estate.agents.public import agent_figures, enroll_this_host
from steward.estate.assets.models import Asset
from steward.estate.clients.models import Site
from tests.estate.agents.machines import Newcomer
from tests.fixtures.actors import Acting


def mint(client: Client, *, pre_approved: bool = False, max_uses: int = 5, site: Site | None = None) -> str:
    scope = system_scope("tests")
    with scoped(scope), transaction.atomic():
        until = timezone.now() + timedelta(hours=1)
        return token_mint(
            client,
            actor=scope.actor,
            name="Test",
            expires_at=until,
            max_uses=max_uses,
            pre_approved=pre_approved,
            site=site,
        ).text


def agent_row(agent_id: object) -> Agent:
    with scoped(system_scope("tests")), transaction.atomic():
        return Agent.objects.select_related("asset", "client", "twin", "site").get(pk=agent_id)


@pytest.mark.django_db
class TestTokens:
    def test_only_a_hash_is_kept(self, acme: Client) -> None:
        text = mint(acme)
        with scoped(system_scope("tests")), transaction.atomic():
            row = str(EnrolmentToken.objects.values().get())
            assert text not in row
            assert text not in str(list(Entry.objects.values()))
        assert len(text) > 40

    def test_only_an_owner_makes_tokens_that_need_no_approval(
        self, acme: Client, olga: User, omar: User, acting: Acting
    ) -> None:
        until = timezone.now() + timedelta(hours=1)
        with acting(omar) as actor, pytest.raises(Denied, match=r"agents\.preapprove"):
            token_mint(acme, actor=actor, name="x", expires_at=until, max_uses=1, pre_approved=True)
        with acting(olga) as actor:
            assert token_mint(
                acme, actor=actor, name="x", expires_at=until, max_uses=1, pre_approved=True
            ).token.pre_approved

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"name": " "}, "name"),
            ({"name": "x" * 81}, "name"),
            ({"expires_at": timezone.now() - timedelta(seconds=1)}, "expires_at"),
            ({"expires_at": timezone.now() + timedelta(days=91)}, "expires_at"),
            ({"max_uses": 0}, "max_uses"),
            ({"max_uses": 10_001}, "max_uses"),
        ],
    )
    def test_bad_input_is_refused_naming_the_field(
        self, acme: Client, tess: User, acting: Acting, changed: dict[str, object], field: str
    ) -> None:
        given = {
            "name": "x",
            "expires_at": timezone.now() + timedelta(hours=1),
            "max_uses": 1,
            "pre_approved": False,
        } | changed
        with acting(tess) as actor, pytest.raises(Refused) as refused:
            token_mint(acme, actor=actor, **given)  # type: ignore[arg-type]  # wrong on purpose
        assert refused.value.field == field

    def test_the_token_of_this_host_is_good_once_and_needs_nobody(self, acme: Client) -> None:
        scope = system_scope("first start")
        with scoped(scope), transaction.atomic():
            text = enroll_this_host(acme, actor=scope.actor)
        assert Newcomer().enrol(text)[1]["state"] == "approved"
        assert Newcomer().enrol(text)[0] == 403


@pytest.mark.django_db
class TestEnrolment:
    def test_a_machine_waits_for_approval(self, acme: Client, tess: User, acting: Acting) -> None:
        machine = Newcomer()
        status, told = machine.enrol(mint(acme))
        assert (status, told["state"], told["interval"]) == (200, "pending", 30)
        assert machine.status(told["agent_id"])[1]["state"] == "pending"  # type: ignore[arg-type]  # a number
        with acting(tess) as actor:
            agent = agent_approve(agent_row(told["agent_id"]), actor=actor, asset=None)
            assert agent.asset is not None
            assert (agent.asset.name, agent.asset.client) == ("acme-web-01", acme)
        assert machine.status(told["agent_id"])[1]["state"] == "approved"  # type: ignore[arg-type]  # a number

    def test_asking_again_gives_the_same_agent_though_the_token_is_used_up(self, acme: Client) -> None:
        machine, text = Newcomer(), mint(acme, max_uses=1)
        first, again = machine.enrol(text)[1], machine.enrol(text)[1]
        assert first["agent_id"] == again["agent_id"]
        with scoped(system_scope("tests")), transaction.atomic():
            assert EnrolmentToken.objects.get().used == 1
            assert Agent.objects.count() == 1

    def test_a_pre_approved_machine_is_an_asset_at_once_at_its_site(self, acme: Client) -> None:
        with scoped(system_scope("tests")), transaction.atomic():
            site = Site.objects.create(client=acme, name="Felixstowe")
        _, told = Newcomer().enrol(mint(acme, pre_approved=True, site=site))
        agent = agent_row(told["agent_id"])
        assert told["state"] == "approved"
        assert agent.asset is not None
        with scoped(system_scope("tests")), transaction.atomic():
            assert Asset.objects.get(pk=agent.asset.pk).site == site

    def test_a_machine_set_up_anew_speaks_for_the_same_asset_and_replaces_its_older_self(self, acme: Client) -> None:
        text = mint(acme, pre_approved=True)
        older = agent_row(Newcomer(machine_id="a" * 32).enrol(text)[1]["agent_id"])
        newer = agent_row(Newcomer(machine_id="a" * 32).enrol(text)[1]["agent_id"])
        assert newer.asset == older.asset
        assert newer.twin == older
        assert agent_row(older.pk).state == AgentState.REVOKED
        with scoped(system_scope("tests")), transaction.atomic():
            assert Asset.objects.count() == 1

    def test_a_copy_of_a_machine_that_is_alive_waits_for_a_person(self, acme: Client) -> None:
        text = mint(acme, pre_approved=True)
        first = Newcomer(machine_id="a" * 32).enrol(text)[1]
        with scoped(system_scope("tests")), transaction.atomic():
            Agent.objects.update(last_seen_at=timezone.now())
        _, copy = Newcomer(machine_id="a" * 32).enrol(text)
        assert copy["state"] == "pending"
        assert agent_row(first["agent_id"]).state == AgentState.APPROVED

    def test_machines_of_two_clients_with_one_id_know_nothing_of_each_other(self, acme: Client, birch: Client) -> None:
        Newcomer(machine_id="a" * 32).enrol(mint(acme, pre_approved=True))
        other = agent_row(Newcomer(machine_id="a" * 32).enrol(mint(birch, pre_approved=True))[1]["agent_id"])
        assert other.twin is None
        assert other.state == AgentState.APPROVED

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"public_key": "short"}, "malformed"),
            ({"hostname": ""}, "malformed"),
            ({"hostname": "x\ny"}, "malformed"),
            ({"machine_id": "not hex"}, "malformed"),
            ({"protocol": 99}, "malformed"),
        ],
    )
    def test_a_malformed_request_is_refused(self, acme: Client, changed: dict[str, object], code: str) -> None:
        status, told = Newcomer().enrol(mint(acme), **changed)
        assert (status, told["error"]["code"]) == (400, code)  # type: ignore[index]  # an error

    def test_who_does_not_hold_the_key_does_not_enrol_it(self, acme: Client) -> None:
        status, told = Newcomer().enrol(mint(acme), signer=Ed25519PrivateKey.generate())
        assert (status, told["error"]["code"]) == (401, "signature")  # type: ignore[index]  # an error

    def test_a_wrong_clock_is_named(self, acme: Client) -> None:
        machine = Newcomer(skew_s=3600)
        status, told = machine.enrol(mint(acme))
        assert (status, told["error"]["code"]) == (401, "clock")  # type: ignore[index]  # an error

    def test_nobody_asks_for_anothers_status(self, acme: Client) -> None:
        machine, other = Newcomer(), Newcomer()
        agent_id = machine.enrol(mint(acme))[1]["agent_id"]
        assert machine.status(agent_id, signer=other.key)[0] == 401  # type: ignore[arg-type]  # a number
        assert machine.status(4_000_000_000)[0] == 401

    def test_one_key_belongs_to_one_token(self, acme: Client) -> None:
        machine = Newcomer()
        machine.enrol(mint(acme))
        assert machine.enrol(mint(acme))[0] == 403


@pytest.mark.django_db
class TestDecisions:
    @pytest.fixture
    def agent(self, acme: Client) -> Agent:
        return agent_row(Newcomer().enrol(mint(acme))[1]["agent_id"])

    def test_a_decision_is_made_once_and_needs_a_reason(self, agent: Agent, tess: User, acting: Acting) -> None:
        with acting(tess) as actor:
            with pytest.raises(Refused) as refused:
                agent_refuse(agent, actor=actor, reason="  ")
            assert refused.value.field == "reason"
            agent_refuse(agent, actor=actor, reason="unknown machine")
            for decide in (
                lambda: agent_refuse(agent, actor=actor, reason="x"),
                lambda: agent_approve(agent, actor=actor, asset=None),
            ):
                with pytest.raises(Refused):
                    decide()
            with pytest.raises(Refused):
                agent_revoke(agent, actor=actor, reason="x")

    def test_an_asset_has_one_agent_and_it_is_of_the_same_client(
        self, agent: Agent, acme: Client, birch: Client, tess: User, acting: Acting
    ) -> None:
        other = agent_row(Newcomer(hostname="other").enrol(mint(acme))[1]["agent_id"])
        with acting(tess) as actor:
            foreign = Asset.objects.create(client=birch, number="A-9999", name="x", kind="other")
            with pytest.raises(Refused) as refused:
                agent_approve(agent, actor=actor, asset=foreign)
            assert refused.value.field == "asset"
            taken = agent_approve(agent, actor=actor, asset=None).asset
            with pytest.raises(Refused):
                agent_approve(other, actor=actor, asset=taken)

    def test_a_moved_agent_takes_what_it_measured_along(
        self, agent: Agent, acme: Client, tess: User, acting: Acting
    ) -> None:
        with acting(tess) as actor:
            approved = agent_approve(agent, actor=actor, asset=None)
            SeriesChunk.objects.create(
                client=acme, agent=approved, asset=approved.asset, first=1, entries=b"", count=3, published=3
            )
            target = Asset.objects.create(client=acme, number="A-9999", name="x", kind="other")
            agent_move(approved, actor=actor, asset=target)
            chunk = SeriesChunk.objects.get()
        assert (chunk.asset_id, chunk.published) == (target.pk, 0)

    def test_how_often_it_samples_is_one_of_three(self, agent: Agent, tess: User, acting: Acting) -> None:
        with acting(tess) as actor:
            assert agent_interval(agent, actor=actor, seconds=10).interval_seconds == 10
            with pytest.raises(Refused) as refused:
                agent_interval(agent, actor=actor, seconds=7)
            assert refused.value.field == "seconds"

    def test_a_revoked_token_lets_nobody_else_in(self, acme: Client, tess: User, acting: Acting) -> None:
        text = mint(acme)
        with acting(tess) as actor:
            token_revoke(EnrolmentToken.objects.get(), actor=actor)
        assert Newcomer().enrol(text)[0] == 403

    def test_figures_count_agents_by_state(self, agent: Agent, tess: User, acting: Acting) -> None:
        with acting(tess):
            figures = agent_figures()
        assert figures.by_state == {"pending": 1, "approved": 0, "refused": 0, "revoked": 0}
        assert figures.ingest_lag_seconds == 0
