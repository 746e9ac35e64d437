# SPDX-License-Identifier: Apache-2.0
"""What the machine's owner sets in a TOML file; everything has a default, so that no file is needed.

log_level = "info"
[spool]
max_bytes = 134217728
[collectors.filesystems]
tmpfs = true
[checks]
forbidden = ["http"]
[plugins]
directories = ["/usr/lib/nagios/plugins"]
names = ["check_load"]
[backups.nightly]
tool = "restic"
repository = "/srv/backup"
password_file = "/etc/steward-agent/restic.password"
"""

import ssl
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from steward_agent.checks.machine import Machine, Plugins, Repository
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
    clouds give their machines credentials. `ca_file` has certificate authorities (PEM) that checks trust beside the system's.
    `refuse_paths` are files and folders, with all that is under them, that none may look at.
    """

    enabled: bool = True
    forbidden: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ("169.254.169.254/32", "fd00:ec2::254/128")
    ca_file: str | None = None
    refuse_paths: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for slug in self.forbidden:
            if slug not in checks():
                raise ValueError(f"forbidden: there is no check {slug} (there are {', '.join(checks())})")
        for path in self.refuse_paths:
            if not path.startswith("/"):
                raise ValueError(f"refuse_paths: {path} does not begin with /")
        self.networks()
        if self.ca_file is not None:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(self.ca_file)
            except OSError as error:
                raise ValueError(f"ca_file: {self.ca_file} has no certificates to read ({error.strerror})") from None

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


class PluginsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which programs the check `plugin` may run: those in `directories`, and where `names` has some, only those of them."""

    directories: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for path in self.directories:
            if not path.startswith("/"):
                raise ValueError(f"directories: {path} does not begin with /")
        for name in self.names:
            if not name or "/" in name:
                raise ValueError(f"names: {name!r} is no file name; folders go into directories")
        if self.names and not self.directories:
            raise ValueError("names: say in directories where they lie")


class BackupConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A repository that the check `backup_age` may ask about; its password lies in a file of its own."""

    tool: Literal["restic", "borg"]
    repository: Annotated[str, Meta(min_length=1)]
    password_file: str | None = None
    program: str = ""
    environment: dict[Annotated[str, Meta(pattern=r"\A[A-Za-z_][A-Za-z0-9_]*\Z")], str] = {}

    def __post_init__(self) -> None:
        for field_name, path in (("password_file", self.password_file), ("program", self.program)):
            if path and not path.startswith("/"):
                raise ValueError(f"{field_name}: {path} does not begin with /")

    def declared(self) -> Repository:
        """As checks are given it."""
        program = self.program or f"/usr/bin/{self.tool}"
        return Repository(self.tool, self.repository, program, self.password_file, self.environment)


BackupName = Annotated[str, Meta(max_length=64, pattern=r"\A[A-Za-z0-9_-]+\Z")]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    spool: SpoolConfig = SpoolConfig()
    collectors: dict[str, dict[str, Any]] = {}
    checks: ChecksConfig = ChecksConfig()
    plugins: PluginsConfig = PluginsConfig()
    backups: dict[BackupName, BackupConfig] = {}


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """Read and checked; `collectors` has the `Config` of every collector by slug."""

    log_level: str = "info"
    spool: SpoolConfig = field(default_factory=SpoolConfig)
    collectors: Mapping[str, Any] = field(default_factory=lambda: _collector_configs({}))
    checks: ChecksConfig = field(default_factory=ChecksConfig)
    plugins: PluginsConfig = field(default_factory=PluginsConfig)
    backups: Mapping[str, BackupConfig] = field(default_factory=dict)

    def machine(self) -> Machine:
        """What checks may do on the machine itself."""
        return Machine(
            self.checks.refuse_paths,
            Plugins(self.plugins.directories, self.plugins.names),
            {name: each.declared() for name, each in self.backups.items()},
        )


def read_config(path: Path | None) -> AgentConfig:
    """What `path` says; without one, the default file if it is there.

    Raises:
        AgentError: naming the file, the field and the remedy.
    """
    chosen = path or DEFAULT_CONFIG
    try:
        raw = tomllib.loads(chosen.read_text("utf-8"))
        settings = msgspec.convert(raw, _File)
        return AgentConfig(
            settings.log_level,
            settings.spool,
            _collector_configs(settings.collectors),
            settings.checks,
            settings.plugins,
            settings.backups,
        )
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
