# SPDX-License-Identifier: Apache-2.0
"""Numbers for people: a prefix and a count, "T-4821". Gaps are allowed, doubles are not.

A sequence of PostgreSQL for each prefix, since a counter in a row would make every transaction that needs a number wait
for the one before it. The application may not make sequences: a function of the owner does, once for each prefix."""

import re

from django.db import connection

PREFIX = re.compile(r"[A-Z]{1,4}")
NUMBER = re.compile(r"([A-Z]{1,4})-([1-9][0-9]{0,17})")


def next_number(prefix: str) -> str:
    """The next number with this prefix of one to four capital letters. Raises ValueError for another prefix."""
    if not PREFIX.fullmatch(prefix):
        raise ValueError(f"{prefix!r}: a prefix is one to four capital letters")
    with connection.cursor() as cursor:
        cursor.execute("select records_next_number(%s)", [prefix])
        (count,) = cursor.fetchone()
    return f"{prefix}-{count}"


def parse_number(text: str) -> tuple[str, int]:
    """The prefix and the count of a number as people type it ("t-17 "). Raises ValueError."""
    found = NUMBER.fullmatch(text.strip().upper())
    if found is None:
        raise ValueError(f"{text!r} is no number")
    return found[1], int(found[2])
