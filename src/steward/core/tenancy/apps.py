# SPDX-License-Identifier: Apache-2.0
from django.db.backends.signals import connection_created

from steward.core.tenancy.guard import install_guard
from steward.core.tenancy.rooms import RoomConfig


class TenancyConfig(RoomConfig):
    name = "steward.core.tenancy"

    def ready(self) -> None:
        super().ready()
        connection_created.connect(install_guard, dispatch_uid="steward.tenancy.guard")
