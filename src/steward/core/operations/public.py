# SPDX-License-Identifier: Apache-2.0
"""The door of operations."""

from steward.core.operations.actions import cancel, start
from steward.core.operations.events import OperationEnded
from steward.core.operations.models import Operation
from steward.core.operations.moving import when_moved
from steward.core.operations.queries import find_operation, operation_label, operation_text, operations
from steward.core.operations.work import OperationCancelled, OperationKind, Work, operation, operation_kinds

__all__ = [
    "Operation",
    "OperationCancelled",
    "OperationEnded",
    "OperationKind",
    "Work",
    "cancel",
    "find_operation",
    "operation",
    "operation_kinds",
    "operation_label",
    "operation_text",
    "operations",
    "start",
    "when_moved",
]
