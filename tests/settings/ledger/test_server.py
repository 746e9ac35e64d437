# SPDX-License-Identifier: Apache-2.0
"""A server elsewhere: another cluster, reached by addresses alone, as an operator would give them."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from steward.settings import ledger
from steward.settings.env import Settings

OWNER = "postgresql://steward_owner:owner-password@/elsewhere"
APP = "postgresql://steward_app:app%2Fpassword@/elsewhere"


@pytest.fixture
def settings(module_cluster: ledger.Cluster, tmp_path: Path) -> Iterator[Settings]:
    where = f"?host={module_cluster.socket_dir}"
    admin = module_cluster.params(role="admin")
    yield Settings(
        data_dir=tmp_path,
        database_url=APP + where,
        database_owner_url=OWNER + where,
        database_admin_url=f"postgresql://pgadmin:{admin['password']}@/elsewhere{where}",
    )
    ledger.bootstrap(module_cluster)


def test_its_roles_and_its_database_are_made_with_the_passwords_of_the_addresses(settings: Settings) -> None:
    server = ledger.find_server(settings)
    assert server is not None
    ledger.bootstrap(server, database=server.database)
    ledger.bootstrap(server, database=server.database)
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url) as app:
        assert app.execute("select current_user, current_database()").fetchone() == ("steward_app", "elsewhere")
    with psycopg.connect(server.dsn(role="owner"), autocommit=True) as owner:
        with pytest.raises(errors.InsufficientPrivilege):
            owner.execute("set role steward_audit")
        with ledger.migrating(server):
            owner.execute("set role steward_audit")


def test_the_embedded_cluster_is_meant_when_no_address_is_given(tmp_path: Path) -> None:
    assert ledger.find_server(Settings(data_dir=tmp_path, database_url=None)) is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://postgres:x@db/steward", "STEWARD_DATABASE_URL must sign in as steward_app"),
        ("postgresql://steward_app@db/steward", "STEWARD_DATABASE_URL needs a password and a database"),
        ("postgresql://steward_app:x@db", "STEWARD_DATABASE_URL needs a password and a database"),
    ],
)
def test_an_address_that_cannot_serve_is_named(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(ledger.LedgerError, match=said):
        ledger.find_server(Settings(data_dir=tmp_path, database_url=url))


def test_a_superuser_who_is_not_let_in_is_told_so(settings: Settings) -> None:
    assert settings.database_admin_url is not None
    wrong = settings.model_copy(
        update={"database_admin_url": settings.database_admin_url.replace("pgadmin:", "pgadmin:x")}
    )
    server = ledger.find_server(wrong)
    assert server is not None
    with pytest.raises(ledger.LedgerError, match="does not let its superuser in"):
        ledger.bootstrap(server, database=server.database)
