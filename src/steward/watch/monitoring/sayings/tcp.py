# SPDX-License-Identifier: Apache-2.0
"""Why a TCP port was not well."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAME: Final = _("TCP port")
SAYINGS: Final[Mapping[str, Promise]] = {
    "text_missing": _("It said something else: %(bytes)s bytes that begin with “%(began)s”"),
}
