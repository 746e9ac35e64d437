# SPDX-License-Identifier: Apache-2.0
"""Tags of this room's templates: `{% load agents %}`."""

from datetime import UTC, datetime

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from steward.estate.agents.models import Agent
from steward.estate.agents.silence import heard

register = template.Library()


@register.simple_tag
def agent_stands(agent: Agent) -> SafeString:
    """How an agent stands: a shape and a word."""
    return render_to_string("agents/stands.html", {"heard": heard(agent)})


@register.filter
def from_ms(unix_ms: int) -> datetime | None:
    """A moment as machines tell it; None for one that is none."""
    try:
        return datetime.fromtimestamp(unix_ms / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
