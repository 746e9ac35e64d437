# SPDX-License-Identifier: Apache-2.0
"""The door of search."""

from steward.core.search.documents import (
    Document,
    drop_record,
    index_many,
    index_record,
    rebuild,
    register_search,
    searched_kinds,
)
from steward.core.search.folding import fold
from steward.core.search.queries import Hit, find, narrowed

__all__ = [
    "Document",
    "Hit",
    "drop_record",
    "find",
    "fold",
    "index_many",
    "index_record",
    "narrowed",
    "rebuild",
    "register_search",
    "searched_kinds",
]
