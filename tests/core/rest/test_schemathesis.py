# SPDX-License-Identifier: Apache-2.0
"""The running API against its own document: every endpoint, good and bad input. A few examples here, many under `prove`."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, reject, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from steward.core.access.public import Role, permissions, token_mint
from steward.core.identity.public import User
from steward.core.rest.api import api
from steward.core.rest.limits import buckets
from steward.core.rest.openapi import document
from steward.web import urls
from tests.fixtures.actors import acting_as, make_client, make_person
from tests.waiting import EXACT

assert urls.urlpatterns, "every room's endpoints are declared by now"
# Every edge of every schema takes minutes; in `make test` a few drawn examples stand for them.
quick = schemathesis.openapi.from_dict(
    document(api()), config=schemathesis.Config.from_dict({"phases": {"coverage": {"enabled": False}}})
)

FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
MANY = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def owner_token(transactional_db: None) -> str:
    """A token with every right of the owner."""
    make_client("Acme")
    olga: User = make_person("Olga Owner", Role.OWNER)
    with acting_as(olga) as actor:
        until = timezone.now() + timedelta(days=1)
        return token_mint(actor=actor, name="attack", permissions=list(permissions()), clients=None, expires_at=until)[
            1
        ]


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No limits: they are tested elsewhere, and would answer in the place of what is tested here."""
    monkeypatch.setattr(buckets, "spend", lambda _key, _rate: 0)
    monkeypatch.setattr(buckets, "empty", lambda _key, _rate: 0)
    yield
    close_old_connections()


Call = Callable[[Any], None]


@pytest.fixture
def attack(web: str, owner_token: str, unlimited: None) -> Call:
    """Send a case, and hold the answer against the document.

    Left out: that whatever fits the schema is accepted. Names that are taken, cursors that are not ours, days in the past
    and keys used before are refused with 422 by rules that no schema can tell.
    """

    def sent(case: Any) -> None:
        # The library that sends takes a host of its own making apart, and falls over half an address of IPv6 before anything is sent.
        if set("[]") & set((case.headers or {}).get("Host", "")):
            reject()
        answer = case.call(base_url=web, headers={"Authorization": f"Bearer {owner_token}"}, timeout=20)
        # What is too long for its field may be too long for any request.
        left_out = [positive_data_acceptance, *([negative_data_rejection] if answer.status_code == 413 else [])]
        case.validate_response(answer, excluded_checks=left_out)
        if answer.status_code >= 400:
            assert set(answer.json()) == {"error"}
            assert set(answer.json()["error"]) == {"code", "message", "fields", "request_id"}

    return sent


@quick.parametrize()
@FEW
def test_every_endpoint_keeps_to_its_document(case: Any, attack: Call) -> None:
    attack(case)


if EXACT:  # to draw up the campaign alone takes seconds, of every process that looks for tests
    thorough = schemathesis.openapi.from_dict(document(api()))

    @pytest.mark.prove
    @thorough.parametrize()
    @MANY
    def test_every_endpoint_keeps_to_its_document_under_a_long_campaign(case: Any, attack: Call) -> None:
        attack(case)
