# SPDX-License-Identifier: Apache-2.0
"""Why a machine's clock was not well, or could not be compared."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAME: Final = _("Clock (NTP)")
SAYINGS: Final[Mapping[str, Promise]] = {
    "clock_off": _(
        "The clock is %(offset)s s behind that of %(server)s (ahead of it if negative); %(limit)s s are allowed"
    ),
    "uncertain": _(
        "The clock seems %(offset)s s behind that of %(server)s (ahead of it if negative), but the answer took %(delay)s s, "
        "so it may be within %(limit)s s"
    ),
    "kiss": _("%(server)s sends this machine away (%(code)s)"),
    "unsynchronised": _("%(server)s does not know the time itself: %(why)s (stratum %(stratum)s)"),
    "server_silent": _("%(server)s gives no time: %(why)s"),
}
VALUES: Final[Mapping[str, Mapping[str, Promise]]] = {
    "why": {
        "leap": _("it says so"),
        "stratum": _("it stands nowhere in the order of servers"),
        "distance": _("it is too far from the source of its time"),
        "time": _("its answer can't be true"),
        "timeout": _("no answer in time"),
        "refused": _("it refuses"),
        "unreachable": _("it can't be reached"),
        "name_not_found": _("there is no such host"),
        "not_ntp": _("what it answers is not NTP"),
    },
    "code": {
        "RATE": _("it asks too often"),
        "DENY": _("it is not served there"),
        "RSTR": _("it is not served there"),
    },
}
