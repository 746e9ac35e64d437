# SPDX-License-Identifier: Apache-2.0
"""The rules: for everybody, and where they hold otherwise."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.public import (
    Done,
    FormContext,
    Kind,
    Listed,
    Nav,
    Request,
    acting,
    listed,
    page,
    posted,
    submitted,
    verb,
)
from steward.watch.monitoring import queries
from steward.watch.monitoring.actions import override_remove, rule_archive, rule_create, rule_edit
from steward.watch.monitoring.forms import RuleForm
from steward.watch.monitoring.models import Round, Rule, RuleOverride
from steward.watch.monitoring.records import rule_title, rule_url
from steward.watch.monitoring.registry import rule_kinds
from steward.watch.monitoring.schema_fields import config_of, initial_of
from steward.watch.monitoring.tables import RULES
from steward.watch.monitoring.words import SEVERITIES, config_facts, kind_words, severity_words


@dataclass(frozen=True, slots=True)
class Otherwise:
    """An override as a line."""

    override: RuleOverride
    severity: str
    severity_words: str
    change_url: str


@dataclass(frozen=True, slots=True)
class RulePage:
    """A rule's record."""

    title: str
    rule: Rule
    severity: str
    severity_words: str
    kind: str
    summary: str
    facts: list[tuple[str, str]]
    overrides: list[Otherwise]
    round: Round | None
    alerts_url: str


@page(
    "rules/",
    permission="monitoring.view",
    kind=Kind.LIST,
    title=gettext_lazy("Rules"),
    table=RULES,
    nav=Nav("watch", gettext_lazy("Rules"), icon="list", order=30, keys="g r"),
)
def rules(request: Request) -> Listed:
    """What counts as trouble."""
    return listed(RULES, request)


@page(
    "rules/<uuid:uid>/",
    permission="monitoring.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Rule"),
    parent="monitoring.rules",
)
def rule(request: Request, uid: UUID) -> RulePage:
    """The record of a rule."""
    found = queries.rule(uid)
    known = rule_kinds().get(found.kind)
    return RulePage(
        title=rule_title(found),
        rule=found,
        severity=SEVERITIES[found.severity],
        severity_words=severity_words(found.severity),
        kind=kind_words(found.kind),
        summary=str(known.summary) if known is not None else "",
        facts=config_facts(found.config),
        overrides=[_otherwise(each) for each in queries.overrides_of(found)[:200]],
        round=queries.rounds().filter(kind=found.kind).first(),
        alerts_url=f"{reverse('alerts.alerts')}?state=open&state=acknowledged",
    )


def _otherwise(override: RuleOverride) -> Otherwise:
    if override.asset is not None:
        change = reverse("monitoring.asset_override", args=[override.asset.number, override.rule.uid])
    else:
        change = reverse("monitoring.client_override", args=[override.client.slug, override.rule.uid])
    return Otherwise(override, SEVERITIES[override.severity], severity_words(override.severity), change)


@verb(rule, "archive", permission="monitoring.manage")
def _archive(request: Request, uid: UUID) -> Done:
    rule_archive(queries.rule(uid), actor=acting())
    return Done(
        _("The rule holds no more. What it alerted is over at the next round."), goto=reverse("monitoring.rules")
    )


@verb(rule, "remove-override", permission="monitoring.override")
def _remove_override(request: Request, uid: UUID) -> Done:
    found = queries.rule(uid)
    given = request.POST.get("override", "")
    override = next((each for each in queries.overrides_of(found) if str(each.uid) == given), None)
    if override is None:
        raise RuleOverride.DoesNotExist
    override_remove(override, actor=acting())
    return Done(_("The rule holds there again as everywhere."))


@page(
    "rules/new/<slug:kind>/",
    permission="monitoring.manage",
    kind=Kind.FORM,
    title=gettext_lazy("New rule"),
    parent="monitoring.rules",
    template="ui/form.html",
)
def rule_new(request: Request, kind: str) -> FormContext | HttpResponse:
    """A rule for every asset that has an agent."""
    if kind not in rule_kinds():
        raise Http404
    schema = rule_kinds()[kind].config_type.model_json_schema()

    def act(values: dict[str, Any]) -> Done:
        made = rule_create(
            actor=acting(),
            name=values["name"],
            kind=kind,
            severity=values["severity"],
            enabled=values["enabled"],
            config=config_of(schema, values),
        )
        return Done(_("%(name)s holds from the next round on.") % {"name": made.name}, goto=rule_url(made))

    form = RuleForm(posted(request), schema=schema)
    title = _("New rule: %(kind)s") % {"kind": kind_words(kind)}
    return submitted(
        request,
        form,
        act,
        title=title,
        submit=_("Add rule"),
        cancel_url=reverse("monitoring.rules"),
        draft=f"rule.{kind}",
    )


@page(
    "rules/<uuid:uid>/edit/",
    permission="monitoring.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Change rule"),
    parent="monitoring.rule",
    template="ui/form.html",
)
def rule_change(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Change a rule for everybody."""
    found = queries.rule(uid)
    schema = rule_kinds()[found.kind].config_type.model_json_schema()

    def act(values: dict[str, Any]) -> Done:
        rule_edit(
            found,
            actor=acting(),
            name=values["name"],
            severity=values["severity"],
            enabled=values["enabled"],
            config=config_of(schema, values),
        )
        return Done(_("The rule was changed. It is judged so from the next round on."), goto=rule_url(found))

    initial = {"name": found.name, "severity": found.severity, "enabled": found.enabled} | initial_of(found.config)
    form = RuleForm(posted(request), schema=schema, initial=initial)
    return submitted(request, form, act, title=rule_title(found), submit=_("Save"), cancel_url=rule_url(found))
