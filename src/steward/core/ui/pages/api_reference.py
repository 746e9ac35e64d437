# SPDX-License-Identifier: Apache-2.0
"""The API's reference, made from its document: every endpoint with what it takes, gives and asks for."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from steward.core.rest.public import SIGNED_IN, api_document
from steward.core.ui.registry import Kind, Nav, page
from steward.core.ui.request import Request


@dataclass(frozen=True, slots=True)
class Field:
    """Something an endpoint takes: where it stands, its type, whether it must be there."""

    name: str
    place: str
    type: str
    required: bool
    help: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint."""

    id: str
    method: str
    path: str
    summary: str
    help: str
    permission: str
    public: bool
    fields: list[Field]
    answers: list[str]


@dataclass(frozen=True, slots=True)
class Reference:
    """All of them, by tag."""

    tags: list[tuple[str, list[Operation]]]


@page(
    "api-reference/",
    permission=SIGNED_IN,
    kind=Kind.REPORT,
    title=gettext_lazy("API reference"),
    template="ui/pages/api_reference.html",
    nav=Nav("house", gettext_lazy("API"), icon="api", order=90),
)
def api_reference(request: Request) -> Reference:
    """What programs may ask."""
    document = api_document()
    tags: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, found in methods.items():
            tag = (found.get("tags") or [""])[0]
            tags.setdefault(tag, []).append(_operation(document, path, method, found))
    # The document is the same for everybody; what its tags are called is said in the reader's language.
    return Reference(sorted((gettext(tag), found) for tag, found in tags.items()))


def _operation(document: dict[str, Any], path: str, method: str, found: dict[str, Any]) -> Operation:
    fields = [
        Field(
            each["name"],
            each["in"],
            _type(each.get("schema", {})),
            each.get("required", False),
            each.get("description", ""),
        )
        for each in found.get("parameters", [])
    ]
    body = found.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    schema = _resolved(document, body)
    required = schema.get("required", [])
    fields += [
        Field(name, "body", _type(each), name in required, each.get("description", ""))
        for name, each in schema.get("properties", {}).items()
    ]
    return Operation(
        found["operationId"],
        method.upper(),
        path,
        found.get("summary", ""),
        found.get("description", ""),
        found.get("x-permission", ""),
        not found.get("security"),
        fields,
        sorted(found["responses"]),
    )


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"].get(name, {}) if name else schema


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("type") or "any")
