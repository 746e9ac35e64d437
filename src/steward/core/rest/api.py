# SPDX-License-Identifier: Apache-2.0
"""The whole API: the routers of all rooms under `/api/v1`, each endpoint behind the same way in."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.operation import PathView
from ninja.renderers import JSONRenderer
from ninja.utils import normalize_path, replace_path_param_notation

from steward.core.rest.bodies import BoundedParser
from steward.core.rest.endpoint import ROUTERS, SIGNED_IN, Endpoint, endpoint_of
from steward.core.rest.errors import answer_to, error_response
from steward.core.rest.formats import plain_value
from steward.core.rest.openapi import document
from steward.core.rest.way_in import let_in

ROOT = "api/v1/"


class ExactRenderer(JSONRenderer):
    """JSON with instants to the microsecond: Django's own cuts them to milliseconds, and then a row is not itself."""

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return json.dumps(data, default=plain_value, ensure_ascii=False).encode()


class UnclassifiedRoute(RuntimeError):
    """An endpoint does not say who may call it. Put `@endpoint(permission=…)` under its router's decorator."""


@cache
def api() -> NinjaAPI:
    """The API with every router that was declared until now. Raises UnclassifiedRoute."""
    made = NinjaAPI(
        title="Steward",
        version="1",
        openapi_url=None,
        docs_url=None,
        urls_namespace="api",
        parser=BoundedParser(),
        renderer=ExactRenderer(),
    )
    for handled in (Exception, *made._exception_handlers):
        made.add_exception_handler(handled, answer_to)  # type: ignore[arg-type]  # one answer to whatever is raised
    for mounted in ROUTERS.values():
        made.add_router(f"/{mounted.prefix}", mounted.router)
    return made


def api_urls() -> list[URLPattern]:
    """Every endpoint's address, the document's, and an answer in the one shape for all other addresses below `/api/`."""
    found = [path(f"{ROOT}openapi.json", _behind({"GET": Endpoint(SIGNED_IN)}, _openapi), name="api.openapi")]
    for bound in api()._get_bound_routers():
        for route, view in bound.path_operations.items():
            found.append(_pattern(bound.prefix, route, view))
    return [*found, re_path(r"^api(?:/.*)?$", _nothing_here, name="api.nothing")]


def _pattern(prefix: str, route: str, view: PathView) -> URLPattern:
    declared: dict[str, Endpoint] = {}
    for operation in view.operations:
        said = endpoint_of(operation.view_func)
        if said is None:
            raise UnclassifiedRoute(
                f"{operation.methods} {prefix}{route}: {operation.view_func.__module__}.{operation.view_func.__name__}"
            )
        declared |= dict.fromkeys(operation.methods, said)
    whole = normalize_path(
        "/".join(each for each in (replace_path_param_notation(prefix), replace_path_param_notation(route)) if each)
    ).lstrip("/")
    name = f"api.{prefix.strip('/')}.{view.operations[0].view_func.__name__}"
    return path(ROOT + whole, _behind(declared, view._sync_view), name=name)


def _behind(declared: dict[str, Endpoint], run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @csrf_exempt  # checked on the way in, for whoever comes with a session
    def answer(request: HttpRequest, **params: Any) -> HttpResponseBase:
        said = declared.get(request.method or "")
        if said is None:
            return error_response(request, 405, headers={"Allow": ", ".join(sorted(declared))})
        return let_in(request, said, lambda: run(request, **params))

    answer.steward_endpoints = declared  # type: ignore[attr-defined]  # read by the checks of routes
    return answer


@cache
def api_document() -> dict[str, Any]:
    """The OpenAPI document of all endpoints."""
    return document(api())


def _openapi(_request: HttpRequest) -> JsonResponse:
    return JsonResponse(api_document())


@csrf_exempt
def _nothing_here(request: HttpRequest) -> HttpResponseBase:
    return error_response(request, 404)
