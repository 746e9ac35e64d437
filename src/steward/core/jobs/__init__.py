# SPDX-License-Identifier: Apache-2.0
"""Work for later: jobs on the ledger itself, deferred in the transaction that asks for them.

Decides that a job runs at least once, that what it does to the database happens exactly once, that a killed worker's
jobs are picked up again, and that what fails for good stays visible. Does not decide what is worth repeating: a job
declares its back-off. Carries references and never secrets, since waiting jobs are readable without row-level security."""
