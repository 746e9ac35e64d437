# SPDX-License-Identifier: Apache-2.0
"""What every list page brings along: its files, its saved views, its bulk actions."""

from collections.abc import Callable, Iterator
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from steward.core.access.public import RefusedMany
from steward.core.rest.public import SIGNED_IN, csv_lines, yaml_lines
from steward.core.tenancy.public import Scope, current_scope, scoped
from steward.core.ui.answers import acted, guarded
from steward.core.ui.registry import Page
from steward.core.ui.request import Request
from steward.core.ui.table.saved import delete_view, save_view
from steward.core.ui.table.state import TableState
from steward.core.ui.table.table import Bulk, Table
from steward.core.ui.toasts import Done

View = Callable[..., HttpResponseBase]
CHUNK = 1000
TYPES = {"csv": "text/csv; charset=utf-8", "yaml": "application/yaml; charset=utf-8"}


def export_view(page: Page, table: Table, ending: str) -> View:
    """The whole list as asked, as a file."""

    def answer(request: HttpRequest, **_params: Any) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        try:
            return export(table, TableState.from_query(request.GET), ending)
        except RefusedMany as refused:
            return HttpResponse(str(refused) + "\n", status=422, content_type="text/plain; charset=utf-8")

    return guarded(page.permission, answer)


def export(table: Table, state: TableState, ending: str) -> StreamingHttpResponse:
    """The rows that `state` asks for, streamed. Raises RefusedMany before the first byte."""
    table.checked(state)
    lines = _lines(table, state, ending, current_scope(), translation.get_language() or "en")
    name = f"{table.name.replace('.', '-')}-{timezone.now():%Y%m%d-%H%M}.{ending}"
    return StreamingHttpResponse(
        lines, content_type=TYPES[ending], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _lines(table: Table, state: TableState, ending: str, scope: Scope, language: str) -> Iterator[str]:
    # The view's transaction is over when this runs, and its scope with it: both are opened anew, for exactly the same rights.
    with scoped(scope), transaction.atomic(), translation.override(language):
        rows = table.streamed(state, CHUNK)
        if ending == "csv":
            headings = ["uid", *(str(column.label) for column in table.exported)]
            yield from csv_lines(
                headings, ([table.plain(row)["uid"], *(column.plain(row) for column in table.exported)] for row in rows)
            )
        else:
            yield from yaml_lines(table.plain(row) for row in rows)


def bulk_view(page: Page, table: Table, bulk: Bulk) -> View:
    """A bulk action on the rows whose uids are sent as `ids`."""

    def answer(request: HttpRequest, **params: Any) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])

        def act() -> Any:
            return bulk.run(table.chosen(request.POST.getlist("ids")), actor=current_scope().actor)

        answer = acted(page, cast(Request, request), params, reverse(page.name, kwargs=params), act)
        if answer.status_code == 200:
            # The button swaps nothing by itself; the list is shown anew in its place.
            for name, value in (("Retarget", f"#{table.id}"), ("Reswap", "outerHTML"), ("Reselect", f"#{table.id}")):
                answer.headers[f"HX-{name}"] = value
        return answer

    return guarded(page.permission, guarded(bulk.permission, answer))


def save_view_view(page: Page, table: Table) -> View:
    """Keep what is asked under a name: POST name, shared; what is asked stands in the address."""

    def answer(request: HttpRequest, **params: Any) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        state = TableState.from_query(request.GET).at("")

        def act() -> Done:
            table.checked(state)
            actor = current_scope().actor
            saved = save_view(
                table.name, request.POST.get("name", ""), state, actor=actor, shared="shared" in request.POST
            )
            address = reverse(page.name, kwargs=params)
            return Done(
                _("The view “%(name)s” was saved.") % {"name": saved.name},
                goto=f"{address}?{state.query()}&view={saved.uid}",
            )

        return acted(page, cast(Request, request), params, reverse(page.name, kwargs=params), act)

    return guarded(page.permission, guarded(SIGNED_IN, answer))


def delete_saved_view(page: Page, table: Table) -> View:
    """Delete one's own view."""

    def answer(request: HttpRequest, uid: UUID, **params: Any) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        address = reverse(page.name, kwargs=params)

        def act() -> Done:
            name = delete_view(str(uid), table.name, actor=current_scope().actor)
            return Done(_("The view “%(name)s” was deleted.") % {"name": name}, goto=address)

        return acted(page, cast(Request, request), params, address, act)

    return guarded(page.permission, guarded(SIGNED_IN, answer))
