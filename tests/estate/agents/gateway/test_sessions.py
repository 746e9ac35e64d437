# SPDX-License-Identifier: Apache-2.0
"""Sessions at the real gateway: opened by the machine's own key alone, good for an hour, at every gateway, for one agent."""

import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from steward_agent.protocol.refusals import Refusal
from steward_agent.protocol.sessions import SESSION_PATH, Session, decode_answer, half_of, shared_key
from steward_agent.protocol.signing import session_headers

from steward.core.tenancy.public import Client
from steward.estate.agents.gateway.options import Options
from steward.estate.agents.gateway.sessions import SECONDS
from steward.estate.agents.models import AgentState
from tests.estate.agents.gateway.test_gateway import SERIES, now_ms, set_agent, until
from tests.fixtures.gateway import Answer, Machine, RunningGateway, make_machine, running_gateway, stored_rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def machine(gateway: RunningGateway, acme: Client) -> Machine:
    made = make_machine(acme)
    until(lambda: gateway.gateway.identities.get(made.agent_id) is not None, "word of the new agent")
    return made


def opened(machine: Machine, port: int) -> Session:
    own = X25519PrivateKey.generate()
    answer = machine.ask(port, "POST", SESSION_PATH, half_of(own))
    assert answer.status == 200, answer
    given = decode_answer(answer.body)
    key = shared_key(own, given.half, machine.agent_id, agent_half=half_of(own), gateway_half=given.half)
    return Session(given.ticket, key, float(given.seconds))


def ask(
    machine: Machine, port: int, session: Session, body: bytes, path: str = "/v1/samples", at: float | None = None
) -> Answer:
    time_ms = int((time.time() if at is None else at) * 1000)
    headers = session_headers(session, machine.agent_id, "POST", path, body, time_ms=time_ms)
    return machine.ask(port, "POST", path, body, headers)


def a_batch(machine: Machine, port: int) -> bytes:
    ids = machine.register(port, SERIES)
    return machine.batch([(ids[0], now_ms(), 1.0)])


def test_what_comes_within_a_session_is_stored(gateway: RunningGateway, machine: Machine) -> None:
    session = opened(machine, gateway.port)
    assert ask(machine, gateway.port, session, a_batch(machine, gateway.port)).status == 204
    assert stored_rows(machine.client_id) == 1


def test_every_gateway_of_the_house_knows_a_session_that_one_gave(gateway: RunningGateway, machine: Machine) -> None:
    session = opened(machine, gateway.port)
    with running_gateway() as other:
        assert ask(machine, other.port, session, a_batch(machine, other.port)).status == 204


def test_a_body_that_was_changed_and_a_request_seen_before_are_refused(
    gateway: RunningGateway, machine: Machine
) -> None:
    session, body = opened(machine, gateway.port), a_batch(machine, gateway.port)
    headers = session_headers(session, machine.agent_id, "POST", "/v1/samples", body, time_ms=now_ms())
    spoilt = machine.ask(gateway.port, "POST", "/v1/samples", body[:-1] + b"\x00", headers)
    assert (spoilt.status, spoilt.code) == (401, Refusal.SIGNATURE)
    assert machine.ask(gateway.port, "POST", "/v1/samples", body, headers).status == 204
    assert machine.ask(gateway.port, "POST", "/v1/samples", body, headers).code is Refusal.REPLAY


def test_a_session_is_of_one_agent(gateway: RunningGateway, machine: Machine, birch: Client) -> None:
    other = make_machine(birch)
    until(lambda: gateway.gateway.identities.get(other.agent_id) is not None, "word of the other agent")
    session = opened(machine, gateway.port)
    assert ask(other, gateway.port, session, a_batch(other, gateway.port)).code is Refusal.SESSION
    assert stored_rows(other.client_id) == 0


def test_a_ticket_that_was_made_up_or_changed_is_refused(gateway: RunningGateway, machine: Machine) -> None:
    session, body = opened(machine, gateway.port), a_batch(machine, gateway.port)
    turned = ("B" if session.ticket[30] == "A" else "A").join((session.ticket[:30], session.ticket[31:]))
    for ticket in ("A" * 120, "A" * 16, turned, session.ticket[:-4]):
        assert ask(machine, gateway.port, Session(ticket, session.key, 0.0), body).code is Refusal.SESSION, ticket
    assert stored_rows(machine.client_id) == 0


def test_a_session_ends_after_its_hour_and_signing_still_holds(gateway: RunningGateway, acme: Client) -> None:
    shift = [0.0]
    with running_gateway(Options(wall_clock=lambda: time.time() + shift[0])) as late:
        machine = make_machine(acme)
        machine.clock = lambda: time.time() + shift[0]
        until(lambda: late.gateway.identities.get(machine.agent_id) is not None, "word of the agent")
        session = opened(machine, late.port)
        body = a_batch(machine, late.port)
        shift[0] = SECONDS - 60
        assert ask(machine, late.port, session, body, at=machine.clock()).status == 204
        shift[0] = SECONDS + 1
        assert ask(machine, late.port, session, body, at=machine.clock()).code is Refusal.SESSION
        assert machine.send(late.port, body).status == 204


def test_a_session_can_not_open_another(gateway: RunningGateway, machine: Machine) -> None:
    session = opened(machine, gateway.port)
    answer = ask(machine, gateway.port, session, half_of(X25519PrivateKey.generate()), SESSION_PATH)
    assert (answer.status, answer.code) == (401, Refusal.SESSION)


@pytest.mark.parametrize("half", [bytes(32), b"\x01" + bytes(31), b"short"])
def test_a_half_that_is_none_is_refused(gateway: RunningGateway, machine: Machine, half: bytes) -> None:
    answer = machine.ask(gateway.port, "POST", SESSION_PATH, half)
    assert (answer.status, answer.code) == (400, Refusal.MALFORMED)


def test_who_is_revoked_or_has_another_key_has_no_session_any_more(gateway: RunningGateway, machine: Machine) -> None:
    session, body = opened(machine, gateway.port), a_batch(machine, gateway.port)
    assert ask(machine, gateway.port, session, body).status == 204
    set_agent(machine, state=AgentState.REVOKED)
    until(lambda: ask(machine, gateway.port, session, body).code is Refusal.REVOKED, "the revocation")
    other = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    set_agent(machine, state=AgentState.APPROVED, public_key=other)
    until(lambda: ask(machine, gateway.port, session, body).code is Refusal.SESSION, "the new key")


def test_who_waits_for_approval_gets_no_session(gateway: RunningGateway, acme: Client) -> None:
    machine = make_machine(acme, state=AgentState.PENDING)
    answer = machine.ask(gateway.port, "POST", SESSION_PATH, half_of(X25519PrivateKey.generate()))
    assert (answer.status, answer.code) == (403, Refusal.PENDING)
