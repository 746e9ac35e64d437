# SPDX-License-Identifier: Apache-2.0
"""Doing something at most once, remembered in the transaction that does it."""

from django.db import connection

from steward.core.jobs.statements import statements
from steward.core.tenancy.public import OutsideTransaction

KEY_MAX = 200


def once(key: str) -> bool:
    """True the first time, and never again for this key; forgotten again when the transaction rolls back.

    Another transaction that is about to do the same is waited for. `key` holds at most 200 characters and is kept for
    30 days. Raises OutsideTransaction outside a transaction.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"once({key!r}): remember it in the transaction that does it")
    if len(key) > KEY_MAX:
        raise ValueError(f"once: a key holds at most {KEY_MAX} characters")
    return statements.run("once", key=key) == 1
