# SPDX-License-Identifier: Apache-2.0
"""What a client is told about a month: how available, how soon helped, what was noticed, how it went on.

Decides which figures there are and how each is counted, keeps with each the rows that it was counted from, and freezes all of it
when a report is issued. Does not measure (`core.telemetry`), judge a clock (`promises.sla`) nor decide what was promised
(`promises.agreements`): it counts what other rooms keep."""
