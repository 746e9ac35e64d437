# SPDX-License-Identifier: Apache-2.0
"""Why processes were not as they are to be."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAME: Final = _("Processes")
SAYINGS: Final[Mapping[str, Promise]] = {
    "processes_few": _("%(count)s of these processes run, and at least %(at_least)s must"),
    "processes_many": _("%(count)s of these processes run, and at most %(at_most)s may"),
    "process_memory": _("These processes hold %(bytes)s bytes of memory, and %(limit)s were allowed"),
    "process_cpu": _("These processes used %(seconds)s s of processor time, and %(limit)s s were allowed"),
    "processes_hidden": _(
        "The machine hides processes of other users from the agent, which sees %(count)s of these: mount /proc without "
        "hidepid, or put the agent's user into the group named by its option gid"
    ),
}
