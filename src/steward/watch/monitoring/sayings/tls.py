# SPDX-License-Identifier: Apache-2.0
"""Why TLS was not well."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAME: Final = _("TLS certificate")
SAYINGS: Final[Mapping[str, Promise]] = {
    "expired": _("A certificate of %(name)s ended at %(not_after)s (%(subject)s, issued by %(issuer)s)"),
    "not_yet_valid": _(
        "A certificate of %(name)s is valid from %(not_before)s only (%(subject)s, issued by %(issuer)s)"
    ),
    "untrusted": _(
        "The certificate of %(name)s is not trusted: %(why)s (%(subject)s, issued by %(issuer)s, OpenSSL %(code)s)"
    ),
    "wrong_name": _("The certificate is not made for %(name)s but for %(names)s (%(subject)s, issued by %(issuer)s)"),
    "ends_soon": _(
        "A certificate of %(name)s ends in %(days)s days, at %(not_after)s; %(limit)s days are asked for "
        "(%(subject)s, issued by %(issuer)s)"
    ),
    "weak_protocol": _("%(name)s agrees to TLS %(version)s at best; at least %(minimum)s is asked for"),
    "tls_failed": _("No agreement on TLS with %(name)s (%(why)s)"),
    "starttls_refused": _("It does not begin TLS after STARTTLS (%(protocol)s); it says “%(said)s”"),
}
VALUES: Final[Mapping[str, Mapping[str, Promise]]] = {
    "why": {
        "self_signed": _("signed by itself"),
        "unknown_authority": _("signed by an authority that is not trusted"),
        "revoked": _("revoked"),
        "other": _("another fault"),
    },
}
