# SPDX-License-Identifier: Apache-2.0
"""Words of this room's templates and messages: `{% load report_words %}`."""

from datetime import date

from django import template

from steward.business.reports.words import month_words

register = template.Library()


@register.filter
def month_said(month: str) -> str:
    """ "2026-10" as "October 2026"; as it stands when it is no month."""
    try:
        return month_words(date.fromisoformat(f"{month}-01"))
    except ValueError:
        return month
