# SPDX-License-Identifier: Apache-2.0
"""From a declared page to an answer: permission, the page's function, its template or the fragment that was asked for."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, QueryDict
from django.shortcuts import redirect, resolve_url
from django.template import TemplateDoesNotExist
from django.template.loader import get_template, render_to_string
from django.urls import Resolver404, resolve, reverse

from steward.core.access.public import Denied, RefusedMany
from steward.core.rest.public import SIGNED_IN
from steward.core.tenancy.public import current_scope_or_none
from steward.core.ui.context import FLOORS
from steward.core.ui.registry import PAGES, Kind, Page, PageRequest, Verb
from steward.core.ui.request import Request
from steward.core.ui.toasts import Done, keep, show, toast_of

View = Callable[..., HttpResponseBase]
READ = ("GET", "HEAD")
WHOLE = {"HX-Retarget": "#main", "HX-Reselect": "#main", "HX-Reswap": "outerHTML show:none"}


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the way to a page; a floor and the last one have no address."""

    label: str
    url: str = ""


def view_of(page: Page) -> View:
    """The view that answers at the page's own address."""
    methods = (*READ, "POST") if page.kind is Kind.FORM else READ

    def answer(request: HttpRequest, **params: Any) -> HttpResponseBase:
        if request.method not in methods:
            return HttpResponseNotAllowed(methods)
        return answered(page, cast(Request, request), params)

    return guarded(page.permission, answer)


def verb_view(page: Page, verb: Verb) -> View:
    """The view that does something on a page."""

    def answer(request: HttpRequest, **params: Any) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        address = reverse(page.name, kwargs=params)
        return acted(page, cast(Request, request), params, address, lambda: verb.run(request, **params))

    # Whoever may not see the page may not act on it either.
    return guarded(page.permission, guarded(verb.permission, answer))


def guarded(permission: str, view: View) -> View:
    """`view` for those who hold `permission`; others are sent to sign in, or get a 403 that names it."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **params: Any) -> HttpResponseBase:
        scope = current_scope_or_none()
        if scope is None:
            return _to_sign_in(request)
        if permission != SIGNED_IN and not scope.actor.may(permission):
            raise Denied(permission)
        try:
            return view(request, *args, **params)
        except ObjectDoesNotExist as missing:
            # One answer whether a record never was or belongs to somebody else.
            raise Http404 from missing

    checked.steward_permission = permission  # type: ignore[attr-defined]  # read by the check that no route lacks one
    return checked


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    answer = redirect_to_login(request.get_full_path())
    if "HX-Request" in request.headers:
        return HttpResponse(status=401, headers={"HX-Redirect": answer["Location"]})
    return answer


def answered(page: Page, request: Request, params: dict[str, Any], status: int = 200) -> HttpResponseBase:
    """The page, or the fragment that htmx asked for."""
    request.steward_page = PageRequest(page, params)
    found = page.view(request, **params)
    if isinstance(found, HttpResponseBase):
        return found
    status = getattr(found, "status", status)
    return HttpResponse(_rendered(page, request, found, params), status=status)


def acted(
    page: Page, request: Request, params: dict[str, Any], address: str, act: Callable[[], Any]
) -> HttpResponseBase:
    """Do something on a page, and show the page (or the fragment asked for) as it is now."""
    request.steward_list_url = address
    try:
        with transaction.atomic():
            result = act()
    except RefusedMany as refused:
        return _refused(request, address, refused)
    if isinstance(result, HttpResponseBase):
        return result
    done = result if isinstance(result, Done) else Done(result) if result else None
    if not request.htmx:
        if done:
            keep(request, toast_of(done))
        return redirect(done.goto if done and done.goto else address)
    if done and done.goto:
        keep(request, toast_of(done))
        return HttpResponse(status=204, headers={"HX-Location": resolve_url(done.goto)})
    answer = _seen_anew(page, request, params, address)
    if not request.htmx.target:
        # A button that names no place of its own has the whole page shown anew around it.
        for name, value in WHOLE.items():
            answer.headers[name] = value
    return show(answer, toast_of(done)) if done else answer


def _refused(request: Request, address: str, refused: RefusedMany) -> HttpResponse:
    words = " ".join(str(each) for each in refused.errors.values())
    toast = toast_of(Done(words, sev="high"))
    if request.htmx:
        return show(HttpResponse(status=422, headers={"HX-Reswap": "none"}), toast)
    keep(request, toast)
    return redirect(address)


def _seen_anew(page: Page, request: Request, params: dict[str, Any], address: str) -> HttpResponseBase:
    """The page that the person sees, as a reading of it: mostly the verb's own, with the query of their address bar; but the
    button of a panel stands on a page of another room."""
    request.method = "GET"
    current = urlsplit(request.htmx.current_url or "")
    other = _page_at(current.path) if current.path != address else None
    if other is not None:
        request.GET, request.steward_list_url = QueryDict(current.query), current.path
        with suppress(ObjectDoesNotExist, Http404):  # what was done took the record of that page away
            return answered(other[0], request, other[1])
        request.steward_list_url = address
    request.GET = QueryDict(current.query) if current.path == address else QueryDict()
    return answered(page, request, params)


def _page_at(path: str) -> tuple[Page, dict[str, Any]] | None:
    """The page at an address that the actor may see."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    found, scope = PAGES.get(match.view_name), current_scope_or_none()
    return (found, match.kwargs) if found and scope and found.open_to(scope.actor) else None


def _rendered(page: Page, request: Request, context: Any, params: dict[str, Any]) -> str:
    target = (request.htmx.target or "") if request.htmx and not request.htmx.boosted else ""
    if page.table is not None and target == page.table.id:
        return render_to_string("ui/parts/table.html", {"table": context.table}, request)
    values = {"page": titled(context, str(page.title)), "crumbs": crumbs_of(page, context, params), "kind": page.kind}
    if target:
        try:
            return get_template(f"{page.template}#{target}").render(values, request)
        except TemplateDoesNotExist:
            pass  # the target is not one of the page's fragments, so it gets the whole page to select from
    return render_to_string(page.template, values, request)


class Titled:
    """A page's context with the declared title, for contexts that have none of their own."""

    def __init__(self, context: Any, title: str) -> None:
        self._context = context
        self.title = title

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._context, name)


def titled(context: Any, title: str) -> Any:
    """`context`, with `title` where it has none."""
    return context if getattr(context, "title", "") else Titled(context, title)


def crumbs_of(page: Page, context: Any, params: dict[str, Any]) -> list[Crumb]:
    """The way to a page: its floor, its parents, what its record lies within (`within` of its context: label and address),
    itself. A page without a place in the navigation has no floor; Today is a floor itself."""
    own = getattr(context, "crumbs", None)
    if own is not None:
        return list(own)
    way = [Crumb(str(getattr(context, "title", "") or page.title))]
    within = getattr(context, "within", None)
    if within is not None:
        way.insert(0, Crumb(*within))
    top = page
    while top.parent:
        top = PAGES[top.parent]
        shared = {key: value for key, value in params.items() if f":{key}>" in top.route}
        way.insert(0, Crumb(str(top.title), reverse(top.name, kwargs=shared)))
    if top.nav is not None and top.nav.floor != "today":
        way.insert(0, Crumb(str(FLOORS[top.nav.floor][0])))
    return way
