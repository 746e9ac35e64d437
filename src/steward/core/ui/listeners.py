# SPDX-License-Identifier: Apache-2.0
from steward.core.events.public import on
from steward.core.notify.public import InboxChanged
from steward.core.operations.public import when_moved
from steward.core.ui.bell import inbox_topic, told_topic
from steward.core.ui.long_work import tell_open_pages
from steward.core.ui.topics import notify_live

when_moved(tell_open_pages)


@on(InboxChanged)
def tell_the_bell(event: InboxChanged) -> None:
    """Every open page of the person counts anew."""
    notify_live(inbox_topic(event.person))
    if event.told:
        notify_live(told_topic(event.person))
