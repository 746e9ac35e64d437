# SPDX-License-Identifier: Apache-2.0
"""A small program of its own that hands one message to an outside service: its libraries take 45 MB, which no other process
should carry, and a service that hangs is ended with it. Takes JSON on standard input, since arguments are seen by all.

    {"url": …, "title": …, "body": …, "allow": […]}  →  {"outcome": "sent" | "later" | "refused", "text": …}
    {"url": …}                                       →  the same, without sending: whether the address makes sense

`allow` are the operator's own networks; whatever a service's library does, it connects to those and to public addresses alone.
Who was refused stands in the answer as `inner`."""

import ipaddress
import json
import logging
import sys
from typing import Any

import apprise
from apprise.attachment.file import AttachFile
from apprise.common import ContentLocation
from steward_agent.checks.reach import reaching, read_networks

# What would act on this very machine instead of telling somebody.
NOT_OUTSIDE = frozenset({"dbus", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows", "console", "schan"})


_refused: list[str] = []


def keep_out(allow: list[str]) -> None:
    """From here on no socket of this process connects inwards. What Python itself reports can't be avoided by a library, and is
    the address that is connected to, not the name that led there."""
    allows = reaching(read_networks(allow), public=True)

    def veto(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            return
        target = arguments[1]
        host = str(target[0]) if isinstance(target, tuple) else str(target)
        try:
            allowed = allows(ipaddress.ip_address(host.partition("%")[0]))
        except ValueError:
            # A name would be resolved a second time, unseen; a path is a socket of this machine.
            allowed = False
        if not allowed:
            _refused.append(host[:64])
            raise PermissionError(f"{host[:64]} may not be asked")

    sys.addaudithook(veto)


def keep_files_shut() -> None:
    """From here on no service reads a file of this machine: an address may name one as the template of what is sent
    (`discord://…?template=/…`), and addresses of their own are given by everybody."""
    AttachFile.location = ContentLocation.INACCESSIBLE


def answer(request: dict[str, Any]) -> dict[str, str]:
    """Send, or look at the address only."""
    scheme = request["url"].partition(":")[0].lower()
    service = None if scheme in NOT_OUTSIDE else apprise.Apprise.instantiate(request["url"], suppress_exceptions=True)
    if service is None:
        return {"outcome": "refused", "text": "this is no address of a service that can be told"}
    if "body" not in request:
        return {"outcome": "sent", "text": scheme}
    with apprise.LogCapture(level=logging.WARNING) as said:  # type: ignore[no-untyped-call]  # half typed
        sent = service.notify(body=request["body"], title=request["title"], body_format=apprise.NotifyFormat.TEXT)
        # Its words may hold the address; only what stands before the first colon is passed on.
        heads = [line.partition(":")[0] for line in said.getvalue().splitlines()]
    if sent:
        return {"outcome": "sent", "text": f"{scheme} took it"}
    if _refused:
        return {"outcome": "later", "text": "", "inner": _refused[0]}
    return {"outcome": "later", "text": "; ".join(heads) or f"{scheme} did not take it"}


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    keep_out(asked.get("allow", []))
    keep_files_shut()
    json.dump(answer(asked), sys.stdout)
