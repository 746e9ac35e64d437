# SPDX-License-Identifier: Apache-2.0
"""How an action says no."""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.utils.functional import Promise

Words = Promise | str


class Denied(PermissionDenied):
    """The actor lacks a permission. Pages answer 403, and name it."""

    def __init__(self, permission: str) -> None:
        super().__init__(permission)
        self.permission = permission


class RefusedMany(Exception):
    """Bad input: each wrong field with what is wrong and the remedy, in the reader's language.

    The empty field name stands for the whole of the input.
    """

    def __init__(self, errors: Mapping[str, Words]) -> None:
        super().__init__(", ".join(errors))
        self.errors = dict(errors)

    def __str__(self) -> str:
        return "; ".join(f"{field}: {message}" for field, message in self.errors.items())


class Refused(RefusedMany):
    """Bad input in one field."""

    def __init__(self, field: str, message: Words) -> None:
        super().__init__({field: message})
        self.field = field
        self.message = message
