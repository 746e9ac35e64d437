# SPDX-License-Identifier: Apache-2.0
"""Clients as callers name them: by their slugs, within the scope."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from steward.core.access.public import Refused
from steward.core.tenancy.public import Client


def named_client(slug: str | None) -> Client | None:
    """The client, None when none is named. Raises Refused (`client`) for one that is not there."""
    return _found("client", [slug])[0] if slug is not None else None


def named_clients(slugs: Collection[str]) -> list[Client]:
    """Several, each once. Raises Refused (`clients`) for one that is not there."""
    return _found("clients", slugs)


def _found(field: str, slugs: Collection[str]) -> list[Client]:
    found = list(Client.objects.filter(slug__in=slugs))
    if missing := sorted(set(slugs) - {each.slug for each in found}):
        raise Refused(field, _("No client is called “%(value)s”.") % {"value": missing[0]})
    return found
