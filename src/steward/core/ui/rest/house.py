# SPDX-License-Identifier: Apache-2.0
"""Endpoints about core things: oneself, the audit, background jobs, what roles may do."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Schema
from ninja.responses import Status

from steward.core.access.public import own_session_end, own_sessions, permission_matrix, profile_set
from steward.core.identity.public import User
from steward.core.rest.public import SIGNED_IN, endpoint, router
from steward.core.tenancy.public import Client, current_scope
from steward.core.ui.pages.audit import AUDIT
from steward.core.ui.pages.jobs import DEAD
from steward.core.ui.pages.sessions import session_views
from steward.core.ui.rest.people import ClientRef, client_ref
from steward.core.ui.table.endpoint import list_endpoint

myself = router("me", label=_("Oneself"))
audit = router("audit", label=_("Audit"))
jobs = router("jobs", label=_("Background jobs"))
permissions = router("permissions", label=_("Permissions"))

list_endpoint(audit, "", AUDIT, permission="audit.view")
list_endpoint(jobs, "/dead", DEAD, permission="jobs.view")


class Me(Schema):
    """Who asks, and what they may."""

    kind: str
    name: str
    email: str
    language: str
    timezone: str
    permissions: list[str]
    clients: list[ClientRef]


class ProfileIn(Schema):
    """What one may change about oneself."""

    name: str
    language: str
    timezone: str


class SessionOut(Schema):
    """A place where one is signed in; `here` is the one that asks."""

    uid: UUID
    device: str
    address: str
    began_at: datetime
    seen_at: datetime
    here: bool


class PermissionOut(Schema):
    """A permission and the roles that hold it."""

    code: str
    label: str
    roles: list[str]


@myself.get("", response=Me)
@endpoint(permission=SIGNED_IN)
def me(request: HttpRequest) -> dict[str, Any]:
    """Who one is here: through a session one's full rights, through a token those of the token."""
    return _me()


@myself.put("", response=Me)
@endpoint(permission=SIGNED_IN)
def me_change(request: HttpRequest, body: ProfileIn) -> dict[str, Any]:
    """Change one's own name, language and time zone. For persons, not for tokens."""
    profile_set(actor=current_scope().actor, name=body.name, language=body.language, timezone_name=body.timezone)
    return _me()


@myself.get("/sessions", response=list[SessionOut])
@endpoint(permission=SIGNED_IN)
def sessions_get(request: HttpRequest) -> list[dict[str, Any]]:
    """Where one is signed in, the last seen first. For persons, not for tokens."""
    found = own_sessions(actor=current_scope().actor)
    return [asdict(each) for each in session_views(found, request.session.session_key)]


@myself.delete("/sessions/{uuid:uid}", response={204: None})
@endpoint(permission=SIGNED_IN)
def session_delete(request: HttpRequest, uid: UUID) -> Status[None]:
    """End one of one's own sessions, but not the one that asks. For persons, not for tokens."""
    own_session_end(uid, actor=current_scope().actor, here=request.session.session_key)
    return Status(204, None)


@permissions.get("", response=list[PermissionOut])
@endpoint(permission="ui.permissions_view")
def permissions_list(request: HttpRequest) -> list[dict[str, Any]]:
    """Every permission with the roles that hold it."""
    return [
        {"code": each.code, "label": str(each.label), "roles": [role.value for role, held in roles.items() if held]}
        for each, roles in permission_matrix()
    ]


def _me() -> dict[str, Any]:
    actor = current_scope().actor
    user = User.objects.get(pk=actor.user_id or 0)
    return {
        "kind": actor.kind,
        "name": actor.name,
        "email": user.email,
        "language": user.language,
        "timezone": user.timezone,
        "permissions": sorted(actor.permissions),
        "clients": [client_ref(each) for each in Client.objects.order_by("name")[:1000]],
    }
