# SPDX-License-Identifier: Apache-2.0
"""Filters for the words of messages: `{% load notices %}`."""

from datetime import UTC, datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format

register = template.Library()


@register.filter
def moment(value: str) -> str:
    """A moment that travelled as ISO 8601 (UTC unless it says else), in the reader's language and zone, which is named.

    What is no moment stays as it is: messages may be older than their words.
    """
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return str(value)
    local = timezone.localtime(at if at.tzinfo else at.replace(tzinfo=UTC))
    return f"{date_format(local, 'j M Y, H:i')} ({local.tzname()})"
