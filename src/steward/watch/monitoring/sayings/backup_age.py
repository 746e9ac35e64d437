# SPDX-License-Identifier: Apache-2.0
"""Why backups were not fresh, or could not be asked about."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAME: Final = _("Age of backups")
SAYINGS: Final[Mapping[str, Promise]] = {
    "backup_old": _("The newest backup of %(backup)s is %(seconds)s s old, and may be %(limit)s s"),
    "backup_none": _("There is no backup of %(backup)s"),
    "backup_undeclared": _(
        "The machine's owner declares no repository %(backup)s: add [backups.%(backup)s] to agent.toml, and start the "
        "agent anew"
    ),
    "backup_unlisted": _("The backups of %(backup)s could not be listed (%(code)s): %(text)s"),
    "backup_unsafe": _(
        "The backups of %(backup)s are not listed, since others could have changed %(path)s: give it to root, writable "
        "by nobody else"
    ),
    "path_forbidden": _("The machine's owner does not let checks look at %(path)s (refuse_paths in agent.toml)"),
    "path_hidden": _("The agent's user may not look at %(path)s"),
    "paths_many": _("More than %(limit)s names lie there, at %(path)s: name a smaller folder"),
}
