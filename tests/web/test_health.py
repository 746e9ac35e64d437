# SPDX-License-Identifier: Apache-2.0
"""What Steward says of itself: alive without asking anybody, ready part by part, figures for whoever holds the token."""

import pytest
from django.test import Client as Browser

from steward.settings.secrets import secret
from steward.web.health.parts import parts
from tests.fixtures.store import Store, in_force

FAMILIES = (
    "steward_info",
    "steward_workers",
    "steward_agents",
    "steward_ingest_lag_seconds",
    "steward_evaluation_lag_seconds",
    "steward_notification_delay_seconds",
    "steward_store_up",
)


def test_alive_asks_nobody(client: Browser) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.django_db
def test_not_ready_names_the_parts_that_are_not(client: Browser) -> None:
    answer = client.get("/readyz")
    found = answer.json()["parts"]
    assert answer.status_code == 503
    assert found["database"]["ok"]
    assert found["migrations"]["ok"]
    # None of these processes runs beside this test.
    assert not any(found[name]["ok"] for name in ("live", "gateway", "worker"))


@pytest.mark.django_db
def test_the_store_is_ready_when_it_answers(store: Store) -> None:
    with in_force(store):
        assert parts()["store"].ok


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic abc", "Bearer \u00e9"])
def test_figures_are_for_the_holder_of_the_token(client: Browser, header: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": header})
    assert answer.status_code == 401
    assert b"steward_" not in answer.content


@pytest.mark.django_db
def test_figures_tell_of_every_part_also_while_the_store_is_down(client: Browser) -> None:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {secret('metrics')}"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert [name for name in FAMILIES if f"\n{name}" not in f"\n{text}"] == []
