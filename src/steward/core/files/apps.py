# SPDX-License-Identifier: Apache-2.0
from steward.core.tenancy.rooms import RoomConfig


class FilesConfig(RoomConfig):
    name = "steward.core.files"
