# SPDX-License-Identifier: Apache-2.0
"""Why a machine waits for a restart."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAME: Final = _("Pending restart")
SAYINGS: Final[Mapping[str, Promise]] = {
    "reboot_asked": _("A restart has been asked for since %(seconds)s s, by: %(packages)s"),
    "kernel_old": _(
        "Kernel %(running)s runs, and %(installed)s is installed: restart the machine (waited for %(seconds)s s)"
    ),
    "reboot_unknown": _(
        "Nothing on the machine tells whether a restart is due; the kernel %(running)s is not one it has installed"
    ),
}
