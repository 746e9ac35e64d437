# SPDX-License-Identifier: Apache-2.0
"""Having a rule hold otherwise for an asset or a client."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.tenancy.public import Client
from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, submitted
from steward.estate.assets.public import Asset, asset_url
from steward.estate.assets.public import asset as find_asset
from steward.watch.monitoring import queries
from steward.watch.monitoring.actions import override_set
from steward.watch.monitoring.forms import OverrideForm
from steward.watch.monitoring.models import Rule, RuleOverride
from steward.watch.monitoring.records import rule_title, rule_url
from steward.watch.monitoring.registry import rule_kinds
from steward.watch.monitoring.schema_fields import config_of, initial_of


@page(
    "assets/<str:number>/rules/<uuid:uid>/",
    permission="monitoring.override",
    kind=Kind.FORM,
    title=gettext_lazy("Rule for this asset"),
    parent="assets.asset",
    template="ui/form.html",
)
def asset_override(request: Request, number: str, uid: UUID) -> FormContext | HttpResponse:
    """Have a rule hold otherwise for an asset."""
    found = find_asset(number)
    return _form(request, queries.rule(uid), found.client, found, asset_url(found))


@page(
    "clients/<slug:slug>/rules/<uuid:uid>/",
    permission="monitoring.override",
    kind=Kind.FORM,
    title=gettext_lazy("Rule for this client"),
    parent="clients.client",
    template="ui/form.html",
)
def client_override(request: Request, slug: str, uid: UUID) -> FormContext | HttpResponse:
    """Have a rule hold otherwise for all of a client's assets."""
    client = Client.objects.get(slug=slug)
    found = queries.rule(uid)
    return _form(request, found, client, None, rule_url(found))


def _form(request: Request, rule: Rule, client: Client, asset: Asset | None, back: str) -> FormContext | HttpResponse:
    schema = rule_kinds()[rule.kind].config_type.model_json_schema()
    known = RuleOverride.objects.filter(client=client, rule=rule, asset=asset).first()
    holds: Rule | RuleOverride = known or rule

    def act(values: dict[str, Any]) -> Done:
        override_set(
            rule,
            client,
            actor=acting(),
            asset=asset,
            enabled=values["enabled"],
            severity=values["severity"],
            reason=values["reason"],
            config=config_of(schema, values),
        )
        return Done(_("%(name)s holds so from the next round on.") % {"name": rule_title(rule)}, goto=back)

    initial = {"severity": holds.severity, "enabled": holds.enabled, "reason": known.reason if known else ""}
    form = OverrideForm(posted(request), schema=schema, initial=initial | initial_of(holds.config))
    where = asset.name if asset is not None else client.name
    title = _("%(rule)s for %(where)s") % {"rule": rule_title(rule), "where": where}
    return submitted(request, form, act, title=title, submit=_("Save"), cancel_url=back)
