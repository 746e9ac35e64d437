# SPDX-License-Identifier: Apache-2.0
"""One function a reference page. Needs Django set up and the urls loaded."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Any

import msgspec
from django.urls import URLPattern, URLResolver, get_resolver
from steward_agent.checks.observation import COMMON_METRICS, COMMON_REASONS, Reason
from steward_agent.checks.registry import Check, checks
from steward_agent.collectors.metrics import TABLE, Metric

from steward.cli.main import COMMANDS
from steward.cli.reference.tables import code, document, first_line, table
from steward.core.access.public import Role, permission_matrix
from steward.core.events.public import Event, event_names, load_type
from steward.core.jobs.public import declared_jobs
from steward.core.rest.public import Endpoint
from steward.core.ui.public import pages
from steward.core.webhooks.public import webhook_events
from steward.settings.env import CHECKOUT, Settings
from steward.settings.global_models import GLOBAL_MODELS
from steward.watch.monitoring.public import PRESETS, RuleKind, rule_kinds


def settings_page() -> str:
    """Every environment variable."""
    rows = [
        (code(f"STEWARD_{name.upper()}"), _default(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
        if name != "database_role"
    ]
    intro = "Read from the environment when a process starts. What an operator changes while Steward runs stands in the console."
    return document("Settings", intro, table(("Variable", "Default", "What it does"), rows))


def commands_page() -> str:
    """Every subcommand of `steward`."""
    rows = [(code(f"steward {name}"), command.summary) for name, command in COMMANDS.items() if not command.hidden]
    return document(
        "Commands", "`steward COMMAND --help` names the options of each.", table(("Command", "What it does"), rows)
    )


def permissions_page() -> str:
    """The matrix of permissions and roles."""
    head = ("Permission", "What it allows", "Whole", *(code(role.value) for role in Role))
    rows = [
        (code(permission.code), permission.label, _tick(permission.whole), *(_tick(held[role]) for role in Role))
        for permission, held in permission_matrix()
    ]
    intro = (
        "Each room declares its own; the owner holds all of them, the auditor every one that only reads. One of the whole changes what "
        "all clients share: whoever sees some of them alone does not hold it."
    )
    return document("Permissions", intro, table(head, rows))


def _tick(holds: bool) -> str:
    return "✓" if holds else ""


def events_page() -> str:
    """Every event, its version and fields."""
    rows = []
    for name in event_names():
        event = load_type(name)
        rows.append((code(name), first_line(event.__doc__), ", ".join(code(each) for each in _fields(event))))
    intro = "An event is deferred in the transaction of the act it tells of. Fields are references, never secrets."
    return document("Events", intro, table(("Event", "When", "Fields"), rows))


def jobs_page() -> str:
    """Every background job."""
    rows = [
        (code(name), first_line(job.function.__doc__), code(job.cron or ""))
        for name, job in sorted(declared_jobs().items())
    ]
    return document(
        "Jobs", "Jobs run in the worker, in a scope, and may run again.", table(("Job", "What it does", "When"), rows)
    )


def routes_page() -> str:
    """Every address, with what it asks for."""
    api_routes = list(_endpoints())  # loads the urls, and with them every page
    console = [(code(f"/{page.route}"), page.kind.value, code(page.permission), _verbs(page)) for page in pages()]
    api = [
        (code(method), code(f"/{route}"), code(endpoint.permission))
        for route, endpoints in api_routes
        for method, endpoint in sorted(endpoints.items())
    ]
    return document(
        "Routes",
        "`signed-in` asks for nothing but an account; `public` routes prove their caller themselves.",
        "## Pages\n\n" + table(("Address", "Kind", "Permission", "What can be done there"), console),
        "## REST interface\n\n" + table(("Method", "Address", "Permission"), api),
    )


def metrics_page() -> str:
    """Every metric the agent sends."""
    intro = "What the agent of a machine measures by itself, every 30 seconds unless its policy says otherwise."
    return document("Metrics", intro, _metrics(TABLE))


def checks_page() -> str:
    """Every check: how it is set, what it measures, what it may end with."""
    intro = (
        "What an agent can observe from where it is; the server itself never looks. "
        "How results travel: [Checks](../explanation/checks.md)."
    )
    common = (
        "## What holds for all",
        "`ok` and `failing` speak of what was looked at, `unknown` of the looking alone. Parameters are always those named.",
        _metrics(COMMON_METRICS),
        _reasons(COMMON_REASONS),
    )
    return document("Checks", intro, *common, *(part for check in checks().values() for part in _check(check)))


def _check(check: Check) -> tuple[str, ...]:
    schema = check.schema()
    required = schema.get("required", ())
    rows = [
        (code(name), part.get("description", ""), _limits(part), "required" if name in required else _given(part))
        for name, part in schema["properties"].items()
    ]
    parts = (
        f"## {code(check.slug)}, version {check.version}",
        check.summary,
        table(("Field", "What it says", "Limits", "Default"), rows),
    )
    return (
        (*parts, _metrics(check.metrics), _reasons(check.reasons))
        if check.metrics
        else (*parts, _reasons(check.reasons))
    )


def _limits(part: dict[str, Any]) -> str:
    """The bounds of one field as its schema has them."""
    if "anyOf" in part:
        return " or ".join(_limits(each) for each in part["anyOf"] if each.get("type") != "null")
    if "enum" in part:
        return ", ".join(code(str(each)) for each in part["enum"])
    kind, low, high = part.get("type", ""), "", ""
    for names in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"), ("", "maxProperties")):
        low, high = str(part.get(names[0], low)), str(part.get(names[1], high))
    unit = {"string": " characters", "array": " of them", "object": " of them"}.get(kind, "")
    return kind if not high else f"{kind}, {low}{' to ' if low else 'up to '}{high}{unit}"


def _given(part: dict[str, Any]) -> str:
    default = part.get("default")
    return "" if default in (None, {}) else code(json.dumps(default))


def _metrics(metrics: Iterable[Metric]) -> str:
    rows = [(code(m.name), m.unit.value, m.kind.value, ", ".join(map(code, m.labels)), m.description) for m in metrics]
    return table(("Metric", "Unit", "Kind", "Labels", "What it is"), rows)


def _reasons(reasons: Iterable[Reason]) -> str:
    rows = [
        (code(each.code), each.verdict.value, each.meaning, ", ".join(map(code, each.parameters))) for each in reasons
    ]
    return table(("Reason", "Verdict", "When", "Parameters"), rows)


def rules_page() -> str:
    """Every kind of rule: how it is set; and the rules that a house begins with."""
    intro = (
        "What counts as trouble. How rules are judged, and what holds where: [Watching](../explanation/watching.md)."
    )
    presets = table(
        ("Rule", "Kind", "Severity", "Configuration"),
        [(code(each.slug), code(each.kind), each.severity, code(json.dumps(each.config))) for each in PRESETS],
    )
    kinds = [part for kind in rule_kinds().values() for part in _rule(kind)]
    return document("Rules", intro, *kinds, "## The usual rules", "They come with the first start.", presets)


def _rule(kind: RuleKind) -> tuple[str, ...]:
    schema = kind.config_type.model_json_schema()
    required = schema.get("required", ())
    rows = []
    for name, part in schema["properties"].items():
        known = schema["$defs"][part["$ref"].rpartition("/")[2]] | part if "$ref" in part else part
        given = "required" if name in required else _given(part)
        rows.append((code(name), part.get("description", ""), _limits(known), given))
    return (
        f"## {code(kind.slug)}",
        str(kind.summary),
        table(("Field", "What it says", "Limits", "Default"), rows),
    )


def global_models_page() -> str:
    """Tables that belong to no single client, and why."""
    rows = [(code(name), reason) for name, reason in sorted(GLOBAL_MODELS.items())]
    intro = "Every other table is a client's own: its rows are seen inside a scope only, and guarded by the database."
    return document("Tables of no single client", intro, table(("Model", "Why"), rows))


def webhooks_page() -> str:
    """Every event that other systems may be told of, with the fields of its data."""
    rows = [(code(each.type), each.version, each.meaning, code(each.data.__name__)) for each in webhook_events()]
    kinds = sorted({each.data for each in webhook_events()}, key=lambda each: each.__name__)
    schemas, parts = msgspec.json.schema_components(kinds, ref_template="{name}")
    parts = {**parts, **{name["$ref"]: parts[name["$ref"]] for name in schemas}}
    intro = (
        "What a web hook can subscribe to. How messages are signed and tried again: "
        "[Tell other systems](../how-to/tell-other-systems.md). A field is never taken away from a version: a later one then "
        "stands beside it for a while, with `.v2` behind its name."
    )
    return document(
        "Events for web hooks",
        intro,
        table(("Event", "Version", "When", "Data"), rows),
        *(_schema(name, parts[name]) for name in sorted(parts)),
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    rows = [
        (code(field), _kind_of(part), "" if field in required else "may be left out")
        for field, part in schema["properties"].items()
    ]
    return "\n\n".join((f"## {name}", schema.get("description", ""), table(("Field", "Type", ""), rows)))


def _kind_of(part: dict[str, Any]) -> str:
    if "anyOf" in part:
        return " or ".join(_kind_of(each) for each in part["anyOf"])
    if "$ref" in part:
        return f"[{part['$ref']}](#{part['$ref'].lower()})"
    return code(part.get("format") or part.get("type", "any"))


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "permissions.md": permissions_page,
    "events.md": events_page,
    "jobs.md": jobs_page,
    "routes.md": routes_page,
    "metrics.md": metrics_page,
    "checks.md": checks_page,
    "rules.md": rules_page,
    "global-tables.md": global_models_page,
    "webhooks.md": webhooks_page,
}


def documents() -> dict[str, str]:
    """File name → text, of every reference page."""
    return {name: make() for name, make in PAGES.items()}


def _default(value: Any) -> str:
    if value in (None, "") or (not isinstance(value, str | int | bool | float) and value == []):
        return ""
    text = str(value)
    return code(text.replace(str(CHECKOUT), ".")) if "Undefined" not in text else ""


def _fields(event: type[Event]) -> list[str]:
    return [f"{each.name}: {getattr(each.type, '__name__', each.type)}" for each in fields(event)]  # type: ignore[arg-type]  # every event is a dataclass


def _verbs(page: Any) -> str:
    return ", ".join(f"{code(verb.name)} ({code(verb.permission)})" for verb in page.verbs.values())


def _endpoints() -> Iterator[tuple[str, dict[str, Endpoint]]]:
    for route, pattern in _patterns(get_resolver().url_patterns, ""):
        found = getattr(pattern.callback, "steward_endpoints", None)
        if found:
            yield route, found


def _patterns(found: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, URLPattern]]:
    for each in found:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _patterns(each.url_patterns, route)
        else:
            yield route, each
