# SPDX-License-Identifier: Apache-2.0
"""Runs an executable of the Monitoring Plugins interface (Nagios, Icinga) that the machine's owner allows."""

import os
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from steward_agent.checks.child import MAX_OUTPUT, TooMuchOutput, run_program
from steward_agent.checks.observation import OK, Ended, Observation, Reason, end, observed
from steward_agent.checks.owned import Unsafe, need_owned
from steward_agent.checks.performance import Item, read_output
from steward_agent.checks.visit import Visit
from steward_agent.collectors.metrics import Metric, MetricKind, Unit
from steward_agent.protocol.results import Verdict

SLUG = "plugin"
VERSION = 1
_FAILING, _UNKNOWN = Verdict.FAILING, Verdict.UNKNOWN
_LABELS = ("check", "perf")

CODE_METRIC = Metric(
    "check.plugin.exit_code", Unit.COUNT, MetricKind.GAUGE, "0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN", ("check",)
)
SECONDS_METRIC = Metric(
    "check.plugin.perf_seconds", Unit.SECONDS, MetricKind.GAUGE, "Performance data given in s, ms, us or ns", _LABELS, 9
)
PERCENT_METRIC = Metric(
    "check.plugin.perf_percent", Unit.PERCENT, MetricKind.GAUGE, "Performance data given in percent", _LABELS, 6
)
BYTES_METRIC = Metric(
    "check.plugin.perf_bytes",
    Unit.BYTES,
    MetricKind.GAUGE,
    "Performance data given in B, KB, MB, GB, TB or PB, of 1024 each",
    _LABELS,
)
TOTAL_METRIC = Metric(
    "check.plugin.perf_total", Unit.COUNT, MetricKind.TOTAL, "Performance data given as a counter (c)", _LABELS, 6
)
VALUE_METRIC = Metric(
    "check.plugin.perf_value", Unit.COUNT, MetricKind.GAUGE, "Performance data given without a unit", _LABELS, 6
)
METRICS = (CODE_METRIC, SECONDS_METRIC, PERCENT_METRIC, BYTES_METRIC, TOTAL_METRIC, VALUE_METRIC)
_BY_UNIT = {
    "s": SECONDS_METRIC,
    "%": PERCENT_METRIC,
    "B": BYTES_METRIC,
    "c": TOTAL_METRIC,
    "": VALUE_METRIC,
}

WARNING = Reason(
    "plugin_warning", _FAILING, "It says WARNING, and that is not well here; `text` is its first line", ("text",)
)
CRITICAL = Reason("plugin_critical", _FAILING, "It says CRITICAL; `text` is its first line", ("text",))
UNKNOWN = Reason("plugin_unknown", _UNKNOWN, "It says UNKNOWN; `text` is its first line", ("text",))
BROKEN = Reason(
    "plugin_broken",
    _UNKNOWN,
    "It ended in a way that has no meaning: `code` is its exit code, or minus the signal that ended it",
    ("code", "text"),
)
FORBIDDEN = Reason(
    "plugin_forbidden",
    _UNKNOWN,
    "The machine's owner has not allowed it: `directories` and `names` under [plugins] in agent.toml say what may be run",
    ("plugin",),
)
MISSING = Reason("plugin_missing", _UNKNOWN, "None of the allowed directories has it", ("plugin",))
UNSAFE = Reason(
    "plugin_unsafe",
    _UNKNOWN,
    "It is not run, since others than root and the agent's user could have changed `path`",
    ("plugin", "path"),
)
MUCH = Reason("plugin_output", _UNKNOWN, "It printed more than `limit` bytes, and was ended", ("limit",))
REASONS = (WARNING, CRITICAL, UNKNOWN, BROKEN, FORBIDDEN, MISSING, UNSAFE, MUCH)

Argument = Annotated[str, Meta(min_length=1, max_length=512, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which plugin, and with what."""

    plugin: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=64,
            pattern=r"\A[A-Za-z0-9_][A-Za-z0-9_.+-]*\Z",
            description="File name of the plugin, such as check_disk; without a folder",
        ),
    ]
    arguments: Annotated[
        tuple[Argument, ...],
        Meta(
            max_length=32,
            description="Its arguments, one each; no shell reads them",
            extra_json_schema={"x-lines": True},
        ),
    ] = ()
    warning_is: Annotated[Literal["failing", "ok"], Meta(description="What WARNING counts as")] = "failing"


def run(config: Config, visit: Visit) -> Observation:
    path = _located(config.plugin, visit)
    try:
        ran = run_program([path, *config.arguments], visit)
    except TooMuchOutput:
        end(MUCH, limit=MAX_OUTPUT)
    text, items = read_output(ran.out.decode("utf-8", "replace"))
    text = text or ran.err.decode("utf-8", "replace").strip().partition("\n")[0]
    _measure(items, visit)
    if ran.code not in (0, 1, 2, 3):
        end(BROKEN, code=ran.code, text=text)
    visit.measured[CODE_METRIC.name] = ran.code
    if ran.code == 0 or (ran.code == 1 and config.warning_is == "ok"):
        return observed(OK)
    raise Ended({1: WARNING, 2: CRITICAL, 3: UNKNOWN}[ran.code], text=text)


def _located(plugin: str, visit: Visit) -> str:
    """Where it lies, if it may be run."""
    allowed = visit.place.machine.plugins
    if not allowed.directories or (allowed.names and plugin not in allowed.names):
        end(FORBIDDEN, plugin=plugin)
    for directory in allowed.directories:
        path = f"{directory.rstrip('/')}/{plugin}"
        if not os.path.lexists(path):
            continue
        try:
            need_owned(path)
        except Unsafe as unsafe:
            end(UNSAFE, plugin=plugin, path=str(unsafe))
        return path
    raise Ended(MISSING, plugin=plugin)


def _measure(items: list[Item], visit: Visit) -> None:
    for item in items:
        visit.labelled.setdefault(_BY_UNIT[item.unit].name, {}).setdefault(item.label, item.value)
