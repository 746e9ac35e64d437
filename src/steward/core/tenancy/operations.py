# SPDX-License-Identifier: Apache-2.0
"""Migration operations for the third ring: row-level security and keys that can't cross clients.

The policy's form was measured against the alternatives: `any((select …))` keeps the index on the client's key and parses
the setting once; an OR for "all clients" would cost that index, so everything is a role of its own."""

from pathlib import Path
from typing import Any

from django.db.migrations.operations import RunSQL
from django.db.migrations.operations.base import Operation

_WITHIN = "{column} = any((select nullif(nullif(current_setting('steward.scope', true), 'all'), '')::bigint[])::bigint[])"
_OWNER = "current_setting('steward.scope', true) = 'all'"


class EnableRLS(Operation):
    """Enable and force row-level security on a client-owned table, with its three policies and the key (client, id)."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model: str, column: str = "client_id", *, read_only_for_app: bool = False) -> None:
        self.model = model
        self.column = column
        self.read_only_for_app = read_only_for_app

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing in Django's state changes."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        meta = to_state.apps.get_model(app_label, self.model)._meta
        table, column, key = schema_editor.quote_name(meta.db_table), schema_editor.quote_name(self.column), schema_editor.quote_name(meta.pk.column)
        within = _WITHIN.format(column=column)
        schema_editor.execute(f"alter table {table} enable row level security")
        schema_editor.execute(f"alter table {table} force row level security")
        schema_editor.execute(f"create policy within_scope on {table} to steward_app using ({within}) with check ({within})")
        schema_editor.execute(f"create policy every_client on {table} to steward_all using (true) with check (true)")
        schema_editor.execute(f"create policy migrations on {table} to steward_owner using ({_OWNER}) with check ({_OWNER})")
        if self.column != meta.pk.column:
            name = schema_editor.quote_name(f"{meta.db_table}_client_key")
            schema_editor.execute(f"alter table {table} add constraint {name} unique ({column}, {key})")
        if self.read_only_for_app:
            schema_editor.execute(f"revoke update, delete on {table} from steward_app, steward_all")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        meta = from_state.apps.get_model(app_label, self.model)._meta
        table = schema_editor.quote_name(meta.db_table)
        for policy in ("within_scope", "every_client", "migrations"):
            schema_editor.execute(f"drop policy if exists {policy} on {table}")
        name = schema_editor.quote_name(f"{meta.db_table}_client_key")
        schema_editor.execute(f"alter table {table} drop constraint if exists {name}")
        schema_editor.execute(f"alter table {table} no force row level security")
        schema_editor.execute(f"alter table {table} disable row level security")

    def describe(self) -> str:
        return f"Row-level security on {self.model}"


class CompositeForeignKey(Operation):
    """A second key (client_id, field) → (client_id, id): row-level security does not look at foreign keys, this does."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model: str, field: str) -> None:
        self.model = model
        self.field = field

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing in Django's state changes."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        meta = to_state.apps.get_model(app_label, self.model)._meta
        field = meta.get_field(self.field)
        target = field.related_model._meta
        quote = schema_editor.quote_name
        schema_editor.execute(
            f"alter table {quote(meta.db_table)} add constraint {quote(self._name(meta, field))} foreign key (client_id, {quote(field.column)}) "
            f"references {quote(target.db_table)} (client_id, {quote(target.pk.column)}) deferrable initially deferred"
        )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        meta = from_state.apps.get_model(app_label, self.model)._meta
        field = meta.get_field(self.field)
        quote = schema_editor.quote_name
        schema_editor.execute(f"alter table {quote(meta.db_table)} drop constraint if exists {quote(self._name(meta, field))}")

    def describe(self) -> str:
        return f"{self.model}.{self.field} stays within its client"

    @staticmethod
    def _name(meta: Any, field: Any) -> str:
        return f"{meta.db_table}_{field.column}_same_client"[:63]


class RunSQLFile(RunSQL):
    """Run a .sql file that lies beside the migration; `reverse` undoes it."""

    def __init__(self, path: Path, reverse: Path | None = None) -> None:
        super().__init__(path.read_text(encoding="utf-8"), reverse.read_text(encoding="utf-8") if reverse else RunSQL.noop)
