# SPDX-License-Identifier: Apache-2.0
"""Where tickets wait."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action, check_row, save_once
from steward.core.audit.public import audit
from steward.core.tenancy.public import Actor
from steward.desk.tickets.actions.checks import line
from steward.desk.tickets.models import Queue

NAME_TAKEN = _("There is a queue of that name.")


@action(permission="tickets.manage")
def queue_create(*, actor: Actor, name: str, description: str = "", is_default: bool = False) -> Queue:
    """Make a queue. The default one takes tickets that name none. Raises Refused for `name` empty, too long or taken."""
    queue = Queue()
    _fill(queue, name, description, is_default)
    audit("tickets.queue.create", queue, name=queue.name, is_default=is_default)
    return queue


@action(permission="tickets.manage")
def queue_edit(queue: Queue, *, actor: Actor, name: str, description: str, is_default: bool) -> Queue:
    """Change a queue. Raises Refused as `queue_create`."""
    before = queue.name
    _fill(queue, name, description, is_default)
    audit("tickets.queue.edit", queue, before=before, name=queue.name, is_default=is_default)
    return queue


@action(permission="tickets.manage")
def queue_archive(queue: Queue, *, actor: Actor) -> Queue:
    """Offer a queue no more; tickets that wait in it stay there. Raises Refused for the whole while it is the default one."""
    if queue.is_default:
        raise Refused("", _("Make another queue the default one first."))
    if queue.archived_at is None:
        queue.archived_at = timezone.now()
        queue.save(update_fields=["archived_at"])
        audit("tickets.queue.archive", queue)
    return queue


@action(permission="tickets.manage")
def queue_restore(queue: Queue, *, actor: Actor) -> Queue:
    """Offer an archived queue again. Raises Refused for `name` when another has it now."""
    if queue.archived_at is not None:
        queue.archived_at = None
        save_once(queue, "name", NAME_TAKEN)
        audit("tickets.queue.restore", queue)
    return queue


def _fill(queue: Queue, name: str, description: str, is_default: bool) -> None:
    queue.name, queue.description = line(name), line(description)
    if not queue.name:
        raise Refused("name", _("Give the queue a name."))
    check_row(queue)
    if is_default and not queue.is_default:
        Queue.objects.filter(is_default=True).update(is_default=False)
    queue.is_default = is_default
    save_once(queue, "name", NAME_TAKEN)
    queue.refresh_from_db(fields=["uid"])
