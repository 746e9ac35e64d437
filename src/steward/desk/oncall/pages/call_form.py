# SPDX-License-Identifier: Apache-2.0
"""Calling somebody by hand."""

from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.records.public import record_ref
from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, submitted
from steward.desk.oncall.actions import page_open
from steward.desk.oncall.forms import CallForm
from steward.desk.oncall.records import page_url


@page(
    "oncall/pages/new/",
    permission="oncall.page",
    kind=Kind.FORM,
    title=gettext_lazy("Page somebody"),
    parent="oncall.duty",
    create=True,
    template="ui/form.html",
)
def call_new(request: Request) -> FormContext | HttpResponse:
    """Call whoever is on duty about a client."""

    def act(values: dict[str, Any]) -> Done:
        client = values["client"]
        made = page_open(
            client,
            record_ref(client),
            actor=acting(),
            key=f"by-hand:{uuid4()}",
            kind="oncall.by_hand",
            params={"text": values["text"]},
            policy=values["policy"],
        )
        return Done(_("%(number)s is on its way.") % {"number": made.number}, goto=page_url(made))

    form = CallForm(posted(request))
    return submitted(request, form, act, submit=_("Page"), cancel_url="/oncall/", draft="oncall.call")
