# SPDX-License-Identifier: Apache-2.0
"""Addresses of the web, as far as a check may follow them: http and https, a host that is one, nothing hidden inside."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, urljoin, urlsplit

MAX_URL = 2048
# Underscores are no host names, but resolvers and people use them.
HOST = r"(?=.{1,253}\Z)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(HOST)
_VISIBLE = re.compile(r"[!-~]+")
_LEFT_AS_IS = "%/:=&?~#+!$,;'@()*[]-._|"
_PORTS = {"http": 80, "https": 443}


class BadTarget(ValueError):
    """Not an address a check may go to; the message is a code: scheme, host, port, user, form."""


@dataclass(frozen=True, slots=True)
class Target:
    """`host` without brackets, `path` with its query; the fragment is gone, since it never travels."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host_header}{self.path}"


def read_target(text: str) -> Target:
    """The target `text` names.

    Raises:
        BadTarget
    """
    if len(text) > MAX_URL or not _VISIBLE.fullmatch(text):
        raise BadTarget("form")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise BadTarget("port" if text.count(":") > 1 else "form") from None
    if parts.scheme not in _PORTS:
        raise BadTarget("scheme")
    if "@" in parts.netloc:
        raise BadTarget("user")
    if port == 0:
        raise BadTarget("port")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, read_host(parts.hostname or ""), port or _PORTS[parts.scheme], path)


def redirected(target: Target, location: str) -> Target:
    """Where `location`, as told by the answer of `target`, leads.

    Raises:
        BadTarget
    """
    try:
        # Many send their letters as they are; a browser encodes them, and so do we.
        return read_target(urljoin(target.url, quote(location.encode("latin-1", "replace"), safe=_LEFT_AS_IS)))
    except BadTarget:
        raise
    except ValueError:
        raise BadTarget("form") from None


def read_host(text: str) -> str:
    """A name or an address, IPv6 without brackets.

    Raises:
        BadTarget
    """
    if ":" in text:
        # A zone (`%eth0`) means something on one machine only.
        try:
            return str(IPv6Address("" if "%" in text else text))
        except ValueError:
            raise BadTarget("host") from None
    if not _HOST.fullmatch(text):
        raise BadTarget("host")
    return text
