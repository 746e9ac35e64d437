# SPDX-License-Identifier: Apache-2.0
"""Changes of an inventory in the reader's language."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.estate.agents.models import InventoryChange

SECTION_WORDS: dict[str, Any] = {
    "hardware": gettext_lazy("Hardware"),
    "system": gettext_lazy("System"),
    "packages": gettext_lazy("Packages"),
    "addresses": gettext_lazy("Addresses"),
}
CHANGE_WORDS: dict[str, Any] = {
    "added": gettext_lazy("Added"),
    "removed": gettext_lazy("Removed"),
    "changed": gettext_lazy("Changed"),
}
_WORDS: dict[str, Any] = {
    "added": gettext_lazy("%(what)s was added"),
    "removed": gettext_lazy("%(what)s was removed"),
    "changed": gettext_lazy("%(what)s changed"),
}
_PATHS: dict[str, Any] = {
    "kernel": gettext_lazy("The kernel"),
    "version": gettext_lazy("The version of the system"),
    "name": gettext_lazy("The name of the system"),
    "hostname": gettext_lazy("The host name"),
    "timezone": gettext_lazy("The time zone"),
    "memory_bytes": gettext_lazy("The memory"),
    "cores": gettext_lazy("The number of cores"),
    "threads": gettext_lazy("The number of threads"),
    "firmware": gettext_lazy("The firmware"),
    "fqdn": gettext_lazy("The full name"),
}


def change_words(change: InventoryChange) -> str:
    """One change in a sentence."""
    if change.section == "system" and change.path == "boot":
        return _("The machine was restarted")
    if change.path == "more":
        return _("%(count)s further changes") % {"count": change.after}
    return str(_WORDS[change.kind]) % {"what": what(change)}


def what(change: InventoryChange) -> str:
    """What a change is about."""
    parts = change.path.split("/")
    if change.section == "hardware" and parts[0] == "disk" and len(parts) == 3:
        return _("The disk %(name)s") % {"name": parts[1]}
    if change.section == "addresses" and parts[0] == "address" and len(parts) >= 3:
        return _("The address %(address)s on %(nic)s") % {"address": "/".join(parts[2:]), "nic": parts[1]}
    if change.section == "addresses" and parts[0] == "interface":
        return _("The interface %(name)s") % {"name": parts[-1]}
    return str(_PATHS.get(change.path, change.path)) if change.section != "packages" else change.path
