# SPDX-License-Identifier: Apache-2.0
"""Reasons that every check may end with."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SAYINGS: Final[Mapping[str, Promise]] = {
    "ok": _("Everything that was asked for held"),
    "timeout": _("No answer within %(seconds)s s, while %(phase)s"),
    "refused": _("%(address)s refuses connections on port %(port)s"),
    "unreachable": _("The network says that %(address)s can't be reached"),
    "closed": _("The other side cut the connection, while %(phase)s"),
    "name_not_found": _("There is no host called %(host)s, or it has no address"),
    "too_slow": _("All held, but it took %(seconds)s s, and %(limit)s s were allowed"),
    "address_forbidden": _("%(host)s leads to %(address)s, where this machine may not go"),
    "resolver_trouble": _("The machine's own resolver gave no answer about %(host)s"),
    "no_route": _("The machine has no way to the network of %(address)s"),
    "place_trouble": _("The machine's own system refused (%(error)s)"),
    "out_of_time": _("The machine was not done looking within %(seconds)s s"),
    "crashed": _("A fault in the check itself (%(error)s)"),
    "config_refused": _(
        "The agent does not understand %(field)s of the configuration: it may be older than the server"
    ),
    "check_unknown": _("The agent knows no check %(kind)s: it may be older than the server"),
    "forbidden_here": _("The machine's owner does not allow the check %(kind)s"),
    "hung": _("The look did not come back within %(seconds)s s, and was left behind"),
    "not_run": _("Its turn passed: too many others were under way on the machine"),
}
VALUES: Final[Mapping[str, Mapping[str, Promise]]] = {
    "phase": {
        "connect": _("connecting"),
        "starttls": _("asking for TLS"),
        "tls": _("agreeing on TLS"),
        "send": _("sending"),
        "head": _("waiting for the head of the answer"),
        "body": _("reading the body"),
        "text": _("waiting for a text"),
        "answer": _("waiting for an answer"),
    },
}
