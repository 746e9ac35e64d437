# SPDX-License-Identifier: Apache-2.0
"""What came of a try, in words, made when they are read."""

from django.utils.translation import gettext as _

from steward.core.outward.public import reach_words
from steward.core.webhooks.models import Attempt


def attempt_words(attempt: Attempt) -> str:
    """What we say of a try; the other side's own words stand beside it."""
    if attempt.status is None:
        return reach_words(attempt.code, attempt.params)
    if 300 <= attempt.status < 400:
        return _("it answered %(status)s; redirects are not followed") % {"status": attempt.status}
    return _("it answered %(status)s") % {"status": attempt.status}
