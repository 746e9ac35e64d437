# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client as Browser

from steward.core.identity.public import User
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.estate.assets.actions import asset_create, relation_add
from steward.estate.assets.models import Asset, Relation

Browse = Callable[[User], Browser]


@pytest.fixture
def pair(acme: Client) -> tuple[Asset, Asset]:
    scope = system_scope("tests")
    with scoped(scope), transaction.atomic():
        host = asset_create(acme, actor=scope.actor, name="acme-hv-01", kind="physical_server")
        guest = asset_create(
            acme,
            actor=scope.actor,
            name="acme-sql-02",
            kind="virtual_server",
            criticality="critical",
            criticality_reason="Orders stop",
        )
        relation_add(guest, actor=scope.actor, kind="runs_on", target=host)
    return host, guest


def test_the_list_asks_a_constant_number_of_questions(
    pair: tuple[Asset, Asset],
    acme: Client,
    tess: User,
    browse: Browse,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    browser = browse(tess)
    browser.get("/assets/")
    with django_assert_max_num_queries(22) as asked:  # type: ignore[attr-defined]
        assert "acme-sql-02" in browser.get("/assets/").content.decode()
    scope = system_scope("tests")
    with scoped(scope), transaction.atomic():
        for each in range(30):
            asset_create(acme, actor=scope.actor, name=f"acme-ws-{each:02}", kind="workstation")
    with django_assert_max_num_queries(len(asked)):  # type: ignore[attr-defined]
        assert "acme-ws-29" in browser.get("/assets/").content.decode()


def test_an_assets_page_shows_charts_facts_and_what_hangs_on_it(
    pair: tuple[Asset, Asset], tess: User, browse: Browse
) -> None:
    host, guest = pair
    text = browse(tess).get(f"/assets/{guest.number}/").content.decode()
    for words in ("acme-sql-02", "Processor", "Network", "Runs on", "acme-hv-01", "Orders stop", "1 h", "30 d"):
        assert words in text
    assert f'data-src="/assets/{guest.number}/metrics/processor/"' in text
    assert "Carries" in browse(tess).get(f"/assets/{host.number}/").content.decode()


def test_filters_order_and_file_are_one_thing(pair: tuple[Asset, Asset], tess: User, browse: Browse) -> None:
    browser = browse(tess)
    query = "criticality=critical&sort=-name"
    assert "acme-hv-01" not in browser.get(f"/assets/?{query}").content.decode()
    file = b"".join(browser.get(f"/assets/export.csv?{query}")).decode()
    assert "acme-sql-02" in file
    assert "acme-hv-01" not in file
    assert [each["name"] for each in browser.get(f"/api/v1/assets?{query}").json()["items"]] == ["acme-sql-02"]


def test_tess_adds_and_changes_an_asset(acme: Client, birch: Client, tess: User, browse: Browse) -> None:
    browser = browse(tess)
    assert browser.post("/assets/new/", {"client": "acme"}).headers["Location"] == "/assets/new/?client=acme"
    values = {"name": "acme-fs-01", "kind": "storage", "state": "in_service", "criticality": "high"}
    bad = browser.post(
        "/assets/new/?client=acme", values | {"purchased_on": "2026-02-01", "warranty_until": "2026-01-01"}
    )
    assert bad.status_code == 422
    assert "can&#x27;t end before the purchase" in bad.content.decode()
    made = browser.post("/assets/new/?client=acme", values).headers["Location"]
    assert browser.post(f"{made}edit/", values | {"name": "acme-fs-02"}).status_code == 302
    assert "acme-fs-02" in browser.get(made).content.decode()


def test_relations_are_kept_on_forms(pair: tuple[Asset, Asset], tess: User, browse: Browse) -> None:
    host, guest = pair
    browser = browse(tess)
    assert (
        browser.post(f"/assets/{host.number}/relations/new/", {"kind": "runs_on", "target": guest.number}).status_code
        == 422
    )
    assert (
        browser.post(
            f"/assets/{host.number}/relations/new/", {"kind": "depends_on", "target": guest.number}
        ).status_code
        == 302
    )
    with scoped(system_scope("tests")), transaction.atomic():
        relation = Relation.objects.get(kind="depends_on")
    address = f"/assets/{host.number}/relations/{relation.uid}/"
    assert browser.post(address, {"notes": "shared disk"}).status_code == 302
    assert "shared disk" in browser.get(f"/assets/{host.number}/").content.decode()
    assert browser.post(f"{address}verb-remove/").status_code == 302
    assert "shared disk" not in browser.get(f"/assets/{host.number}/").content.decode()


def test_archiving_and_back(pair: tuple[Asset, Asset], omar: User, browse: Browse) -> None:
    host, guest = pair
    browser = browse(omar)
    assert browser.post(f"/assets/{host.number}/archive/", {"reason": "sold"}).status_code == 422
    assert browser.post(f"/assets/{guest.number}/archive/", {"reason": "sold"}).status_code == 302
    assert browser.post(f"/assets/{guest.number}/verb-restore/").status_code == 302


def test_the_same_through_the_api(pair: tuple[Asset, Asset], tess: User, browse: Browse) -> None:
    _, guest = pair
    browser = browse(tess)
    body = {"client": "acme", "name": "acme-app", "kind": "software"}
    made = browser.post("/api/v1/assets", body, content_type="application/json")
    assert made.status_code == 201
    uid = made.json()["uid"]
    assert (
        browser.post("/api/v1/assets", body | {"client": "nobody"}, content_type="application/json").status_code == 422
    )
    bad = browser.put(f"/api/v1/assets/{uid}", {"name": "", "kind": "software"}, content_type="application/json")
    assert bad.json()["error"]["fields"][0]["field"] == "name"
    relation = browser.post(
        f"/api/v1/assets/{uid}/relations",
        {"kind": "depends_on", "target": str(guest.uid)},
        content_type="application/json",
    )
    assert relation.status_code == 201
    assert browser.delete(f"/api/v1/assets/{uid}/relations/{relation.json()['uid']}").status_code == 204
    assert browser.get(f"/api/v1/assets/{uid}/relations").json() == []


def test_a_clients_page_lists_its_assets_the_critical_first(
    pair: tuple[Asset, Asset], acme: Client, tess: User, browse: Browse
) -> None:
    from steward.estate.clients.models import ClientProfile

    with scoped(system_scope("tests")), transaction.atomic():
        ClientProfile.objects.create(client=acme)
    text = browse(tess).get("/clients/acme/").content.decode()
    assert text.index("acme-sql-02") < text.index("acme-hv-01")
    assert "no agent" in text
