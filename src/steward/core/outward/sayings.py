# SPDX-License-Identifier: Apache-2.0
"""Why nobody was reached, in words, made when they are read."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SAYINGS: Final[Mapping[str, Promise | str]] = {
    "address_forbidden": _(
        "%(host)s leads to %(address)s, which may not be asked: inner addresses, and any by plain http, need an entry in "
        "STEWARD_OUTWARD_ALLOW"
    ),
    "bad_target": _("the address can't be asked: its %(why)s is wrong"),
    "closed": _("the other side cut the connection"),
    "name_not_found": _("there is no host called %(host)s"),
    "no_route": _("this server has no way to the network of %(address)s"),
    "not_http": _("what %(host)s answers is not HTTP"),
    "place_trouble": _("this server’s own system refused (%(error)s)"),
    "refused": _("%(address)s refuses connections on port %(port)s"),
    "resolver_trouble": _("the resolver of this server gave no answer about %(host)s"),
    "timeout": _("no answer within %(seconds)s s"),
    "tls_certificate": _("the certificate of %(host)s does not hold: %(why)s"),
    "tls_failed": _("no agreement on TLS with %(host)s (%(why)s)"),
    "too_large": _("%(host)s answers more than there is room for"),
    "unreachable": _("the network says that %(address)s can't be reached"),
}
BAD_ADDRESS: Final[Mapping[str, Promise | str]] = {
    "scheme": _("Write an address that begins with https:// or http://."),
    "user": _("Leave the user and the password out of the address."),
    "host": _("There is no host in this address; one of other letters is written in its ASCII form (xn--…)."),
    "port": _("The port of this address is none."),
    "form": _("This is no address; percent-encode letters outside of ASCII, and keep it under 2,048 characters."),
}


def reach_words(code: str, params: Mapping[str, str]) -> str:
    """Why nobody was reached, in the reader's language; the code itself when another version of the code said it."""
    try:
        return str(SAYINGS[code]) % params
    except KeyError:
        return code
