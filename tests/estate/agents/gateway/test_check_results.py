# SPDX-License-Identifier: Apache-2.0
"""Checks on their way to an agent, results on their way back, and the gateways' own pulse."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from steward_agent.protocol.packing import pack
from steward_agent.protocol.policy import AssignedCheck, decode_policy
from steward_agent.protocol.refusals import Refusal
from steward_agent.protocol.results import CheckResult, Verdict, encode_result, encode_results

from steward.core.tenancy.public import Client, current_scope, scoped, system_scope
from steward.estate.agents import assigning
from steward.estate.agents.actions.assigning import agent_assign
from steward.estate.agents.assigning import take_results_with
from steward.estate.agents.models import Agent
from steward.estate.agents.queries import gateway_pulse
from tests.fixtures.gateway import Machine, RunningGateway, make_machine
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
CHECK = AssignedCheck("c-1", "tcp", 30, 5.0, {"host": "intranet.example", "port": 443})
Taken = list[tuple[int, str, int]]
RESULT = CheckResult("c-1", "tcp", 1_000, 1_010, 0.2, Verdict.FAILING, "refused", {"address": "192.0.2.1"})


@pytest.fixture
def machine(acme: Client) -> Machine:
    return make_machine(acme)


@pytest.fixture
def taken() -> Iterator[Taken]:
    """What the room that assigns checks is given: the agent, its scope's only client, how many results."""
    seen: Taken = []
    before = list(assigning._takers)

    def take(agent_id: int, results: object) -> None:
        [client] = current_scope().clients  # type: ignore[misc]  # a scope of one client
        seen.append((agent_id, str(client), len(results)))  # type: ignore[arg-type]  # a list

    take_results_with(take)
    yield seen
    assigning._takers[:] = before


def _policy(machine: Machine, port: int) -> list[AssignedCheck]:
    return decode_policy(machine.ask(port, "GET", "/v1/policy").body).checks


def test_an_agent_is_told_its_checks_within_seconds_and_only_one_that_announced_some(
    gateway: RunningGateway, machine: Machine
) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        agent = Agent.objects.get(pk=machine.agent_id)
        assert agent_assign(agent, actor=current_scope().actor, checks=[CHECK])
        assert not agent_assign(agent, actor=current_scope().actor, checks=[CHECK])
    assert _policy(machine, gateway.port) == []
    with scoped(system_scope("tests")), transaction.atomic():
        Agent.objects.filter(pk=machine.agent_id).update(capabilities={"tcp": 1})
    eventually(lambda: _policy(machine, gateway.port) == [CHECK], seconds=8, what="the checks are in the policy")


def test_results_are_handed_over_in_the_scope_of_the_agents_client_alone(
    gateway: RunningGateway, machine: Machine, taken: Taken
) -> None:
    answer = machine.ask(gateway.port, "POST", "/v1/results", encode_results([encode_result(RESULT)]))
    assert (answer.status, taken) == (204, [(machine.agent_id, str(machine.client_id), 1)])


def test_what_is_no_result_is_refused_and_hands_nothing_over(
    gateway: RunningGateway, machine: Machine, taken: Taken
) -> None:
    for body in (b"", b"\x00" * 64, pack(b"\x81"), encode_results([encode_result(RESULT)] * 2)):
        answer = machine.ask(gateway.port, "POST", "/v1/results", body)
        assert (answer.status, answer.code) == (400, Refusal.MALFORMED)
    assert taken == []


def test_results_that_nobody_takes_are_refused_so_that_the_agent_keeps_them(
    gateway: RunningGateway, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assigning, "_takers", [])
    answer = machine.ask(gateway.port, "POST", "/v1/results", encode_results([encode_result(RESULT)]))
    assert (answer.status, answer.code) == (503, Refusal.STORE_DOWN)
    assert int(answer.headers["retry-after"]) > 0
    assert gateway.gateway.meters.refused[Refusal.STORE_DOWN] == 1
    answer = machine.ask(gateway.port, "POST", "/v1/results", b"")
    assert (answer.status, answer.code) == (400, Refusal.MALFORMED), "what is no document is not kept for ever"


def test_an_intake_that_is_full_refuses_and_takes_again_when_there_is_room(
    gateway: RunningGateway, machine: Machine, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = encode_results([encode_result(RESULT)])
    monkeypatch.setattr(gateway.gateway.check_results, "most_waiting", 0)
    full = machine.ask(gateway.port, "POST", "/v1/results", body)
    assert (full.status, full.code, taken) == (429, Refusal.BUSY, [])
    assert int(full.headers["retry-after"]) > 0
    monkeypatch.undo()
    assert machine.ask(gateway.port, "POST", "/v1/results", body).status == 204
    assert len(taken) == 1


def test_a_gateway_has_a_pulse_though_nobody_is_heard(gateway: RunningGateway) -> None:
    def beats() -> bool:
        with scoped(system_scope("tests")), transaction.atomic():
            return gateway_pulse() is not None

    eventually(beats, seconds=10, what="the pulse")
