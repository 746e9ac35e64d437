# SPDX-License-Identifier: Apache-2.0
"""Forms about escalations: whom a page reaches, one after another."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, submitted
from steward.desk.oncall import queries
from steward.desk.oncall.actions import policy_create, policy_edit
from steward.desk.oncall.forms import PolicyForm


@page(
    "oncall/escalations/new/",
    permission="oncall.manage",
    kind=Kind.FORM,
    title=gettext_lazy("New escalation"),
    parent="oncall.duty",
    template="ui/form.html",
)
def policy_new(request: Request) -> FormContext | HttpResponse:
    """Say whom pages reach."""

    def act(values: dict[str, Any]) -> Done:
        made = policy_create(actor=acting(), **PolicyForm.values_of(values))
        return Done(_("%(name)s was added.") % {"name": made.name}, goto=reverse("oncall.duty"))

    form = PolicyForm(posted(request))
    cancel = reverse("oncall.duty")
    return submitted(request, form, act, submit=_("Add escalation"), cancel_url=cancel, draft="oncall.policy")


@page(
    "oncall/escalations/<uuid:uid>/",
    permission="oncall.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Escalation"),
    parent="oncall.duty",
    template="ui/form.html",
)
def policy_change(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Change whom pages reach."""
    found = queries.policy(uid)

    def act(values: dict[str, Any]) -> Done:
        made = policy_edit(found, actor=acting(), **PolicyForm.values_of(values))
        words = _("%(name)s was changed, for pages from now on.")
        return Done(words % {"name": made.name}, goto=reverse("oncall.duty"))

    form = PolicyForm(posted(request), initial=PolicyForm.initial_of(found), steps=len(found.steps.all()))
    return submitted(request, form, act, title=found.name, submit=_("Save"), cancel_url=reverse("oncall.duty"))
