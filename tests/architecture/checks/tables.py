# SPDX-License-Identifier: Apache-2.0
"""Rules 2, 3 and 7 over models and over the database's own catalogue."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.backends.utils import CursorWrapper

from steward.core.tenancy.public import ClientModel
from steward.settings.rooms import ROOMS

ORDER = {room.rsplit(".", 1)[1]: number for number, room in enumerate(ROOMS)}


def rising_keys(found: Iterable[type[models.Model]]) -> list[str]:
    """Foreign keys that point up the stairs, or into another room with a way back."""
    findings = []
    for model in found:
        own = model._meta.app_label
        if own not in ORDER:
            continue
        for field in model._meta.get_fields():
            if (
                not isinstance(field, models.ForeignKey | models.OneToOneField | models.ManyToManyField)
                or field.auto_created
            ):
                continue
            other = field.related_model._meta.app_label
            if other in ORDER and ORDER[other] > ORDER[own]:
                findings.append(f"{model._meta.label}.{field.name} points up to {other}")
            if other != own and field.remote_field.related_name != "+":
                findings.append(f"{model._meta.label}.{field.name} enters {other}: related_name='+'")
    return findings


def unowned(found: Iterable[type[models.Model]], reasons: dict[str, str]) -> list[str]:
    """Models that are neither a client's nor listed with a reason."""
    return [
        f"{model._meta.label_lower}: derive from ClientModel, or give a reason in GLOBAL_MODELS"
        for model in found
        if not issubclass(model, ClientModel) and not reasons.get(model._meta.label_lower, "").strip()
    ]


def unversioned(found: Iterable[type[models.Model]]) -> list[str]:
    """Models with `valid_from` that lack `recorded_at`, or a unique constraint that holds it together with the parent."""
    findings = []
    for model in found:
        names = {field.name for field in model._meta.get_fields()}
        if "valid_from" not in names:
            continue
        unique = [
            c
            for c in model._meta.constraints
            if isinstance(c, models.UniqueConstraint) and "valid_from" in c.fields and len(c.fields) > 1
        ]
        if "recorded_at" not in names or not unique:
            findings.append(
                f"{model._meta.label}: a version holds recorded_at, and valid_from is unique with its parent"
            )
    return findings


def unprotected_tables(cursor: CursorWrapper, tables: Iterable[str]) -> list[str]:
    """Client-owned tables without forced row-level security or one of the three policies."""
    cursor.execute(
        "select relname, relrowsecurity and relforcerowsecurity from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    forced = dict(cursor.fetchall())
    cursor.execute("select tablename, array_agg(policyname::text) from pg_policies group by 1")
    policies = {table: set(names) for table, names in cursor.fetchall()}
    findings = []
    for table in tables:
        if not forced.get(table):
            findings.append(f"{table}: row-level security is not forced (EnableRLS)")
        if missing := {"within_scope", "every_client", "migrations"} - policies.get(table, set()):
            findings.append(f"{table}: lacks the policies {sorted(missing)}")
    return findings


def crossing_keys(cursor: CursorWrapper, owned: dict[str, type[models.Model]]) -> list[str]:
    """Foreign keys between client-owned tables that lack the composite key, and cascades made by the database."""
    cursor.execute(
        """select c.conrelid::regclass::text, c.confrelid::regclass::text, c.confdeltype::text,
                  array(select attname::text from unnest(c.conkey) with ordinality k(n, o)
                        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.n order by o)
           from pg_constraint c where c.contype = 'f' and c.connamespace = 'public'::regnamespace"""
    )
    keys = cursor.fetchall()
    composite = {
        (table, target, columns[1])
        for table, target, _, columns in keys
        if len(columns) == 2 and columns[0] == "client_id"
    }
    findings = [
        f"{table} → {target}: the database cascades, past row-level security"
        for table, target, kind, _ in keys
        if kind not in "ar" and table in owned
    ]
    for table, target, _, columns in keys:
        between = table in owned and target in owned and owned[target]._meta.label != "tenancy.Client"
        if between and len(columns) == 1 and (table, target, columns[0]) not in composite:
            findings.append(f"{table}.{columns[0]} → {target}: needs CompositeForeignKey")
    return findings


def oracles(cursor: CursorWrapper, owned: dict[str, type[models.Model]]) -> list[str]:
    """Unique keys of client-owned tables that don't begin with the client: they tell of rows that may not be seen.

    Primary keys and random identifiers (`uid`) can't be guessed or chosen, and are left out."""
    cursor.execute(
        """select t.relname::text, i.relname::text, array(select a.attname::text from unnest(x.indkey::int[]) with ordinality k(n, o)
                  left join pg_attribute a on a.attrelid = t.oid and a.attnum = k.n order by o)
           from pg_index x join pg_class t on t.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
           where x.indisunique and not x.indisprimary and t.relnamespace = 'public'::regnamespace"""
    )
    return [
        f"{table}: unique {name} {columns} begins with something else than client_id"
        for table, name, columns in cursor.fetchall()
        if table in owned
        and owned[table]._meta.label != "tenancy.Client"
        and columns[0] not in ("client_id",)
        and columns != ["uid"]
    ]


def bare_views(cursor: CursorWrapper) -> list[str]:
    """Views that run with their owner's rights, and materialised views, which know no rows' owner."""
    cursor.execute(
        """select relname::text, relkind::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')
           and (relkind = 'm' or not coalesce(reloptions::text like '%security_invoker=true%', false))"""
    )
    return [
        f"{name}: {'a materialised view' if kind == 'm' else 'make it security_invoker'}"
        for name, kind in cursor.fetchall()
    ]


def owned_tables(found: Iterable[Any]) -> dict[str, type[models.Model]]:
    """Table name → model of every client-owned model."""
    return {model._meta.db_table: model for model in found if getattr(model, "client_owned", False)}
