# SPDX-License-Identifier: Apache-2.0
"""Telemetry: series and their samples, rolled up by the hour, read through named SQL in the scope of who asks.

This room decides what the tables hold, which samples count (each series and time once), how long they are kept, and at
which grain a chart reads them. It does not decide what a series means, or whether a value is good: that is for the rooms
above. The engine lives in a process of its own, `steward.core.telemetry.store`.
"""
