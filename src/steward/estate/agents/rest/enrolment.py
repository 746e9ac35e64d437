# SPDX-License-Identifier: Apache-2.0
"""Where machines make themselves known, and ask how they are seen. No person signs in here: the machine's key does."""

import time
from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from steward_agent.protocol.enrolment import (
    ENROL_PATH,
    STATUS_PATH,
    EnrolRequest,
    EnrolResponse,
    StatusResponse,
    decode_enrol_request,
    encode_json,
)
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.refusals import STATUS, Refusal
from steward_agent.protocol.signing import NO_AGENT, NonceMemory, Signature, read_public_key, read_signature, verify

from steward.core.rest.public import PUBLIC, RestError, endpoint, router
from steward.core.tenancy.public import scoped, system_scope
from steward.estate.agents.actions import TokenNotGood, agent_enrol
from steward.estate.agents.models import Agent
from steward.estate.agents.queries import wire_state
from steward.settings.env import get_settings

api: Router = router("agent", label=_("Agents, for themselves"))
WAIT_SECONDS: Final = 2
_nonces = NonceMemory()

_WORDS = {
    Refusal.SIGNATURE: _("The request's signature does not hold."),
    Refusal.CLOCK: _("The machine's clock differs too much from the server's. Set it, then try again."),
    Refusal.REPLAY: _("This request was seen before. Sign it anew."),
    Refusal.UNKNOWN_AGENT: _("There is no such agent. Enrol this machine."),
    Refusal.BUSY: _("This agent asks too often."),
}


class EnrolOut(Schema):
    """A machine is known from now on, under this number. `server_time` is unix ms, `interval` seconds."""

    agent_id: int
    agent_uid: str
    state: str
    gateway_url: str
    server_time: int
    interval: int


class StatusOut(Schema):
    """How the server sees a machine."""

    state: str
    gateway_url: str
    server_time: int
    interval: int


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object", "additionalProperties": True}}},
    }
}


@api.post(ENROL_PATH.removeprefix("/api/v1/agent"), response=EnrolOut, openapi_extra=_BODY)
@endpoint(permission=PUBLIC)
def enroll(request: HttpRequest) -> HttpResponse:
    """Make a machine known by a token; the request is signed with the key that it brings."""
    asked = _asked(request.body)
    _verify(request, _signature(request, NO_AGENT), asked.raw_public_key(), NonceMemory())
    scope = system_scope("enrolment")
    try:
        with scoped(scope), transaction.atomic():
            agent = agent_enrol(asked, actor=scope.actor)
            answer = EnrolResponse(
                agent.pk,
                str(agent.uid),
                wire_state(agent),
                get_settings().gateway_base_url,
                _now_ms(),
                agent.interval_seconds,
            )
    except TokenNotGood:
        words = _("The token is not good: unknown, expired, used up or revoked. Ask for a new one.")
        raise RestError(403, words, code="enrolment_token") from None
    return HttpResponse(encode_json(answer), content_type="application/json")


@api.get(STATUS_PATH.removeprefix("/api/v1/agent"), response=StatusOut)
@endpoint(permission=PUBLIC)
def status(request: HttpRequest) -> HttpResponse:
    """How the server sees the machine that signed."""
    signature = _signature(request, None)
    with scoped(system_scope("enrolment")), transaction.atomic():
        agent = Agent.objects.filter(pk=signature.agent_id).first()
    if agent is None:
        raise _refused(Refusal.UNKNOWN_AGENT)
    _verify(request, signature, bytes(agent.public_key), _nonces)
    answer = StatusResponse(wire_state(agent), get_settings().gateway_base_url, _now_ms(), agent.interval_seconds)
    return HttpResponse(encode_json(answer), content_type="application/json")


def _asked(body: bytes) -> EnrolRequest:
    try:
        return decode_enrol_request(body)
    except ProtocolError as error:
        raise RestError(400, str(error), code=Refusal.MALFORMED.value) from None


def _signature(request: HttpRequest, wanted: int | None) -> Signature:
    try:
        signature = read_signature(request.headers)
    except ProtocolError:
        raise _refused(Refusal.SIGNATURE) from None
    if wanted is not None and signature.agent_id != wanted:
        raise _refused(Refusal.SIGNATURE)
    return signature


def _verify(request: HttpRequest, signature: Signature, key: bytes, nonces: NonceMemory) -> None:
    # The protocol's own path, whatever a proxy put before it.
    path = ENROL_PATH if request.method == "POST" else STATUS_PATH
    code = verify(
        signature, read_public_key(key), request.method or "", path, request.body, now_ms=_now_ms(), nonces=nonces
    )
    if code is not None:
        raise _refused(code)


def _refused(code: Refusal) -> RestError:
    headers = {"X-Steward-Time": str(_now_ms())} if code is Refusal.CLOCK else {}
    return RestError(STATUS[code], _WORDS[code], code=code.value, headers=headers)


def _now_ms() -> int:
    return int(time.time() * 1000)
