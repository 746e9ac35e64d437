# SPDX-License-Identifier: Apache-2.0
"""A ledger of one's own to tamper with, and what a superuser can do to the audit in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection, transaction
from psycopg import sql

from steward.core.audit.public import audit
from steward.core.tenancy.public import scoped, system_scope
from steward.settings.ledger import Cluster
from tests.environment import TEMPLATE
from tests.fixtures.ledger import drop_database, owner_connection


@contextmanager
def own_ledger(cluster: Cluster, name: str) -> Iterator[str]:
    """A clone of the template that Django talks to inside the block."""
    before = connection.settings_dict["NAME"]
    drop_database(cluster, name)
    with owner_connection(cluster, "postgres") as owner:
        owner.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield name
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        drop_database(cluster, name)


def superuser(cluster: Cluster, database: str) -> psycopg.Connection[Any]:
    """Who no trigger can stop."""
    return psycopg.connect(cluster.dsn(role="admin", database=database), autocommit=True)


def write(count: int, kind: str = "tests.row.add") -> None:
    """Some rows, each in a transaction of its own, as actions write them."""
    for number in range(count):
        with scoped(system_scope("tests")), transaction.atomic():
            audit(kind, None, number=number, text='ı "quoted" \\ line\n ünïcode \u2028 \x7f')


# Every link from one on, made anew so that the chain is whole again.
REWRITE_FROM = sql.SQL(
    """do $$
declare l record; p bytea; h bytea;
begin
  select hash into p from audit.link where seq = {seq} - 1;
  p := coalesce(p, '\\x00'::bytea);
  for l in select k.seq, e from audit.link k join audit.entry e on e.id = k.entry where k.seq >= {seq} order by k.seq loop
    h := sha256(p || convert_to(l.seq::text || ':' || audit.canonical(l.e), 'UTF8'));
    update audit.link set prev = p, hash = h where seq = l.seq;
    p := h;
  end loop;
end $$"""
)
