# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server elsewhere, which takes the place of the embedded cluster. Its programs and its backups are its own."""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from steward.settings.env import Settings
from steward.settings.ledger.binaries import LedgerError
from steward.settings.ledger.cluster import ROLE_NAMES, Role


@dataclass(frozen=True, slots=True)
class Server:
    """Its addresses, one per role. `admin` is a superuser's, wanted only while roles are made or tables are migrated."""

    urls: dict[Role, str] = field(repr=False)

    def dsn(self, *, role: Role = "app", database: str = "") -> str:
        """A libpq URL, password included: never log it. `database` replaces the one in the address."""
        parts = urlsplit(self.urls[role])
        return urlunsplit(parts._replace(path=f"/{quote(database)}")) if database else self.urls[role]

    def secrets(self, name: str) -> str:
        """The password of "db-app" or "db-owner"; that of "db-dump" is nobody's, for a server has backups of its own."""
        role = name.removeprefix("db-")
        for known, url in self.urls.items():
            if known == role:
                return unquote(urlsplit(url).password or "")
        return ""

    @property
    def database(self) -> str:
        """The database's name."""
        return unquote(urlsplit(self.urls["app"]).path.lstrip("/"))


def find_server(settings: Settings) -> Server | None:
    """The server that the settings name; None when the embedded cluster is in use.

    Raises LedgerError when an address lacks a password, or names another role than the one it is for.
    """
    if settings.database_url is None:
        return None
    given: dict[Role, str | None] = {
        "app": settings.database_url,
        "owner": settings.database_owner_url,
        "admin": settings.database_admin_url,
    }
    urls = {role: url for role, url in given.items() if url is not None}
    for role, url in urls.items():
        _check(role, urlsplit(url))
    return Server(urls)


def _check(role: Role, url: SplitResult) -> None:
    name = "STEWARD_DATABASE_URL" if role == "app" else f"STEWARD_DATABASE_{role.upper()}_URL"
    if role != "admin" and unquote(url.username or "") != ROLE_NAMES[role]:
        raise LedgerError(f"{name} must sign in as {ROLE_NAMES[role]}: row-level security is written for that role.")
    if not url.password or not url.path.lstrip("/"):
        raise LedgerError(f"{name} needs a password and a database: postgresql://{ROLE_NAMES[role]}:…@host/steward")
