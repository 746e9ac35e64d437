# SPDX-License-Identifier: Apache-2.0
"""The backups of Steward itself: what was made, how it went, when and where the next goes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.recovery.public import (
    Backup,
    BackupPlan,
    Health,
    backup_health,
    backup_plan,
    backup_plan_set,
    backup_start,
    backup_verify_start,
    backups,
    destination_of,
    keys_folder_of,
    on_the_disk_of_the_data,
)
from steward.core.ui.forms import FormContext, posted, submitted
from steward.core.ui.registry import Kind, Nav, page, verb
from steward.core.ui.request import Request, acting
from steward.core.ui.table.columns import CellKind, Column
from steward.core.ui.table.filters import ChoiceFilter, DateFilter
from steward.core.ui.table.table import Empty, Table, View
from steward.core.ui.table.view import TableView, table_view
from steward.core.ui.toasts import Done

STATES = {
    "running": gettext_lazy("Runs"),
    "done": gettext_lazy("Done"),
    "failed": gettext_lazy("Failed"),
    "cancelled": gettext_lazy("Stopped"),
    "pruned": gettext_lazy("Had its time"),
}
REASONS = {
    "schedule": gettext_lazy("By schedule"),
    "hand": gettext_lazy("By hand"),
    "command": gettext_lazy("By a command"),
}
MEGABYTE = 1024 * 1024


def _outcome(backup: Any) -> Any:
    if backup.error or backup.damaged is None:
        return backup.error
    return _("%(count)s pieces damaged") % {"count": backup.damaged} if backup.damaged else _("Read back, whole")


def _megabytes(size: int) -> float:
    return round(size / MEGABYTE, 1)


BACKUPS = Table(
    name="ui.recovery",
    label=gettext_lazy("backups of Steward"),
    rows=backups,
    url=lambda backup: reverse("ui.operation", args=[backup.operation]) if backup.operation else "",
    sort="-started_at",
    search=("name", "error"),
    search_words=gettext_lazy("Filter by name or failure"),
    columns=[
        Column("started_at", gettext_lazy("Started"), kind=CellKind.TIME, sort=True, descending_first=True, css="prio"),
        Column(
            "state",
            gettext_lazy("State"),
            kind=CellKind.STATE,
            text=lambda backup: STATES.get(backup.state, backup.state),
            sort=True,
            css="state",
        ),
        Column("at", gettext_lazy("Is of"), kind=CellKind.TIME, sort=True, css="meta"),
        Column("size", gettext_lazy("Holds, MB"), value=lambda backup: _megabytes(backup.size), kind=CellKind.NUMBER),
        Column("stored", gettext_lazy("New, MB"), value=lambda backup: _megabytes(backup.stored), kind=CellKind.NUMBER),
        Column("outcome", gettext_lazy("What came of it"), value=_outcome, css="sub"),
        Column("damaged", gettext_lazy("Pieces damaged"), kind=CellKind.NUMBER, shown=False),
        Column("verified_at", gettext_lazy("Verified"), kind=CellKind.TIME, shown=False),
        Column(
            "reason",
            gettext_lazy("Why it was made"),
            text=lambda backup: REASONS.get(backup.reason, backup.reason),
            wide_only=True,
        ),
        Column("missing", gettext_lazy("Files missing"), kind=CellKind.NUMBER, wide_only=True),
        Column("name", gettext_lazy("Name"), kind=CellKind.CODE, wide_only=True),
        Column("destination", gettext_lazy("Lies in"), kind=CellKind.CODE, shown=False),
    ],
    filters=[
        ChoiceFilter("state", gettext_lazy("State"), choices=tuple(STATES.items())),
        DateFilter("started", gettext_lazy("Started"), field="started_at"),
    ],
    views=[View("failed", gettext_lazy("Failed"), "state=failed")],
    empty=Empty(
        title=gettext_lazy("No backup was made yet"),
        text=gettext_lazy(
            "Everything Steward keeps can be backed up while it runs: the ledger, the telemetry and the files together, the keys "
            "apart. Say when and where, or make one now."
        ),
        icon="database-export",
    ),
)


@dataclass(frozen=True, slots=True)
class Recovery:
    """The list, the plan above it, and what is wrong."""

    table: TableView
    plan: BackupPlan
    health: Health
    destination: Path
    keys_folder: Path
    same_disk: bool


@page(
    "recovery/",
    permission="recovery.view",
    kind=Kind.LIST,
    title=gettext_lazy("Backups of Steward"),
    table=BACKUPS,
    template="ui/pages/recovery.html",
    nav=Nav("house", gettext_lazy("Backups"), icon="database-export", order=60),
)
def recovery(request: Request) -> Recovery:
    """What was backed up, and when the next is due."""
    plan = backup_plan()
    destination = destination_of(plan)
    return Recovery(
        table_view(BACKUPS, request),
        plan,
        backup_health(),
        destination,
        keys_folder_of(plan),
        plan.enabled and on_the_disk_of_the_data(destination),
    )


@verb(recovery, "run", permission="recovery.run")
def _run(request: Request) -> Done:
    begun = backup_start(actor=acting(), reason=Backup.Reason.HAND)
    return Done(_("The backup began. You may leave."), goto=reverse("ui.operation", args=[begun.uid]))


@verb(recovery, "verify", permission="recovery.run")
def _verify(request: Request) -> Done:
    begun = backup_verify_start(actor=acting())
    return Done(_("The newest backup is being read back."), goto=reverse("ui.operation", args=[begun.uid]))


class PlanForm(forms.Form):
    """When, where to, for how long."""

    enabled = forms.BooleanField(label=gettext_lazy("Back up by schedule"), required=False)
    every_minutes = forms.IntegerField(
        label=gettext_lazy("Every how many minutes"),
        help_text=gettext_lazy(
            "At most this much is lost with the machine. Each time the ledger is read once; of telemetry and files only what is "
            "new is stored."
        ),
    )
    destination = forms.CharField(
        label=gettext_lazy("Directory of the backups"),
        max_length=500,
        required=False,
        help_text=gettext_lazy(
            "On the machine where Steward runs; best a disk of another machine, mounted there. Empty: in the data directory, where "
            "it is lost together with the data."
        ),
    )
    keys_folder = forms.CharField(
        label=gettext_lazy("Directory of the keys"),
        max_length=500,
        required=False,
        help_text=gettext_lazy(
            "One small file that opens with the recovery key alone. Without it, what is sealed in a backup stays so."
        ),
    )
    keys_beside = forms.BooleanField(
        label=gettext_lazy("The keys may lie beside the data"),
        required=False,
        help_text=gettext_lazy("Whoever gets hold of that directory then needs nothing but the recovery key."),
    )
    keep_hours = forms.IntegerField(label=gettext_lazy("Hours for which every backup is kept"), min_value=0)
    keep_days = forms.IntegerField(label=gettext_lazy("Days for which the last of each day is kept"), min_value=0)
    keep_months = forms.IntegerField(
        label=gettext_lazy("Months for which the last of each month is kept"),
        min_value=0,
        help_text=gettext_lazy("The newest good one is always kept."),
    )


@page(
    "recovery/plan/",
    permission="recovery.manage",
    kind=Kind.FORM,
    title=gettext_lazy("When and where Steward is backed up"),
    parent="ui.recovery",
    template="ui/form.html",
)
def recovery_plan(request: Request) -> FormContext | HttpResponse:
    """Change the plan."""
    plan = backup_plan()
    said = {name: getattr(plan, name) for name in PlanForm.base_fields if name != "keys_beside"}
    beside = bool(plan.keys_folder) and Path(plan.keys_folder).is_relative_to(destination_of(plan))
    form = PlanForm(posted(request), initial=said | {"keys_beside": beside})

    def act(values: dict[str, Any]) -> Done:
        backup_plan_set(actor=acting(), **values)
        return Done(_("The plan was changed."), goto=reverse("ui.recovery"))

    return submitted(request, form, act, submit=_("Change plan"), cancel_url=reverse("ui.recovery"))
