# SPDX-License-Identifier: Apache-2.0
"""Addresses for the tests of the edge: one that tells which scope it runs in, beside those of sign-in."""

from django.http import HttpRequest, JsonResponse
from django.urls import include, path

from steward.core.tenancy.public import Client, current_scope_or_none


def where_am_i(_request: HttpRequest) -> JsonResponse:
    """The scope, and the clients that the database shows in it."""
    scope = current_scope_or_none()
    if scope is None:
        return JsonResponse({"scope": None})
    seen = sorted(Client.objects.values_list("name", flat=True))
    return JsonResponse({"scope": scope.as_json(), "seen": seen, "may": sorted(scope.actor.permissions)})


def fails(_request: HttpRequest) -> JsonResponse:
    """Ends in an error."""
    raise RuntimeError("on purpose")


urlpatterns = [
    path("", include("steward.core.identity.urls")),
    path("where/", where_am_i, name="where"),
    path("api/v1/where/", where_am_i, name="api_where"),
    path("fails/", fails),
]
