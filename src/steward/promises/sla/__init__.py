# SPDX-License-Identifier: Apache-2.0
"""The clock of a promise: calendars, targets per priority, how much of a target is used, when it is due, whether it broke.

Decides what counts and why (docs/explanation/sla-clock.md). Does not decide to whom a policy applies (`promises.agreements`), nor what
is done when a threshold is reached (whoever owes it: `desk.tickets`)."""
