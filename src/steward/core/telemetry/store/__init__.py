# SPDX-License-Identifier: Apache-2.0
"""The telemetry store: ClickHouse's HTTP protocol on loopback, over the engine embedded in this one process.

It decides who may read what (a password; for scoped reads the clients), how much may run at once, and that an insert
never waits for a query. What the tables hold is decided one room up, in `steward.core.telemetry`. It imports no Django
and nothing of Steward but the settings.
"""
