# SPDX-License-Identifier: Apache-2.0
import random
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.core.access.public import Denied, Refused
from steward.core.audit.public import Entry
from steward.core.identity.public import User
from steward.core.search.public import find
from steward.core.tenancy.public import Client
from steward.estate.assets import queries
from steward.estate.assets.actions import (
    asset_archive,
    asset_create,
    asset_discovered,
    asset_edit,
    asset_restore,
    relation_add,
    relation_remove,
)
from steward.estate.assets.graph import path_between
from steward.estate.assets.models import Asset, AssetState, Relation
from steward.estate.clients.models import Site
from tests.fixtures.actors import Acting

Add = Callable[..., Asset]


@pytest.fixture
def add(tess: User, acme: Client, acting: Acting) -> Add:
    def added(name: str, client: Client | None = None, **fields: Any) -> Asset:
        with acting(tess) as actor:
            return asset_create(client or acme, actor=actor, name=name, **({"kind": "virtual_server"} | fields))

    return added


@pytest.mark.django_db
class TestAssets:
    def test_an_asset_gets_the_next_number_and_is_found(self, add: Add, tess: User, acting: Acting) -> None:
        first, second = add("acme-sql-01"), add("acme-sql-02", serial="7XK21F3")
        assert int(second.number.removeprefix("A-")) == int(first.number.removeprefix("A-")) + 1
        with acting(tess):
            assert [hit.title for hit in find("7xk21f3")] == ["acme-sql-02"]
            assert Entry.objects.filter(kind="assets.asset.create").count() == 2

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"name": "  "}, "name"),
            ({"name": "x" * 254}, "name"),
            ({"kind": "spaceship"}, "kind"),
            ({"state": "lost"}, "state"),
            ({"criticality": "huge"}, "criticality"),
            ({"purchased_on": date(2026, 2, 1), "warranty_until": date(2026, 1, 1)}, "warranty_until"),
        ],
    )
    def test_bad_input_is_refused_naming_the_field(self, add: Add, fields: dict[str, Any], field: str) -> None:
        with pytest.raises(Refused) as refused:
            add(**({"name": "x"} | fields))
        assert refused.value.field == field

    def test_a_site_of_another_client_is_refused(self, add: Add, birch: Client, tess: User, acting: Acting) -> None:
        with acting(tess):
            site = Site.objects.create(client=birch, name="Elsewhere")
        with pytest.raises(Refused) as refused:
            add("x", site=site)
        assert refused.value.field == "site"

    def test_an_edit_is_told_with_before_and_after(self, add: Add, tess: User, acting: Acting) -> None:
        asset = add("acme-sql-01")
        with acting(tess) as actor:
            asset_edit(asset, actor=actor, criticality="critical", notes="secret plans")
            entry = Entry.objects.get(kind="assets.asset.edit")
        assert entry.params == {"changed": {"criticality": ["medium", "critical"], "notes": []}}

    def test_what_others_run_on_is_not_archived(self, add: Add, omar: User, acting: Acting) -> None:
        host, guest = add("hv"), add("vm")
        with acting(omar) as actor:
            relation_add(guest, actor=actor, kind="runs_on", target=host)
            with pytest.raises(Refused, match="run on this one"):
                asset_archive(host, actor=actor, reason="sold")
            with pytest.raises(Refused):
                asset_archive(guest, actor=actor, reason="")
            asset_archive(guest, actor=actor, reason="sold")
            assert asset_archive(host, actor=actor, reason="sold").state == AssetState.RETIRED
            assert not find("hv")
            assert asset_restore(host, actor=actor).archived_at is None
            assert find("hv")

    def test_a_client_may_look_and_not_touch(self, add: Add, alice: User, acting: Acting) -> None:
        asset = add("acme-sql-01")
        with acting(alice) as actor:
            assert queries.asset(asset.number) == asset
            with pytest.raises(Denied):
                asset_edit(asset, actor=actor, name="mine")

    def test_bob_sees_nothing_of_it(self, add: Add, bob: User, acting: Acting) -> None:
        asset = add("acme-sql-01")
        with acting(bob), pytest.raises(Asset.DoesNotExist):
            queries.asset(asset.number)

    def test_what_was_found_fills_gaps_and_never_overwrites(self, add: Add, olga: User, acting: Acting) -> None:
        asset = add("acme-sql-01", kind="other", vendor="Dell")
        with acting(olga) as actor:
            asset_discovered(asset, actor=actor, vendor="QEMU", product="Standard PC", serial="", virtual=True)
            asset_discovered(asset, actor=actor, vendor="x", product="y", serial="z", virtual=False)
            asset = queries.asset(asset.number)
        assert (asset.vendor, asset.product, asset.serial, asset.kind) == ("Dell", "Standard PC", "z", "virtual_server")


@pytest.mark.django_db
class TestRelations:
    def test_nothing_hangs_on_itself_or_twice_or_on_another_client(
        self, add: Add, birch: Client, tess: User, acting: Acting
    ) -> None:
        one, two, foreign = add("one"), add("two"), add("three", client=birch)
        with acting(tess) as actor:
            relation_add(one, actor=actor, kind="depends_on", target=two)
            for kind, target in (("depends_on", one), ("depends_on", two), ("depends_on", foreign)):
                with pytest.raises(Refused) as refused:
                    relation_add(one, actor=actor, kind=kind, target=target)
                assert refused.value.field == "target"
            with pytest.raises(Refused) as refused:
                relation_add(one, actor=actor, kind="loves", target=two)
            assert refused.value.field == "kind"

    def test_a_circle_of_runs_on_is_refused_and_shown(self, add: Add, tess: User, acting: Acting) -> None:
        chain = [add(f"m{each}") for each in range(4)]
        with acting(tess) as actor:
            for lower, upper in pairwise(chain):
                relation_add(lower, actor=actor, kind="runs_on", target=upper)
            with pytest.raises(Refused, match="m0 → m1 → m2 → m3"):
                relation_add(chain[3], actor=actor, kind="runs_on", target=chain[0])
            relation_add(chain[3], actor=actor, kind="backs_up", target=chain[0])
            relation_remove(Relation.objects.get(source=chain[0]), actor=actor)
            relation_add(chain[3], actor=actor, kind="runs_on", target=chain[0])

    def test_what_hangs_on_an_asset_is_known(self, add: Add, tess: User, acting: Acting) -> None:
        host, guest, app, backup = add("hv"), add("vm"), add("app"), add("bkp")
        with acting(tess) as actor:
            relation_add(guest, actor=actor, kind="runs_on", target=host)
            relation_add(app, actor=actor, kind="depends_on", target=host)
            relation_add(backup, actor=actor, kind="backs_up", target=host)
            assert {each.name for each in queries.hanging_on(host)} == {"vm", "app"}


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20), st.integers(0, 7), st.integers(0, 7))
def test_a_way_is_found_when_and_only_when_there_is_one(edges: list[tuple[int, int]], start: int, goal: int) -> None:
    random.shuffle(edges)
    way = path_between(edges, start, goal)
    reached = {start}
    for _ in range(8):
        reached |= {target for source, target in edges if source in reached}
    assert bool(way) == (goal in reached)
    assert all(step in edges for step in pairwise(way))
    assert not way or (way[0], way[-1]) == (start, goal)
