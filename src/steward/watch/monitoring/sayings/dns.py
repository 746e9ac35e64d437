# SPDX-License-Identifier: Apache-2.0
"""Why records of a name were not well."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAME: Final = _("DNS records")
SAYINGS: Final[Mapping[str, Promise]] = {
    "nxdomain": _("There is no name %(name)s, says %(server)s (NXDOMAIN)"),
    "no_record": _("%(name)s has no record of type %(record)s, says %(server)s"),
    "servfail": _("%(server)s could not find out about %(name)s, %(record)s (SERVFAIL)"),
    "query_refused": _("%(server)s does not answer this machine about %(name)s, %(record)s (REFUSED)"),
    "bad_rcode": _("%(server)s answers with the error %(rcode)s"),
    "not_dns": _("What %(server)s answers is not DNS"),
    "value_missing": _("Expected and not there: %(missing)s. There is: %(found)s"),
    "value_present": _("There, and must not be: %(present)s. There is: %(found)s"),
    "record_present": _("%(name)s has records of type %(record)s, and must have none: %(found)s"),
    "resolver_error": _("The machine's own resolver answers %(rcode)s about %(name)s"),
}
