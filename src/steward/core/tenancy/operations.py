# SPDX-License-Identifier: Apache-2.0
"""Migration operations for the third ring: row-level security and keys that can't cross clients.

The policy's form was measured against the alternatives: `any((select …))` keeps the index on the client's key and parses
the setting once; an OR for "all clients" would cost that index, so everything is a role of its own."""

from pathlib import Path
from typing import Any

from django.db.migrations.operations import RunSQL
from django.db.migrations.operations.base import Operation
from psycopg.sql import SQL, Composed, Identifier

_WITHIN = SQL(
    "{column} = any((select nullif(nullif(current_setting('steward.scope', true), 'all'), '')::bigint[])::bigint[])"
)
_PROTECT = SQL(
    """alter table {table} enable row level security;
    alter table {table} force row level security;
    create policy within_scope on {table} to steward_app using ({within}) with check ({within});
    create policy every_client on {table} to steward_all using (true) with check (true);
    create policy migrations on {table} to steward_owner
      using (current_setting('steward.scope', true) = 'all') with check (current_setting('steward.scope', true) = 'all')"""
)
_ADD_KEY = SQL("alter table {table} add constraint {name} unique ({column}, {key})")
_APPEND_ONLY = SQL("revoke update, delete on {table} from steward_app, steward_all")
_UNPROTECT = SQL(
    """drop policy if exists within_scope on {table};
    drop policy if exists every_client on {table};
    drop policy if exists migrations on {table};
    alter table {table} no force row level security;
    alter table {table} disable row level security"""
)
_DROP_CONSTRAINT = SQL("alter table {table} drop constraint if exists {name}")
_SAME_CLIENT = SQL(
    """alter table {table} add constraint {name} foreign key (client_id, {column})
    references {target} (client_id, {key}) deferrable initially deferred"""
)


class _TableOperation(Operation):
    """An operation on a table that leaves Django's state as it is."""

    reversible = True
    reduces_to_sql = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing in Django's state changes."""

    @staticmethod
    def _run(schema_editor: Any, statement: SQL | Composed) -> None:
        schema_editor.execute(statement.as_string(None), params=None)


class EnableRLS(_TableOperation):
    """Enable and force row-level security on a client-owned table, with its three policies and the key (client, id).

    `append_only` takes UPDATE and DELETE from the application."""

    def __init__(self, model: str, column: str = "client_id", *, append_only: bool = False) -> None:
        self.model = model
        self.column = column
        self.append_only = append_only

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        meta = to_state.apps.get_model(app_label, self.model)._meta
        table, column = Identifier(meta.db_table), Identifier(self.column)
        self._run(schema_editor, _PROTECT.format(table=table, within=_WITHIN.format(column=column)))
        if self.column != meta.pk.column:
            self._run(
                schema_editor,
                _ADD_KEY.format(table=table, name=_key_name(meta), column=column, key=Identifier(meta.pk.column)),
            )
        if self.append_only:
            self._run(schema_editor, _APPEND_ONLY.format(table=table))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        meta = from_state.apps.get_model(app_label, self.model)._meta
        self._run(schema_editor, _UNPROTECT.format(table=Identifier(meta.db_table)))
        self._run(schema_editor, _DROP_CONSTRAINT.format(table=Identifier(meta.db_table), name=_key_name(meta)))

    def describe(self) -> str:
        return f"Row-level security on {self.model}"


class CompositeForeignKey(_TableOperation):
    """A second key (client_id, field) → (client_id, id): row-level security does not look at foreign keys, this does."""

    def __init__(self, model: str, field: str) -> None:
        self.model = model
        self.field = field

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        meta = to_state.apps.get_model(app_label, self.model)._meta
        field = meta.get_field(self.field)
        target = field.related_model._meta
        parts = {"table": meta.db_table, "column": field.column, "target": target.db_table, "key": target.pk.column}
        named = {name: Identifier(value) for name, value in parts.items()}
        self._run(schema_editor, _SAME_CLIENT.format(name=_same_client_name(meta, field), **named))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        meta = from_state.apps.get_model(app_label, self.model)._meta
        name = _same_client_name(meta, meta.get_field(self.field))
        self._run(schema_editor, _DROP_CONSTRAINT.format(table=Identifier(meta.db_table), name=name))

    def describe(self) -> str:
        return f"{self.model}.{self.field} stays within its client"


class RunSQLFile(RunSQL):
    """Run a .sql file that lies beside the migration; `reverse` undoes it."""

    def __init__(self, path: Path, reverse: Path | None = None) -> None:
        super().__init__(
            path.read_text(encoding="utf-8"), reverse.read_text(encoding="utf-8") if reverse else RunSQL.noop
        )


def _key_name(meta: Any) -> Identifier:
    return Identifier(f"{meta.db_table}_client_key"[:63])


def _same_client_name(meta: Any, field: Any) -> Identifier:
    return Identifier(f"{meta.db_table}_{field.column}_same_client"[:63])
