# SPDX-License-Identifier: Apache-2.0
"""Filters for rules: `{% load monitoring %}`."""

from django import template

from steward.watch.monitoring import words

register = template.Library()


@register.filter
def rule_kind(slug: str) -> str:
    """A kind of rule in words."""
    return words.kind_words(slug)


@register.filter
def fault(code: str) -> str:
    """Why a kind of rule could not be judged."""
    return words.fault_words(code)
