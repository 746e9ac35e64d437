# SPDX-License-Identifier: Apache-2.0
"""The rooms that are Django apps, floor by floor, each floor lowest first: the same order as the import contracts."""

ROOMS: tuple[str, ...] = (
    "steward.core.tenancy",
    "steward.core.audit",
    "steward.core.identity",
    "steward.core.access",
    "steward.core.records",
    "steward.core.events",
    "steward.core.jobs",
    "steward.core.files",
    "steward.core.search",
    "steward.core.telemetry",
    "steward.core.notify",
    "steward.core.approvals",
    "steward.core.operations",
    "steward.core.rest",
    "steward.core.ui",
    "steward.estate.clients",
    "steward.estate.assets",
    "steward.estate.agents",
    "steward.promises.sla",
    "steward.promises.agreements",
    "steward.desk.oncall",
    "steward.web",
)
