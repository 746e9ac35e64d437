# SPDX-License-Identifier: Apache-2.0
from steward.core.tenancy.rooms import RoomConfig


class AgreementsConfig(RoomConfig):
    name = "steward.promises.agreements"
