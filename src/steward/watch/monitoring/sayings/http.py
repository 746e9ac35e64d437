# SPDX-License-Identifier: Apache-2.0
"""Why a web address was not well."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAME: Final = _("HTTP")
SAYINGS: Final[Mapping[str, Promise]] = {
    "unexpected_status": _("It answered with status %(status)s; expected was %(expected)s"),
    "too_many_redirects": _("It still redirects after %(limit)s redirects"),
    "bad_redirect": _("It redirects to what can't be followed (%(why)s)"),
    "not_http": _("What it answers is not HTTP (%(phase)s)"),
    "head_too_large": _("The head of its answer is larger than %(limit)s bytes"),
    "body_incomplete": _("The body ended before its announced length"),
    "text_missing": _("The expected text is not among the %(bytes)s bytes of the body"),
    "pattern_missing": _("The expected pattern is not among the %(bytes)s bytes of the body"),
    "text_present": _("A text that must not occur is among the %(bytes)s bytes of the body"),
    "tls_certificate": _("The certificate of %(host)s does not hold: %(why)s (OpenSSL %(code)s)"),
    "tls_failed": _("No agreement on TLS with %(host)s (%(why)s)"),
    "body_cut": _("The text was not found in the first %(limit)s bytes, and the body goes on"),
    "body_encoded": _(
        "The body came compressed (%(encoding)s) although it was asked for plain, so no text can be looked for"
    ),
}
VALUES: Final[Mapping[str, Mapping[str, Promise]]] = {
    "why": {
        "expired": _("expired"),
        "not_yet_valid": _("not yet valid"),
        "self_signed": _("signed by itself"),
        "unknown_authority": _("signed by an authority that is not trusted"),
        "revoked": _("revoked"),
        "other_host": _("made for another host"),
        "other": _("another fault"),
        "scheme": _("the scheme is neither http nor https"),
        "host": _("the host is none"),
        "port": _("the port is none"),
        "user": _("it names a user"),
        "form": _("it is no address"),
    },
    "phase": {"head": _("in its head"), "body": _("in its body")},
}
