# SPDX-License-Identifier: Apache-2.0
"""The embedded ledger: one PostgreSQL cluster under the data directory, its roles and its databases.

It decides where the cluster lies, which system account owns it, how it starts, stops and recovers, and which roles
exist. It does not decide what is inside a database beyond privileges: that is the migrations' part.
"""

from steward.settings.ledger.binaries import LedgerError, postgres_version, shipped_programs
from steward.settings.ledger.cluster import Cluster, Role, ensure_cluster, find_cluster
from steward.settings.ledger.process import (
    exec_postgres,
    is_running,
    running_cluster,
    start,
    stop,
    wait_until_ready,
)
from steward.settings.ledger.roles import Ledger, bootstrap, create_database, migrating, prepare_database
from steward.settings.ledger.server import Server, find_server

__all__ = [
    "Cluster",
    "Ledger",
    "LedgerError",
    "Role",
    "Server",
    "bootstrap",
    "create_database",
    "ensure_cluster",
    "exec_postgres",
    "find_cluster",
    "find_server",
    "is_running",
    "migrating",
    "postgres_version",
    "prepare_database",
    "running_cluster",
    "shipped_programs",
    "start",
    "stop",
    "wait_until_ready",
]
