# SPDX-License-Identifier: Apache-2.0
"""The request as a page of the kit receives it."""

from typing import Any

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from steward.core.identity.public import User
from steward.core.tenancy.public import Actor, current_scope


class Request(HttpRequest):
    """A signed-in person's request; only the types differ from Django's."""

    htmx: HtmxDetails
    user: User
    steward_list_url: str
    steward_page: Any


def acting() -> Actor:
    """Who acts in this request."""
    return current_scope().actor
