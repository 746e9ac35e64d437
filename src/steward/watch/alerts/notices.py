# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.desk.oncall.public import register_page_kind
from steward.watch.alerts.calling import CALL

register_page_kind(CALL, title=_("%(number)s, critical: %(summary)s"), params=frozenset({"number", "summary"}))
