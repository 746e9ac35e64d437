# SPDX-License-Identifier: Apache-2.0
"""Writing a row of the audit."""

import json
from collections.abc import Mapping
from typing import Any, Final

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Model

from steward.core.audit.named import QUERIES
from steward.core.tenancy.public import Actor, Client, OutsideTransaction, current_scope

NAMELESS: Final = frozenset({"person", "token"})
SECRET_WORDS: Final = ("password", "secret", "passphrase", "private_key")


class SecretInAudit(ValueError):
    """A parameter's name says that it holds a secret."""


def audit(kind: str, record: Model | None, /, **params: Any) -> None:
    """Write down that the scope's actor did `kind` ("room.noun.verb") to `record`, in the transaction that does it.

    `params` are small and JSON: what was chosen, never a sentence, a secret or a name. The row belongs to the record's
    client, or the actor's. Raises NoScope, OutsideTransaction, SecretInAudit.
    """
    scope = current_scope()
    if not connection.in_atomic_block:
        raise OutsideTransaction("An audit row is written in the transaction that does what it tells.")
    _refuse_secrets(params)
    row = {
        "actor_kind": scope.actor.kind,
        "actor_id": scope.actor.user_id,
        "actor_name": None if scope.actor.kind in NAMELESS else scope.actor.name,
        "client_id": _client_of(record, scope.actor),
        "kind": kind,
        "record_kind": record._meta.label_lower if record is not None else None,
        "record_id": str(getattr(record, "uid", None) or record.pk) if record is not None else None,
        "params": json.dumps(params, cls=DjangoJSONEncoder, ensure_ascii=False),
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
    }
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["add"], row)


def _client_of(record: Model | None, actor: Actor) -> int | None:
    if isinstance(record, Client):
        return record.pk
    found: int | None = getattr(record, "client_id", None)
    return found if found is not None else actor.client_id


def _refuse_secrets(params: Mapping[str, Any]) -> None:
    for name, value in params.items():
        if any(word in name.lower() for word in SECRET_WORDS):
            raise SecretInAudit(f"{name}: the audit is read by many and kept for ever; leave the secret out")
        if isinstance(value, dict):
            _refuse_secrets(value)
