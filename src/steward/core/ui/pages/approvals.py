# SPDX-License-Identifier: Apache-2.0
"""What one is asked to approve."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.approvals.public import (
    Approval,
    approvals,
    decide,
    may_answer,
    question_text,
    waiting_for_me,
    withdraw,
)
from steward.core.records.public import RecordRef, find_record, record_title, record_url
from steward.core.ui.forms import FormContext, posted, submitted
from steward.core.ui.registry import Kind, Nav, page, verb
from steward.core.ui.request import Request, acting
from steward.core.ui.slots import panel
from steward.core.ui.table.columns import CellKind, Column, client_column
from steward.core.ui.table.filters import ChoiceFilter, ClientFilter
from steward.core.ui.table.table import Empty, Table, View
from steward.core.ui.table.view import Listed, listed
from steward.core.ui.toasts import Done

STATES = {
    "open": gettext_lazy("Open"),
    "approved": gettext_lazy("Approved"),
    "rejected": gettext_lazy("Rejected"),
    "expired": gettext_lazy("Too late"),
    "withdrawn": gettext_lazy("Withdrawn"),
}
SHOWN = 10


def question(approval: Any) -> str:
    """What is asked, in words."""
    return question_text(approval.kind, approval.params)


APPROVALS = Table(
    name="ui.approvals",
    label=gettext_lazy("questions"),
    rows=approvals,
    url=lambda approval: reverse("ui.approval", args=[approval.uid]),
    sort="-created_at",
    columns=[
        Column("question", gettext_lazy("Question"), value=question, kind=CellKind.LINK),
        client_column(),
        Column(
            "state",
            gettext_lazy("State"),
            kind=CellKind.STATE,
            text=lambda each: STATES[each.state],
            sort=True,
            css="state",
        ),
        Column("asked_by", gettext_lazy("Asked by"), value="asked_by.name", kind=CellKind.PERSON, css="meta"),
        Column("created_at", gettext_lazy("Asked"), kind=CellKind.TIME, sort=True, descending_first=True),
        Column("expires_at", gettext_lazy("Until"), kind=CellKind.TIME, sort=True, css="meta"),
    ],
    filters=[ChoiceFilter("state", gettext_lazy("State"), choices=tuple(STATES.items())), ClientFilter()],
    views=[View("open", gettext_lazy("Open"), "state=open&sort=expires_at")],
    empty=Empty(
        title=gettext_lazy("Nothing is to be approved"),
        text=gettext_lazy(
            "Questions that need a second person stand here, with who asked, who may answer and until when."
        ),
        icon="git-pull-request",
    ),
)


@dataclass(frozen=True, slots=True)
class ApprovalPage:
    """One question."""

    title: str
    approval: Approval
    state: str
    record_title: str
    record_url: str
    may_decide: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for the reader."""

    questions: list[tuple[Approval, str]]


@page(
    "approvals/",
    permission="approvals.view",
    kind=Kind.LIST,
    title=gettext_lazy("Approvals"),
    table=APPROVALS,
    template="ui/list.html",
    nav=Nav("house", gettext_lazy("Approvals"), icon="git-pull-request", order=20),
)
def approvals_list(request: Request) -> Listed:
    """What was asked."""
    return listed(APPROVALS, request)


@page(
    "approvals/<uuid:uid>/",
    permission="approvals.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Approval"),
    parent="ui.approvals_list",
    template="ui/pages/approval.html",
)
def approval(request: Request, uid: UUID) -> ApprovalPage:
    """One question and its answers."""
    found, actor = approvals().get(uid=uid), acting()
    record = find_record(RecordRef(found.record_kind, found.record_uid))
    is_open = found.state == Approval.State.OPEN
    mine = found.asked_by_id == actor.user_id
    answered = any(each.person_id == actor.user_id for each in found.decisions.all())
    return ApprovalPage(
        question(found),
        found,
        str(STATES[found.state]),
        record_title(record) if record else "",
        (record_url(record) or "") if record else "",
        is_open and not mine and not answered and actor.may("approvals.decide") and may_answer(found, actor),
        is_open and (mine or actor.may("approvals.manage")),
    )


@verb(approval, "approve", permission="approvals.decide")
def _approve(request: Request, uid: UUID) -> Done:
    found = approvals().get(uid=uid)
    decide(found, actor=acting(), verdict="approve")
    return Done(_("You approved: %(question)s") % {"question": question(found)})


@verb(approval, "withdraw", permission="approvals.view")
def _withdraw(request: Request, uid: UUID) -> Done:
    found = approvals().get(uid=uid)
    withdraw(found, actor=acting())
    return Done(_("The question was withdrawn."))


class RejectForm(forms.Form):
    """Why not."""

    reason = forms.CharField(
        label=gettext_lazy("Why not"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Whoever asked reads it."),
    )


@page(
    "approvals/<uuid:uid>/reject/",
    permission="approvals.decide",
    kind=Kind.FORM,
    title=gettext_lazy("Reject"),
    parent="ui.approval",
    template="ui/form.html",
)
def approval_reject(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Say no, and why."""
    found = approvals().get(uid=uid)
    address = reverse("ui.approval", args=[uid])

    def act(values: dict[str, Any]) -> Done:
        decide(found, actor=acting(), verdict="reject", reason=values["reason"])
        return Done(_("You rejected: %(question)s") % {"question": question(found)}, goto=address)

    return submitted(
        request,
        RejectForm(posted(request)),
        act,
        title=question(found),
        submit=_("Reject"),
        cancel_url=address,
        draft="ui.reject",
    )


@panel("ui.today.aside", permission="approvals.decide", order=20, template="ui/pages/approvals_waiting.html")
def approvals_waiting(request: Request, _record: object) -> Waiting | None:
    """What waits for the reader, the most pressing first."""
    found = list(waiting_for_me()[:SHOWN])
    return Waiting([(each, question(each)) for each in found]) if found else None
