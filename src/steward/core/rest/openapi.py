# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI 3.1 document, with what every endpoint has in common: errors, ways to sign in, the idempotency key."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import get_schema

from steward.core.rest.endpoint import PUBLIC, SIGNED_IN, endpoint_of
from steward.core.rest.errors import MESSAGES, ErrorOut
from steward.core.rest.idempotency import HEADER, LONGEST

UNSAFE = ("post", "put", "patch", "delete")
# An endpoint that proves its caller itself refuses with 401 and 403 as well.
ALWAYS = (400, 401, 403, 404, 413, 415, 422, 429, 500)
KEY_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The same key and body give the same answer for 24 hours, and one effect; another body is refused.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"},
}


def document(api: NinjaAPI) -> dict[str, Any]:
    """The document of `api`."""
    made: dict[str, Any] = dict(get_schema(api=api, path_prefix="/api/v1/"))
    made["openapi"] = "3.1.0"
    made["info"]["description"] = (
        "Steward's API. Every answer that is not a success has one shape; see the schema ErrorOut."
    )
    components = made.setdefault("components", {})
    components.setdefault("schemas", {}).update(_error_schemas())
    components["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A personal token; its rights are a part of its owner's.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "steward_session",
            "description": "A signed-in browser; writes need the CSRF token.",
        },
    }
    for operation, method, permission in _operations(api, made):
        _complete(operation, method, permission)
    return made


def _operations(api: NinjaAPI, made: dict[str, Any]) -> list[tuple[dict[str, Any], str, str]]:
    permissions = {
        operation.operation_id or api.get_openapi_operation_id(operation): said.permission
        for bound in api._get_bound_routers()
        for view in bound.path_operations.values()
        for operation in view.operations
        if (said := endpoint_of(operation.view_func)) is not None
    }
    return [
        (operation, method, permissions[operation["operationId"]])
        for methods in made["paths"].values()
        for method, operation in methods.items()
    ]


def _complete(operation: dict[str, Any], method: str, permission: str) -> None:
    if said := operation.get("description", ""):
        # The first sentence of what the code says of it; the name of a function tells a reader less.
        operation["summary"] = said.split("\n", 1)[0].split(". ", 1)[0].rstrip(".")
    statuses = set(ALWAYS)
    if permission == PUBLIC:
        operation["security"] = []
    else:
        operation["security"] = [{"token": []}, {"session": []}]
    if permission not in (PUBLIC, SIGNED_IN):
        operation["x-permission"] = permission
    if method in UNSAFE:
        statuses.add(409)
        operation.setdefault("parameters", []).append(KEY_PARAMETER)
    responses = {str(status): answer for status, answer in operation["responses"].items()}
    for status in sorted(statuses):
        responses.setdefault(str(status), _error_answer(status))
    operation["responses"] = responses


def _error_answer(status: int) -> dict[str, Any]:
    answer = {
        "description": MESSAGES[status][0],
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorOut"}}},
    }
    if status == 429:
        answer["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return answer


def _error_schemas() -> dict[str, Any]:
    schema = ErrorOut.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), "ErrorOut": schema}
