# SPDX-License-Identifier: Apache-2.0
"""A table as a REST list: the same filters, order and cursors as its page, and the same files."""

from enum import StrEnum
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field, create_model

from steward.core.rest.public import endpoint
from steward.core.ui.table.state import LIMIT, MOST, RESERVED, TableState
from steward.core.ui.table.table import Table
from steward.core.ui.table.views import export


class Format(StrEnum):
    """How a list is given."""

    JSON = "json"
    CSV = "csv"
    YAML = "yaml"


def list_endpoint(router: Router, route: str, table: Table, *, permission: str, summary: str = "") -> None:
    """Give `table` to the API at `route` of a room's router: {"items": […], "next", "previous"}, or a file with ?format=csv|yaml."""
    row, asked = table.row_schema(), table.query_schema()
    page = create_model(f"{row.__name__}Page", items=(list[row], ...), next=(str, ...), previous=(str, ...))  # type: ignore[valid-type]  # made here
    query = create_model(
        f"{asked.__name__}Paged",
        __base__=asked,
        limit=(int, Field(LIMIT, ge=1, le=MOST)),
        format=(Format, Format.JSON),
    )

    def listing(request: HttpRequest, query: Any) -> Any:  # noqa: ARG001 the router's signature
        state = _state(query)
        if query.format is not Format.JSON:
            return export(table, state, query.format)
        found = table.slice(state)
        return {"items": [table.plain(each) for each in found.rows], "next": found.next, "previous": found.previous}

    listing.__name__ = f"list_{table.name.replace('.', '_')}"
    listing.__doc__ = f"The list {table.name}: one page, or the whole of it as a file."
    listing.__annotations__["query"] = Query[query]
    listing.__module__ = __name__
    files = {"text/csv": {"schema": {"type": "string"}}, "application/yaml": {"schema": {"type": "array"}}}
    router.get(
        route,
        response=page,
        openapi_extra={"responses": {200: {"content": files}}},
        summary=summary or str(table.label) or table.name,
        operation_id=listing.__name__,
    )(endpoint(permission=permission)(listing))


def _state(query: BaseModel) -> TableState:
    given = query.model_dump()
    filters = {key: value for key, value in given.items() if key not in RESERVED}
    return TableState(
        q=given.get("q", "").strip(),
        filters=tuple(sorted((key, tuple(values)) for key, values in filters.items() if values)),
        sort=given["sort"],
        cursor=given["cursor"],
        limit=given["limit"],
    )
