# SPDX-License-Identifier: Apache-2.0
"""A small program of its own that hands one message to an outside service: its libraries take 45 MB, which no other process
should carry, and a service that hangs is ended with it. Takes JSON on standard input, since arguments are seen by all.

    {"url": …, "title": …, "body": …}  →  {"outcome": "sent" | "later" | "refused", "text": …}
    {"url": …}                         →  the same, without sending: whether the address makes sense
"""

import json
import logging
import sys

import apprise

# What would act on this very machine instead of telling somebody.
NOT_OUTSIDE = frozenset({"dbus", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows", "console", "schan"})


def answer(request: dict[str, str]) -> dict[str, str]:
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
    return {"outcome": "later", "text": "; ".join(heads) or f"{scheme} did not take it"}


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
