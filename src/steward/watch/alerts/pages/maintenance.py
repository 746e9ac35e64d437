# SPDX-License-Identifier: Apache-2.0
"""Saying that trouble is expected."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, submitted
from steward.estate.assets.public import asset, asset_url
from steward.watch.alerts import queries
from steward.watch.alerts.actions import maintenance_begin
from steward.watch.alerts.actions import maintenance_end as end_now


class MaintenanceForm(forms.Form):
    """From when to when, for what, and why."""

    starts_at = forms.DateTimeField(
        label=gettext_lazy("From"), required=False, help_text=gettext_lazy("Left empty: from now on.")
    )
    ends_at = forms.DateTimeField(
        label=gettext_lazy("Until"), help_text=gettext_lazy("By your own clock, such as 2026-11-30 22:00.")
    )
    whole_client = forms.BooleanField(label=gettext_lazy("For all assets of the client"), required=False)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


@page(
    "assets/<str:number>/maintenance/new/",
    permission="alerts.maintain",
    kind=Kind.FORM,
    title=gettext_lazy("Begin maintenance"),
    parent="assets.asset",
    template="ui/form.html",
)
def maintenance_new(request: Request, number: str) -> FormContext | HttpResponse:
    """Expect trouble with an asset until a time."""
    found = asset(number)

    def act(values: dict[str, Any]) -> Done:
        whole = values.pop("whole_client")
        maintenance_begin(found.client, actor=acting(), asset=None if whole else found, **values)
        return Done(_("Alerts call for nobody until then."), goto=asset_url(found))

    form = MaintenanceForm(posted(request))
    return submitted(request, form, act, submit=_("Begin"), cancel_url=asset_url(found), draft="alerts.maintenance")


@page(
    "maintenance/<uuid:uid>/end/",
    permission="alerts.maintain",
    kind=Kind.FORM,
    title=gettext_lazy("End maintenance"),
    parent="alerts.alerts",
    template="ui/form.html",
)
def maintenance_end(request: Request, uid: str) -> FormContext | HttpResponse:
    """Have alerts call for people again, at once."""
    found = queries.maintenance(uid)
    back = asset_url(found.asset) if found.asset is not None else "/alerts/"

    def act(values: dict[str, Any]) -> Done:
        if end_now(found, actor=acting()):
            return Done(_("What goes on gets its tickets within two minutes."), goto=back)
        return Done(_("It had ended already; nothing was changed."), goto=back)

    return submitted(request, forms.Form(posted(request)), act, submit=_("End it now"), cancel_url=back)
