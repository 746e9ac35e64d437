# SPDX-License-Identifier: Apache-2.0
"""Background work that died: what failed, why, and running it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from steward.core.jobs.public import (
    dead_letter_drop,
    dead_letter_rerun,
    dead_letters,
    failing_jobs,
    job_metrics,
    workers,
)
from steward.core.tenancy.public import Actor
from steward.core.ui.forms import FormContext, posted, submitted
from steward.core.ui.registry import Kind, Nav, page, verb
from steward.core.ui.request import Request, acting
from steward.core.ui.table.columns import CellKind, Column
from steward.core.ui.table.filters import DateFilter, TextFilter
from steward.core.ui.table.table import Bulk, Empty, Table
from steward.core.ui.table.view import TableView, table_view
from steward.core.ui.toasts import Done


def _rerun(failures: Sequence[Any], *, actor: Actor) -> str:
    for failure in failures:
        dead_letter_rerun(failure, actor=actor)
    return ngettext(
        "%(n)s job was put back into its queue.", "%(n)s jobs were put back into their queues.", len(failures)
    ) % {"n": len(failures)}


DEAD = Table(
    name="ui.dead_jobs",
    label=gettext_lazy("dead jobs"),
    rows=dead_letters,
    by="pk",
    url=lambda failure: reverse("ui.job", args=[failure.pk]),
    sort="-at",
    search=("task", "error", "place"),
    search_words=gettext_lazy("Filter these jobs"),
    columns=[
        Column("task", gettext_lazy("Job"), kind=CellKind.LINK, sort=True, number=lambda failure: f"#{failure.pk}"),
        Column("error", gettext_lazy("Why it died"), kind=CellKind.CODE, css="meta"),
        Column("place", gettext_lazy("Where"), kind=CellKind.CODE, wide_only=True),
        Column("attempts", gettext_lazy("Attempts"), kind=CellKind.NUMBER, sort=True),
        Column("at", gettext_lazy("Last tried"), kind=CellKind.TIME, sort=True, descending_first=True, css="state"),
    ],
    filters=[TextFilter("task", gettext_lazy("Job")), DateFilter("at", gettext_lazy("Last tried"))],
    bulk=[Bulk("rerun", gettext_lazy("Run again"), permission="jobs.manage", run=_rerun, icon="refresh", key="r")],
    empty=Empty(
        title=gettext_lazy("No job is dead"),
        text=gettext_lazy(
            "Work that failed for the last time stands here until somebody runs it again or drops it with a reason."
        ),
        icon="circle-check",
    ),
)


@dataclass(frozen=True, slots=True)
class DeadJobs:
    """The list, and how the queues and workers are."""

    table: TableView
    queues: Sequence[Any]
    workers: Sequence[Any]


@dataclass(frozen=True, slots=True)
class JobPage:
    """One failed job."""

    title: str
    failure: Any
    dead: bool


@page(
    "jobs/",
    permission="jobs.view",
    kind=Kind.LIST,
    title=gettext_lazy("Background jobs"),
    table=DEAD,
    template="ui/pages/jobs.html",
    nav=Nav("house", gettext_lazy("Jobs"), icon="stack-2", order=40),
)
def jobs(request: Request) -> DeadJobs:
    """What died, and how long things wait."""
    return DeadJobs(table_view(DEAD, request), job_metrics(), workers())


@page(
    "jobs/<int:number>/",
    permission="jobs.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Job"),
    parent="ui.jobs",
    template="ui/pages/job.html",
)
def job(request: Request, number: int) -> JobPage:
    """One job that failed."""
    failure = (dead_letters() | failing_jobs()).get(pk=number)
    return JobPage(failure.task, failure, failure.job.status == "failed")


@verb(job, "rerun", permission="jobs.manage")
def _rerun_one(request: Request, number: int) -> Done:
    failure = dead_letters().get(pk=number)
    dead_letter_rerun(failure, actor=acting())
    return Done(_("The job %(task)s was put back into its queue.") % {"task": failure.task}, goto=reverse("ui.jobs"))


class DropForm(forms.Form):
    """Why a job need not be done."""

    reason = forms.CharField(
        label=gettext_lazy("Why this work need not be done"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Stands in the audit."),
    )


@page(
    "jobs/<int:number>/drop/",
    permission="jobs.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Drop a job"),
    parent="ui.job",
    template="ui/form.html",
)
def job_drop(request: Request, number: int) -> FormContext | HttpResponse:
    """End a dead job for good."""
    failure = dead_letters().get(pk=number)

    def act(values: dict[str, Any]) -> Done:
        dead_letter_drop(failure, actor=acting(), reason=values["reason"])
        return Done(_("The job %(task)s was dropped.") % {"task": failure.task}, goto=reverse("ui.jobs"))

    return submitted(
        request,
        DropForm(posted(request)),
        act,
        submit=_("Drop job"),
        cancel_url=reverse("ui.job", args=[number]),
        danger=True,
    )
