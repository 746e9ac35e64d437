# SPDX-License-Identifier: Apache-2.0
"""NOTICE: whose work Steward stands on, and under which licence, read from the installed packages."""

import json
import re
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

HEAD = """Steward
Copyright the Steward authors

Licensed under the Apache License, Version 2.0 (see LICENSE). Steward is distributed with, or installs, the following works,
each under its own licence. Made by `steward reference`.
"""


def notice(checkout: Path) -> str:
    """The text of NOTICE, from the lock files of `checkout` and what is installed."""
    python = [
        f"{name} {version}: {_licence(name)}" for name, version in _pinned(checkout / "requirements" / "base.txt")
    ]
    node = json.loads((checkout / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    browser = [
        f"{path.rpartition('node_modules/')[2]} {each['version']}: {each.get('license', 'see its package')}"
        for path, each in sorted(node.items())
        if path and not each.get("dev")
    ]
    return (
        "\n".join([HEAD, "Python packages", *map(_item, python), "", "Front-end packages", *map(_item, browser)]) + "\n"
    )


def _pinned(lock: Path) -> list[tuple[str, str]]:
    return sorted(re.findall(r"^([a-z0-9._-]+)==([^\s\\]+)", lock.read_text(encoding="utf-8"), re.M | re.I))


def _licence(name: str) -> str:
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return "see its package"
    spoken = _said(about, "License-Expression")
    classified = [
        each.rpartition(" :: ")[2] for each in about.get_all("Classifier") or [] if each.startswith("License ::")
    ]
    short = _said(about, "License").strip().split("\n", 1)[0][:80]
    return spoken or ", ".join(classified) or short or "see its package"


def _said(about: PackageMetadata, field: str) -> str:
    return about[field] if field in about else ""  # noqa: SIM401  (the protocol of the metadata has no get)


def _item(text: str) -> str:
    return f"- {text}"
