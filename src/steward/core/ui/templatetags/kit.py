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
from django.utils.safestring import SafeString, mark_safe

from steward.core.tenancy.public import current_scope
from steward.core.ui.slots import panels_for
from steward.core.ui.topics import topic

register = template.Library()


@register.simple_tag(takes_context=True)
def slot(context: Context, name: str, record: Any = None) -> SafeString:
    """What other rooms put into the slot, for this record and this reader."""
    request, shown = context["request"], []
    for panel in panels_for(name):
        found = panel.view(request, record)
        if found is not None:
            shown.append(render_to_string(panel.template, {"panel": found, "record": record}, request))
    return mark_safe("".join(shown))  # noqa: S308 output of the engine, escaped already


@register.simple_tag
def live(kind: str, record: Any) -> str:
    """The topic on which changes of `record` are told."""
    return topic(record.client, kind, record.uid)


@register.simple_tag
def may(permission: str) -> bool:
    """Whether the reader holds `permission`."""
    return current_scope().actor.may(permission)
