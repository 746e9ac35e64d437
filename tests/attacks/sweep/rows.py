# SPDX-License-Identifier: Apache-2.0
"""What a client's rows are, so that a write by somebody else is seen whatever it touched."""

from django.apps import apps
from django.db import connection
from psycopg import sql

from steward.core.tenancy.public import Client, scoped, system_scope


def fingerprint(client: Client) -> dict[str, str]:
    """Table → a hash over every row of this client."""
    found: dict[str, str] = {}
    owned = [model for model in apps.get_models() if getattr(model, "client_owned", False)]
    with scoped(system_scope("tests")), connection.cursor() as cursor:
        for model in owned:
            column = "id" if model is Client else "client_id"
            statement = sql.SQL(
                "select coalesce(md5(string_agg(t::text, ',' order by t.{key})), '') from {table} t where t.{column} = %s"
            ).format(
                table=sql.Identifier(model._meta.db_table),
                column=sql.Identifier(column),
                key=sql.Identifier(model._meta.pk.column),
            )
            cursor.execute(statement, [client.pk])
            found[model._meta.db_table] = cursor.fetchone()[0]
    return found
