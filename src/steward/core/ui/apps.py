# SPDX-License-Identifier: Apache-2.0
from steward.core.tenancy.rooms import RoomConfig
from steward.core.ui.words.pseudo import offer_pseudo_locale


class UiConfig(RoomConfig):
    name = "steward.core.ui"

    def ready(self) -> None:
        super().ready()
        offer_pseudo_locale()
