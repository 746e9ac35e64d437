# SPDX-License-Identifier: Apache-2.0
"""Very many machines at once."""

from django.db import connection, transaction

from steward.core.tenancy.public import scoped, system_scope
from tests.fixtures.watching import Watched


def many(like: Watched, count: int) -> None:
    """More machines like one, by the database itself."""
    sql = """
    with made as (
      insert into assets_asset (client_id, number, name, kind, state, place, criticality, criticality_reason, vendor, product,
        serial, notes, created_at, changed_at)
      select client_id, number || '-' || %(count)s || '-' || each, name || each, kind, state, '', criticality, '', '', '', '',
        '', now(), now()
      from assets_asset, generate_series(1, %(count)s) as each
      where id = %(asset)s
      returning id, client_id, name
    )
    insert into agents_agent (client_id, state, public_key, hostname, machine_id, os, arch, agent_version, protocol, boot_id,
      asset_id, interval_seconds, enrolled_at, reason, changed_at, assigned, last_seen_at)
    select client_id, 'approved', sha256(made.name::bytea || %(salt)s::text::bytea), name, '', '', '', '', 1, '',
      id, 30, now(), '', now(), '', now()
    from made
    """
    with scoped(system_scope("tests")), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, {"count": count, "asset": like.asset.pk, "salt": count})
