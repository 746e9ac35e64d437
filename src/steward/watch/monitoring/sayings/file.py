# SPDX-License-Identifier: Apache-2.0
"""Why a file or a folder was not well."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAME: Final = _("File or folder")
SAYINGS: Final[Mapping[str, Promise]] = {
    "file_missing": _("There is no %(path)s"),
    "file_present": _("%(path)s is there and must not be (%(count)s in all)"),
    "file_old": _("%(path)s was changed %(seconds)s s ago, and must not be older than %(limit)s s"),
    "file_young": _("%(path)s was changed %(seconds)s s ago, and must be at least %(limit)s s old"),
    "file_large": _("%(path)s has %(bytes)s bytes, and may have %(limit)s"),
    "file_small": _("%(path)s has %(bytes)s bytes, and must have at least %(limit)s"),
    "folder_full": _("%(entries)s names lie in %(path)s, and at most %(limit)s may"),
    "folder_empty": _("%(entries)s names lie in %(path)s, and at least %(limit)s must"),
    "not_a_file": _("%(path)s is no file, so it has no size"),
    "not_a_folder": _("%(path)s is no folder, so nothing can lie in it"),
    "path_forbidden": _("The machine's owner does not let checks look at %(path)s (refuse_paths in agent.toml)"),
    "path_hidden": _("The agent's user may not look at %(path)s"),
    "paths_many": _("More than %(limit)s names lie there, at %(path)s: name a smaller folder"),
}
