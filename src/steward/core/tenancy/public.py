# SPDX-License-Identifier: Apache-2.0
"""The door of tenancy."""

from steward.core.tenancy.models import (
    Client,
    ClientModel,
    ClientOrMspModel,
    ForeignClient,
    ScopedManager,
    UuidV7,
    client_models,
)
from steward.core.tenancy.operations import CompositeForeignKey, EnableRLS, RunSQLFile
from steward.core.tenancy.rooms import RoomConfig
from steward.core.tenancy.scope import (
    ALL,
    Actor,
    NoScope,
    OutsideTransaction,
    Scope,
    current_scope,
    current_scope_or_none,
    scoped,
    system_scope,
)

__all__ = [
    "ALL",
    "Actor",
    "Client",
    "ClientModel",
    "ClientOrMspModel",
    "CompositeForeignKey",
    "EnableRLS",
    "ForeignClient",
    "NoScope",
    "OutsideTransaction",
    "RoomConfig",
    "RunSQLFile",
    "Scope",
    "ScopedManager",
    "UuidV7",
    "client_models",
    "current_scope",
    "current_scope_or_none",
    "scoped",
    "system_scope",
]
