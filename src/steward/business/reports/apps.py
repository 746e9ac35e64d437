# SPDX-License-Identifier: Apache-2.0
from steward.core.tenancy.rooms import RoomConfig


class ReportsConfig(RoomConfig):
    name = "steward.business.reports"
