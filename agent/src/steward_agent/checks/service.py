# SPDX-License-Identifier: Apache-2.0
"""Asks systemd, over D-Bus, in which state a unit of this machine is."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from steward_agent.checks.dbus import BusError, BusTrouble, Value, get_properties
from steward_agent.checks.observation import OK, Ended, Observation, Reason, end, observed
from steward_agent.checks.visit import Visit
from steward_agent.collectors.metrics import Metric, MetricKind, Unit
from steward_agent.protocol.results import Verdict

SLUG = "service"
VERSION = 1
_SYSTEMD = "org.freedesktop.systemd1"
_UNIT, _SERVICE = f"{_SYSTEMD}.Unit", f"{_SYSTEMD}.Service"
_LOAD, _ACTIVE, _SUB = (_UNIT, "LoadState"), (_UNIT, "ActiveState"), (_UNIT, "SubState")
_RESTARTS = (_SERVICE, "NRestarts")
_NO_UNIT = {"org.freedesktop.DBus.Error.UnknownObject", f"{_SYSTEMD}.NoSuchUnit"}
_ABSENT = {"org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner"}
_SUFFIXES = ("service", "socket", "timer", "mount", "automount", "path", "target", "device", "swap", "slice", "scope")
# It runs, and does as it is told at the moment.
_AS_ACTIVE = {"reloading", "refreshing"}

RESTARTS_METRIC = Metric(
    "check.service.restarts",
    Unit.COUNT,
    MetricKind.GAUGE,
    "How often systemd restarted the service by itself since it was last started",
    ("check",),
)
METRICS = (RESTARTS_METRIC,)

UNIT_STATE = Reason(
    "unit_state",
    Verdict.FAILING,
    "The unit is in another state: systemd's LoadState, ActiveState and SubState",
    ("unit", "load", "active", "sub"),
)
UNIT_MISSING = Reason("unit_missing", Verdict.FAILING, "systemd knows no such unit", ("unit",))
SYSTEMD_SILENT = Reason(
    "systemd_silent",
    Verdict.UNKNOWN,
    "systemd could not be asked; `why` is address, absent, denied, timeout, closed, protocol or the error's name",
    ("why",),
)
REASONS = (UNIT_STATE, UNIT_MISSING, SYSTEMD_SILENT)

State = Literal["active", "inactive", "failed", "activating", "deactivating", "maintenance"]


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which unit, and how it is to be."""

    unit: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=255,
            pattern=r"\A[A-Za-z0-9:_.\\@-]+\Z",
            description="Name of a unit; without an ending it is a service",
        ),
    ]
    active: Annotated[
        tuple[State, ...],
        Meta(min_length=1, max_length=6, description="States that are well; reloading counts as active"),
    ] = ("active",)
    sub: Annotated[
        Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\A[a-z0-9-]+\Z")] | None,
        Meta(description="The finer state it must be in as well, such as running, exited or listening"),
    ] = None


def run(config: Config, visit: Visit) -> Observation:
    unit = unit_name(config.unit)
    try:
        told = get_properties(visit, _SYSTEMD, unit_path(unit), (_LOAD, _ACTIVE, _SUB, _RESTARTS))
    except BusTrouble as trouble:
        end(SYSTEMD_SILENT, why=str(trouble))
    restarts = told[_RESTARTS]
    if isinstance(restarts, int):
        visit.measured[RESTARTS_METRIC.name] = restarts
    load, active, sub = (_state(told[key], unit) for key in (_LOAD, _ACTIVE, _SUB))
    if load == "not-found":
        end(UNIT_MISSING, unit=unit)
    held = "active" if active in _AS_ACTIVE else active
    if held not in config.active or config.sub not in (None, sub):
        end(UNIT_STATE, unit=unit, load=load, active=active, sub=sub)
    return observed(OK)


def unit_name(text: str) -> str:
    """As systemd names it in full."""
    return text if text.rpartition(".")[2] in _SUFFIXES and "." in text else f"{text}.service"


def unit_path(unit: str) -> str:
    """Where systemd shows it on the bus: everything but letters and digits, and a leading digit, as `_` and its number."""
    return f"/org/freedesktop/systemd1/unit/{''.join(_escaped(at, byte) for at, byte in enumerate(unit.encode()))}"


def _escaped(at: int, byte: int) -> str:
    letter = chr(byte)
    plain = letter.isascii() and letter.isalnum() and not (at == 0 and letter.isdigit())
    return letter if plain else f"_{byte:02x}"


def _state(value: Value | BusError, unit: str) -> str:
    if not isinstance(value, BusError):
        return str(value)
    if value.name in _NO_UNIT:
        end(UNIT_MISSING, unit=unit)
    raise Ended(SYSTEMD_SILENT, why="absent" if value.name in _ABSENT else value.name or "protocol")
