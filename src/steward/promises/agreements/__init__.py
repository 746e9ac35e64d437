# SPDX-License-Identifier: Apache-2.0
"""What was promised to whom: contracts, the policy each names, the clauses that say it, and what they were when.

Decides which terms hold for a client at an instant. Does not decide how their clock runs (`promises.sla`), nor what is owed because of them
(whoever owes it: `desk.tickets`)."""
