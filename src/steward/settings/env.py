# SPDX-License-Identifier: Apache-2.0
"""The one typed class of settings that come from the environment. What an operator changes while Steward runs lives in the
database instead, with an audit row."""

import hashlib
import ipaddress
import re
import tempfile
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parents[3]
# Addresses that carry a password or are themselves a secret: never in a text that is shown or logged.
SECRET_SETTINGS: Final = (
    "database_url",
    "database_owner_url",
    "database_admin_url",
    "telemetry_url",
    "smtp_url",
    "audit_anchor",
    "files_key_secret",
    "heartbeat_url",
)
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BUCKET: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*/?")
SOCKET_PATH_MAX = 90  # a unix socket's address holds 107 bytes; PostgreSQL appends "/.s.PGSQL.5432"


class Settings(BaseSettings):
    """Settings from `STEWARD_*` environment variables.

    Raises `pydantic.ValidationError`, whose text names the variable, when a value can't be taken.
    """

    model_config = SettingsConfigDict(env_prefix="STEWARD_", extra="ignore", hide_input_in_errors=True)

    data_dir: Path = Field(default=CHECKOUT / "var", description="Where everything that must be kept lies.")
    bind: str = Field(
        default="127.0.0.1", description="Address to listen on. Beyond loopback TLS or a trusted proxy is needed."
    )
    port: int = Field(
        default=8080,
        ge=1,
        le=65533,
        description="Port of the pages; live events use the next one, the gateway the one after.",
    )
    url: str = Field(
        default="", description="Public base address of the pages, for links, passkeys and cross-site checks."
    )
    live_url: str = Field(default="", description="Public address of the live events, when a proxy gives them another.")
    gateway_url: str = Field(default="", description="Public address of the gateway, when a proxy gives it another.")
    database_url: str | None = Field(
        default=None, repr=False, description="A PostgreSQL server in place of the embedded one."
    )
    database_owner_url: str | None = Field(
        default=None, repr=False, description="The same server, signed in as the owner of the tables, for migrations."
    )
    database_admin_url: str | None = Field(
        default=None,
        repr=False,
        description="The same server, signed in as a superuser, to make roles and while tables are migrated.",
    )
    database_name: str = Field(default="steward", description="Name of the database in the embedded PostgreSQL.")
    telemetry_url: str | None = Field(
        default=None, repr=False, description="A ClickHouse server in place of the embedded store."
    )
    database_role: Literal["app", "owner"] = Field(
        default="app", description="Which database role this process signs in as; set by the commands themselves."
    )
    tls_cert: Path | None = Field(default=None, description="Certificate chain in PEM, to listen beyond loopback.")
    tls_key: Path | None = Field(default=None, description="Private key in PEM of that certificate.")
    trusted_proxies: list[str] = Field(
        default_factory=list, description="Addresses of proxies whose X-Forwarded headers are believed."
    )
    smtp_url: str | None = Field(
        default=None,
        repr=False,
        description="Mail server: smtp://user:password@host:port, smtps:// or smtp+starttls://.",
    )
    mail_from: str = Field(default="steward@localhost", description="Sender of mail when a client has none of its own.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="How much is logged.")
    debug: bool = Field(default=False, description="Django's debug mode, for development only.")
    audit_anchor: str = Field(
        default="",
        repr=False,
        description="Where the daily audit anchor goes: file:///path, mailto:address or https://hook.",
    )
    heartbeat_url: str = Field(
        default="",
        repr=False,
        description="Address at an outside watcher, asked for every minute while pages go their way: https://host/key.",
    )
    outward_allow: list[str] = Field(
        default_factory=list,
        description="Networks of your own that web hooks, channels and sign-in providers may reach besides the public "
        'internet, such as ["10.1.2.0/24"].',
    )
    files_url: str = Field(
        default="",
        description="Bucket that keeps the contents of files: s3://bucket/prefix. Empty: the data directory.",
    )
    files_endpoint: str = Field(
        default="",
        description="Address of a provider other than AWS that speaks S3: https://host, or http on loopback.",
    )
    files_region: str = Field(default="us-east-1", description="Region of the bucket.")
    files_key_id: str = Field(default="", description="Id of the access key of the bucket.")
    files_key_secret: str = Field(
        default="", repr=False, validate_default=True, description="The secret half of that access key."
    )

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database_url", "database_owner_url", "database_admin_url", "telemetry_url")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        """Refuse here what libraries would refuse later in a text that quotes half of the password."""
        try:
            readable = value is None or (urlsplit(value).port != 0 and not _BAD_ESCAPE.search(value))
        except ValueError:
            readable = False
        if not readable:
            raise ValueError(
                "write scheme://user:password@host:port/name, with /, #, ?, %, [ in the password escaped as %2F …"
            )
        return value

    @field_validator("outward_allow")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        try:
            return [str(ipaddress.ip_network(each.strip())) for each in value]
        except ValueError:
            raise ValueError('write networks or addresses, such as ["10.1.2.0/24", "fd00:1::5"]') from None

    @field_validator("heartbeat_url")
    @classmethod
    def _watcher(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("write https://host/key, the address that the watcher gave you")
        return value

    @field_validator("files_url")
    @classmethod
    def _bucket(cls, value: str) -> str:
        if value and not _BUCKET.fullmatch(value):
            raise ValueError("write s3://bucket or s3://bucket/prefix; the key has variables of its own")
        return value.rstrip("/")

    @field_validator("files_endpoint")
    @classmethod
    def _provider(cls, value: str) -> str:
        if value and not _is_provider(value):
            raise ValueError("write https://host or https://host:port; http:// is taken for this machine itself alone")
        return value.rstrip("/")

    @field_validator("files_key_secret")
    @classmethod
    def _whole_key(cls, value: str, others: ValidationInfo) -> str:
        if others.data.get("files_url") and not (value and others.data.get("files_key_id")):
            raise ValueError("a bucket (STEWARD_FILES_URL) needs STEWARD_FILES_KEY_ID and STEWARD_FILES_KEY_SECRET")
        return value

    @cached_property
    def base_url(self) -> str:
        """The public base address without a trailing slash."""
        return (self.url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def live_port(self) -> int:
        """Port of the process that serves server-sent events."""
        return self.port + 1

    @property
    def gateway_port(self) -> int:
        """Port of the process that takes telemetry in."""
        return self.port + 2

    @cached_property
    def live_base_url(self) -> str:
        """Where a browser finds the live events; they share the pages' host and differ in the port unless a proxy joins them."""
        return (self.live_url or _with_port(self.base_url, self.live_port)).rstrip("/")

    @cached_property
    def gateway_base_url(self) -> str:
        """Where an agent finds the gateway."""
        return (self.gateway_url or _with_port(self.base_url, self.gateway_port)).rstrip("/")

    @property
    def secrets_dir(self) -> Path:
        """Directory (0700) of the secrets this installation made for itself."""
        return self.data_dir / "secrets"

    @property
    def files_dir(self) -> Path:
        """Directory of stored files, content-addressed."""
        return self.data_dir / "files"

    @property
    def logs_dir(self) -> Path:
        """Directory of the processes' logs."""
        return self.data_dir / "logs"

    @cached_property
    def runtime_dir(self) -> Path:
        """Directory of sockets and port files; elsewhere than the data when that path is too long for a socket."""
        own = self.data_dir / "run"
        if len(str(own)) <= SOCKET_PATH_MAX - len("/pg"):
            return own
        mark = hashlib.sha256(str(self.data_dir).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"steward-{mark}"


def is_loopback(address: str) -> bool:
    """True for an address that only this machine reaches."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _is_provider(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        well = bool(host) and parts.port != 0 and "@" not in parts.netloc and not (parts.query or parts.fragment)
    except ValueError:
        return False
    return well and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def _with_port(base: str, port: int) -> str:
    scheme, _, rest = base.partition("://")
    host = rest.split("/", 1)[0]
    name = host[: host.index("]") + 1] if host.startswith("[") else host.split(":", 1)[0]
    return f"{scheme}://{name}:{port}"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
