# SPDX-License-Identifier: Apache-2.0
"""The door of records."""

from steward.core.records.numbers import next_number, parse_number
from steward.core.records.registry import (
    RecordKind,
    RecordRef,
    UnknownKind,
    find_record,
    find_records,
    record_kind,
    record_kinds,
    record_ref,
    record_title,
    record_url,
    register_record,
    visible_kinds,
)
from steward.core.records.statements import Statements

__all__ = [
    "RecordKind",
    "RecordRef",
    "Statements",
    "UnknownKind",
    "find_record",
    "find_records",
    "next_number",
    "parse_number",
    "record_kind",
    "record_kinds",
    "record_ref",
    "record_title",
    "record_url",
    "register_record",
    "visible_kinds",
]
