# SPDX-License-Identifier: Apache-2.0
"""What the machine's owner sets in a TOML file; everything has a default, so that no file is needed.

log_level = "info"
[spool]
max_bytes = 134217728
[collectors.filesystems]
tmpfs = true
[checks]
forbidden = ["http"]
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from steward_agent.checks.registry import capabilities, checks
from steward_agent.collectors.registry import collectors
from steward_agent.errors import AgentError
from steward_agent.spool import DEFAULT_MAX_BYTES

DEFAULT_CONFIG = Path("/etc/steward-agent/agent.toml")


class SpoolConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`max_bytes` bounds the spool on the disk: 128 MB hold more than 7 days of 60 series every 10 s."""

    max_bytes: Annotated[int, Meta(ge=1024 * 1024)] = DEFAULT_MAX_BYTES


class ChecksConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the server may have this machine look at.

    `enabled` whether anything, `forbidden` slugs of checks, `refuse` networks that none may connect to: by default where
    clouds give their machines credentials.
    """

    enabled: bool = True
    forbidden: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ("169.254.169.254/32", "fd00:ec2::254/128")

    def __post_init__(self) -> None:
        for slug in self.forbidden:
            if slug not in checks():
                raise ValueError(f"forbidden: there is no check {slug} (there are {', '.join(checks())})")
        self.networks()

    def networks(self) -> list[IPv4Network | IPv6Network]:
        """`refuse`, read."""
        return [ip_network(text) for text in self.refuse]

    def allows(self, address: IPv4Address | IPv6Address) -> bool:
        """Whether checks may connect to `address`."""
        return not any(address in network for network in self.networks() if network.version == address.version)

    def announced(self) -> dict[str, int]:
        """The checks this machine runs, and the version of each."""
        return {slug: version for slug, version in capabilities().items() if slug not in self.not_run()}

    def not_run(self) -> frozenset[str]:
        return frozenset(self.forbidden if self.enabled else checks())


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    spool: SpoolConfig = SpoolConfig()
    collectors: dict[str, dict[str, Any]] = {}
    checks: ChecksConfig = ChecksConfig()


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """Read and checked; `collectors` has the `Config` of every collector by slug."""

    log_level: str = "info"
    spool: SpoolConfig = field(default_factory=SpoolConfig)
    collectors: Mapping[str, Any] = field(default_factory=lambda: _collector_configs({}))
    checks: ChecksConfig = field(default_factory=ChecksConfig)


def read_config(path: Path | None) -> AgentConfig:
    """What `path` says; without one, the default file if it is there.

    Raises:
        AgentError: naming the file, the field and the remedy.
    """
    chosen = path or DEFAULT_CONFIG
    try:
        raw = tomllib.loads(chosen.read_text("utf-8"))
        settings = msgspec.convert(raw, _File)
        return AgentConfig(settings.log_level, settings.spool, _collector_configs(settings.collectors), settings.checks)
    except FileNotFoundError:
        if path is not None:
            raise AgentError(f"there is no {path}", "name a file that is there with --config") from None
        return AgentConfig()
    except OSError as error:
        raise AgentError(f"can't read {chosen} ({error.strerror})", "mend its permissions") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise AgentError(f"{chosen}: {error}", "mend the file, or remove it for the defaults") from None


def _collector_configs(given: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    known = collectors()
    for slug in given:
        if slug not in known:
            raise msgspec.ValidationError(
                f"collectors.{slug}: there is no such collector (there are {', '.join(known)})"
            )
    return {slug: _converted(slug, given.get(slug, {}), collector.config_type) for slug, collector in known.items()}


def _converted(slug: str, given: dict[str, Any], config_type: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        return msgspec.convert(given, config_type)
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(f"collectors.{slug}: {error}") from None
