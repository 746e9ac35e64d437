# SPDX-License-Identifier: Apache-2.0
"""The ground every room stands on; knows no room above it. Lowest first: crypto, tenancy, audit, identity, access, records,
events, jobs, files, search, telemetry, notify, approvals, operations, rest, ui."""
