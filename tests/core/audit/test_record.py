# SPDX-License-Identifier: Apache-2.0
"""Writing the audit: by the actor, in the transaction, for the right client; and who may read it."""

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from steward.core.audit.public import Entry, SecretInAudit, audit
from steward.core.identity.public import User
from steward.core.tenancy.public import Actor, Client, NoScope, OutsideTransaction, Scope, scoped, system_scope
from steward.settings.ledger import Cluster
from tests.fixtures.actors import acting_as

pytestmark = pytest.mark.django_db


def test_a_row_names_the_actor_by_id_and_never_by_name(tess: User, acme: Client) -> None:
    with acting_as(tess):
        audit("clients.client.edit", acme, fields=["name"])
        row = Entry.objects.get(kind="clients.client.edit", record_id=str(acme.uid))
    assert (row.actor_kind, row.actor_id, row.actor_name) == ("person", tess.pk, None)
    assert (row.client_id, row.record_kind, row.params) == (acme.pk, "tenancy.client", {"fields": ["name"]})
    assert "Tess" not in str(row.__dict__)


def test_a_system_is_named(acme: Client) -> None:
    with scoped(system_scope("retention")), transaction.atomic():
        audit("files.sweep.run", None, removed=3)
        assert Entry.objects.filter(kind="files.sweep.run").first().actor_name == "retention"


def test_without_a_scope_or_a_transaction_nothing_is_written(transactional_db: None) -> None:
    with pytest.raises(NoScope):
        audit("a.b", None)
    with scoped(system_scope("tests")), pytest.raises(OutsideTransaction):
        audit("a.b", None)


@pytest.mark.parametrize("params", [{"password": "x"}, {"new_secret": "x"}, {"change": {"smtp_password": "x"}}])
def test_a_secret_is_not_written_down(params: dict[str, object]) -> None:
    with scoped(system_scope("tests")), transaction.atomic(), pytest.raises(SecretInAudit):
        audit("a.b", None, **params)


def test_a_client_reads_its_own_rows_alone(alice: User, bob: User, acme: Client, birch: Client) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        for client in (acme, birch):
            audit("clients.client.edit", client)
        audit("jobs.sweep.run", None)
    with acting_as(alice):
        assert {row.client_id for row in Entry.objects.all()} == {acme.pk}
        assert not Entry.objects.filter(client_id=birch.pk).exists()
        with connection.cursor() as cursor:  # the database holds it too, without the manager's filter
            cursor.execute("select distinct client_id from audit.entry")
            assert cursor.fetchall() == [(acme.pk,)]


def test_a_client_writes_for_no_other(alice: User, birch: Client) -> None:
    foreign = Client(pk=birch.pk, uid=birch.uid)
    with pytest.raises(DatabaseError, match="row-level security"), acting_as(alice):
        audit("clients.client.edit", foreign)


def test_a_clients_row_without_a_record_belongs_to_the_client(alice: User, acme: Client) -> None:
    with acting_as(alice):
        audit("identity.password.change", None)
        assert Entry.objects.get(kind="identity.password.change").client_id == acme.pk


def test_reading_outside_a_transaction_is_an_error_not_an_empty_answer(transactional_db: None) -> None:
    with scoped(system_scope("tests")), pytest.raises(OutsideTransaction):
        Entry.objects.all()


def test_the_model_neither_saves_nor_deletes() -> None:
    with pytest.raises(TypeError):
        Entry().save()
    with pytest.raises(TypeError):
        Entry().delete()


@pytest.mark.parametrize(
    "statement",
    [
        "insert into audit.entry (id, actor_kind, kind) values (uuidv7(), 'system', 'a.b')",
        "insert into audit.entry (at, actor_kind, kind) values ('2001-01-01', 'system', 'a.b')",
        "insert into audit.link (seq, entry, prev, hash) values (99999, uuidv7(), '', '')",
        "update audit.entry set kind = 'a.c'",
        "update audit.link set hash = ''",
        "delete from audit.entry",
        "delete from audit.link",
        "truncate audit.entry, audit.link",
        "alter table audit.entry disable trigger all",
        "drop trigger seal on audit.entry",
        "set session_replication_role = replica",
        "set role steward_audit",
        "grant steward_audit to current_user",
        "drop schema audit cascade",
        "drop owned by steward_audit",
        "alter table audit.entry owner to current_user",
        "create or replace function audit.seal() returns trigger language plpgsql as 'begin return null; end'",
        "create rule quiet as on insert to audit.entry do instead nothing",
    ],
)
@pytest.mark.parametrize("role", ["app", "owner"])
def test_neither_the_application_nor_the_owner_can_touch_what_was_written(
    statement: str, role: str, ledger_cluster: Cluster, test_database: str
) -> None:
    dsn = ledger_cluster.dsn(role=role, database=test_database)  # type: ignore[arg-type]  # the two of the parameters
    with psycopg.connect(dsn) as attacker:
        attacker.execute("select set_config('steward.scope', 'all', true)")
        if role == "app":
            attacker.execute("set local role steward_all")
        with pytest.raises(psycopg.Error):
            attacker.execute(statement)  # type: ignore[arg-type]  # a constant of this file
        attacker.rollback()


def test_a_tokens_row_carries_its_owner(alice: User, acme: Client) -> None:
    actor = Actor("token", "CI", frozenset(), alice.pk, acme.pk)
    with scoped(Scope(actor, frozenset({acme.pk}))), transaction.atomic():
        audit("assets.asset.edit", None)
        row = Entry.objects.get(kind="assets.asset.edit")
    assert (row.actor_kind, row.actor_id, row.actor_name) == ("token", alice.pk, None)
