# SPDX-License-Identifier: Apache-2.0
"""The machine a check looks from, as far as its owner lets a look go: which paths it may not touch, which programs it may run."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Plugins:
    """Folders (absolute) whose plugins may be run, and where `names` has some, only those of them. By default none."""

    directories: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repository:
    """Where backups lie, and how their tool (restic, borg) gets in: all of it stays on the machine.

    `program` and `password_file` are absolute paths; `environment` is what the tool wants besides.
    """

    tool: str
    repository: str
    program: str
    password_file: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Machine:
    """By default everything that the agent's user may see may be looked at, and nothing be run.

    `refused_paths` are absolute; neither they nor what lies under them is looked at, by whatever name.
    `backups` are the repositories that a check may ask about, by their name.
    """

    refused_paths: tuple[str, ...] = ()
    plugins: Plugins = field(default_factory=Plugins)
    backups: Mapping[str, Repository] = field(default_factory=dict)

    def sees(self, path: str) -> bool:
        """Whether checks may look at `path` (absolute), as it is written and where its links lead."""
        if not self.refused_paths:
            return True
        refused = {os.path.normpath(each) for each in self.refused_paths}
        refused |= {os.path.realpath(each) for each in self.refused_paths}
        return not any(_within(each, refused) for each in (os.path.normpath(path), os.path.realpath(path)))


def _within(path: str, refused: set[str]) -> bool:
    return any(path == each or path.startswith(each.rstrip("/") + "/") for each in refused)
