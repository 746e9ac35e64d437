# SPDX-License-Identifier: Apache-2.0
from django import template

from steward.core.identity.external import offered
from steward.core.identity.models import OidcProvider

register = template.Library()


@register.simple_tag
def sign_in_providers() -> list[OidcProvider]:
    """The providers that stand on the page to sign in."""
    return offered()
