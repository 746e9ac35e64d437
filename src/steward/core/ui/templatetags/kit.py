# SPDX-License-Identifier: Apache-2.0
"""Tags that ask the product: `{% load kit %}`.

{% slot "assets.asset.side" page.asset %}   what other rooms put here
{% live "assets.asset" record %}            the live topic of a record, for data-live-topic
{% may "assets.edit" as editable %}         whether the reader holds a permission
"""

from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from steward.core.tenancy.public import current_scope
from steward.core.ui.slots import panels_for
from steward.core.ui.topics import topic

register = template.Library()


class Filled(SafeString):
    """What stands in a slot, and what it comes to in words."""

    said: list[str]


@register.simple_tag(takes_context=True)
def slot(context: Context, name: str, record: Any = None) -> SafeString:
    """What other rooms put into the slot, for this record and this reader; `said` of it are the sentences of its panels."""
    request, shown, said = context["request"], [], []
    for panel in panels_for(name):
        found = panel.view(request, record)
        if found is not None:
            shown.append(render_to_string(panel.template, {"panel": found, "record": record}, request))
            said.append(getattr(found, "verdict", ""))
    filled = Filled("".join(shown))  # output of the engine, escaped already
    filled.said = [each for each in said if each]
    return filled


@register.simple_tag
def live(kind: str, record: Any) -> str:
    """The topic on which changes of `record` are told."""
    return topic(record.client, kind, record.uid)


@register.simple_tag
def may(permission: str) -> bool:
    """Whether the reader holds `permission`."""
    return current_scope().actor.may(permission)
