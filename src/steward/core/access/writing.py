# SPDX-License-Identifier: Apache-2.0
"""Writing a row in an action: checked against its model, once where it is unique, with what changed for the audit."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from steward.core.access.errors import Refused


def name_of(text: str, *, most: int) -> str:
    """A name as it is kept: on one line, with single spaces. Raises Refused for `name`."""
    name = " ".join(text.split())
    if not name or len(name) > most or not name.isprintable():
        raise Refused("name", _("Give a name of at most %(length)s characters.") % {"length": most})
    return name


def check_row(row: Model) -> None:
    """Lengths and choices, as the model has them. Raises Refused for the first field that does not fit."""
    try:
        row.clean_fields()
    except ValidationError as wrong:
        field, messages = next(iter(wrong.message_dict.items()))
        raise Refused(field, messages[0]) from None


def save_once(row: Model, field: str, message: Any) -> None:
    """Save a row. Raises Refused for `field` when another has taken what may be there once."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as taken:
        raise Refused(field, message) from taken


def snapshot(row: Model, fields: Sequence[str]) -> dict[str, Any]:
    """The values of `fields` now."""
    return {field: getattr(row, field) for field in fields}


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """Field → [before, after], for what differs."""
    return {field: [before[field], value] for field, value in after.items() if before[field] != value}
