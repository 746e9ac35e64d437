# SPDX-License-Identifier: Apache-2.0
"""Where open pages are told that long work moved."""

from steward.core.operations.public import Operation
from steward.core.ui.topics import notify_live, person_topic, topic

OPERATION = "operations.operation"


def operation_topic(operation: Operation) -> str:
    """The topic of a piece of long work: its client's; of the MSP's own that of whoever started it, "" for Steward itself."""
    if operation.client is not None:
        return topic(operation.client, OPERATION, operation.uid)
    return person_topic(operation.owner, OPERATION, operation.uid) if operation.owner is not None else ""


def tell_open_pages(operation: Operation) -> None:
    """Have every page that shows the work ask for it anew."""
    told = operation_topic(operation)
    if told:
        notify_live(told)
