# SPDX-License-Identifier: Apache-2.0
"""Keys point down, every table has an owner, and the database itself holds the third ring."""

import pytest
from django.apps import apps
from django.db import connection, models
from django.test.utils import isolate_apps

from steward.core.tenancy.public import ClientModel
from steward.settings.global_models import GLOBAL_MODELS
from steward.settings.ledger import Cluster
from tests.architecture.checks import tables
from tests.architecture.checks.findings import assert_none
from tests.fixtures.ledger import owner_connection

MODELS = list(apps.get_models(include_auto_created=True))
OWNED = tables.owned_tables(MODELS)


def test_foreign_keys_point_down() -> None:
    assert_none(tables.rising_keys(MODELS))


def test_every_model_is_a_clients_or_has_a_reason() -> None:
    assert_none(tables.unowned(MODELS, GLOBAL_MODELS))


def test_no_reason_is_kept_for_a_model_that_is_gone() -> None:
    assert set(GLOBAL_MODELS) - {model._meta.label_lower for model in MODELS} == set()


def test_versions_hold_their_two_times() -> None:
    assert_none(tables.unversioned(MODELS))


@pytest.mark.django_db
def test_the_database_guards_every_client_owned_table() -> None:
    with connection.cursor() as cursor:
        assert_none(tables.unprotected_tables(cursor, OWNED))
        assert_none(tables.crossing_keys(cursor, OWNED))
        assert_none(tables.oracles(cursor, OWNED))
        assert_none(tables.bare_views(cursor))


@isolate_apps("steward.core.tenancy", "steward.estate.clients")
def test_a_key_that_points_up_or_back_is_found() -> None:
    class Upper(models.Model):
        class Meta:
            app_label = "clients"

    class Lower(models.Model):
        upper = models.ForeignKey(Upper, on_delete=models.CASCADE, related_name="lowers")

        class Meta:
            app_label = "tenancy"

    found = tables.rising_keys([Lower])
    assert len(found) == 2
    assert tables.unowned([Lower], {"tenancy.lower": " "})


@isolate_apps("steward.estate.clients")
def test_a_version_without_its_times_is_found() -> None:
    class Price(models.Model):
        valid_from = models.DateTimeField()

        class Meta:
            app_label = "clients"

    assert tables.unversioned([Price])


@isolate_apps("steward.estate.clients")
def test_deliberate_breaks_in_the_database_are_found(test_database: str, ledger_cluster: Cluster) -> None:
    class Parent(ClientModel):
        class Meta:
            app_label = "clients"
            db_table = "broken_parent"

    class Child(ClientModel):
        class Meta:
            app_label = "clients"
            db_table = "broken_child"

    owned = {"broken_parent": Parent, "broken_child": Child}
    with (
        owner_connection(ledger_cluster, test_database) as owner,
        owner.transaction(force_rollback=True),
        owner.cursor() as cursor,
    ):
        cursor.execute(
            "create table broken_parent (id bigint primary key, client_id bigint not null, name text unique)"
        )
        cursor.execute(
            "create table broken_child (id bigint primary key, client_id bigint not null,"
            " parent_id bigint references broken_parent on delete cascade)"
        )
        cursor.execute("create view broken_view as select * from broken_parent")
        cursor.execute("create materialized view broken_copy as select * from broken_parent")
        assert len(tables.unprotected_tables(cursor, owned)) == 4
        assert len(tables.crossing_keys(cursor, owned)) == 2
        assert len(tables.oracles(cursor, owned)) == 1
        assert len(tables.bare_views(cursor)) == 2
