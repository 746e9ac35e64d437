# SPDX-License-Identifier: Apache-2.0
"""Makes this machine known to a server, and asks how the server sees it."""

import platform
import socket
from secrets import token_hex

import httpx

from steward_agent import __version__
from steward_agent.channel import Answer, Channel, Outcome, checked_url
from steward_agent.checks.registry import capabilities
from steward_agent.clock import ServerClock
from steward_agent.errors import AgentError
from steward_agent.identity import (
    Enrolment,
    machine_id,
    make_key,
    public_key_text,
    read_key,
    save_enrolment,
)
from steward_agent.protocol.enrolment import (
    ENROL_PATH,
    STATUS_PATH,
    EnrolRequest,
    StatusResponse,
    decode_enrol_response,
    decode_status_response,
    encode_json,
)
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.signing import NO_AGENT
from steward_agent.protocol.text import printable
from steward_agent.state import Lock, StateDir, create_state_dir

_JSON = "application/json"


def enrol(state: StateDir, url: str, token: str) -> Enrolment:
    """Enrols the directory with the server at `url` and keeps what it answered.

    Asking again after a lost answer is safe: the key stays, and the server knows it.

    Raises:
        AgentError: when the directory is enrolled already, the server can't be reached, or it refuses.
    """
    base = checked_url(url)
    create_state_dir(state)
    lock = Lock(state)
    try:
        if state.enrolment.exists():
            raise AgentError(f"{state.path} is enrolled already", "run `steward-agent unenroll` first")
        key = make_key(state)
        channel = Channel(key, NO_AGENT, str(base), ServerClock())
        answer = channel.call("POST", ENROL_PATH, encode_json(_request(token, public_key_text(key))), _JSON)
        channel.close()
        _check(answer, base)
        told = decode_enrol_response(answer.body)
        checked_url(told.gateway_url)
        enrolment = Enrolment(str(base), told.gateway_url, told.agent_id, told.agent_uid, told.state, told.interval)
        save_enrolment(state, enrolment)
        return enrolment
    except ProtocolError as error:
        raise AgentError(
            f"{base} answered something else ({error})", "check that it is the address of Steward"
        ) from None
    finally:
        lock.release()


def ask_status(state: StateDir, enrolment: Enrolment) -> StatusResponse:
    """How the server sees this agent now.

    Raises:
        AgentError: when it can't be reached or refuses.
    """
    base = checked_url(enrolment.url)
    channel = Channel(read_key(state), enrolment.agent_id, enrolment.url, ServerClock())
    answer = channel.call("GET", STATUS_PATH)
    channel.close()
    _check(answer, base)
    try:
        return decode_status_response(answer.body)
    except ProtocolError as error:
        raise AgentError(
            f"{base} answered something else ({error})", "check that it is the address of Steward"
        ) from None


def _request(token: str, public_key: str) -> EnrolRequest:
    return EnrolRequest(
        token=token,
        public_key=public_key,
        hostname=printable(socket.gethostname(), 253) or "unnamed",
        machine_id=machine_id(),
        os=printable(f"{platform.system()} {platform.release()}"),
        arch=printable(platform.machine(), 64),
        agent_version=__version__,
        boot_id=token_hex(16),
        checks=capabilities(),
    )


def _check(answer: Answer, base: httpx.URL) -> None:
    if answer.outcome is Outcome.DONE:
        return
    if answer.status == 0:
        raise AgentError(f"can't reach {base} ({answer.message})", "check the address, the network and the certificate")
    if answer.outcome is Outcome.WAIT:
        raise AgentError(f"{base} can't answer now ({answer.message})", "try again in a minute")
    if answer.outcome is Outcome.CLOCK:
        raise AgentError("the server's clock and this machine's differ", "set this machine's clock, then try again")
    raise AgentError(
        f"{base} refused ({answer.status}: {answer.message})", "check the token; if it expired, ask for another"
    )
