# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.notify.kinds import Way, register_notice

register_notice("notify.account_mail", label=_("Mail about an account"), ways=frozenset({Way.MAIL}), urgent=False)
register_notice(
    "notify.test", label=_("Test message"), params=frozenset({"sent_by"}), ways=frozenset({Way.MAIL, Way.CHANNEL})
)
