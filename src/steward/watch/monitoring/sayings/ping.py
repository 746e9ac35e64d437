# SPDX-License-Identifier: Apache-2.0
"""Why echoes were not well."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAME: Final = _("Ping")
SAYINGS: Final[Mapping[str, Promise]] = {
    "loss": _(
        "%(address)s answered %(received)s of %(sent)s echoes: %(percent)s percent lost, %(limit)s are allowed %(error)s"
    ),
    "slow": _("%(address)s takes %(seconds)s s on the average; %(limit)s s are allowed"),
    "cut_short": _(
        "Only %(sent)s of %(count)s echoes could be sent within %(seconds)s s: give the check more time, "
        "or fewer or closer echoes"
    ),
    "ping_forbidden": _(
        "The agent may not send echoes on this machine: set net.ipv4.ping_group_range there so that it includes the "
        "agent's group, or give its unit AmbientCapabilities=CAP_NET_RAW and CapabilityBoundingSet=CAP_NET_RAW"
    ),
}
VALUES: Final[Mapping[str, Mapping[str, Promise]]] = {
    "error": {
        "EHOSTUNREACH": _("(the network says: host unreachable)"),
        "ENETUNREACH": _("(the network says: network unreachable)"),
        "ECONNREFUSED": _("(the network says: refused)"),
    },
}
