# SPDX-License-Identifier: Apache-2.0
"""Why a systemd unit was not well."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAME: Final = _("systemd service")
SAYINGS: Final[Mapping[str, Promise]] = {
    "unit_state": _("%(unit)s is %(active)s (%(sub)s), loaded as %(load)s"),
    "unit_missing": _("systemd knows no unit %(unit)s"),
    "systemd_silent": _("systemd could not be asked (%(why)s)"),
}
VALUES: Final[Mapping[str, Mapping[str, Promise]]] = {
    "why": {
        "address": _("the bus's address is none"),
        "absent": _("it is not there"),
        "denied": _("the bus does not let the agent in"),
        "timeout": _("it did not answer in time"),
        "closed": _("the bus cut the connection"),
        "protocol": _("what it said is not D-Bus"),
    },
}
