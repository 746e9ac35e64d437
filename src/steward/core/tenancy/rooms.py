# SPDX-License-Identifier: Apache-2.0
"""What makes a Django app a room: the files that are found by their names."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import module_has_submodule

FOUND_BY_NAME = (
    "permissions",
    "records",
    "listeners",
    "tasks",
    "search",
    "commands",
    "panels",
    "notices",
    "timeline",
    "webhooks",
)


class RoomConfig(AppConfig):
    """A room: imports the modules of `FOUND_BY_NAME` that it has, once all models are there."""

    default = False
    default_auto_field = "django.db.models.BigAutoField"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # Django takes the one class in apps.py that says so; the imported base would make the choice ambiguous.
        cls.default = True

    def ready(self) -> None:
        for name in FOUND_BY_NAME:
            if module_has_submodule(self.module, name):
                import_module(f"{self.name}.{name}")
