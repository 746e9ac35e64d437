# SPDX-License-Identifier: Apache-2.0
"""Who did what, when: append-only rows under a hash chain, whose head leaves the machine once a day.

Decides that a row once written is never changed unseen. Does not decide what deserves a row: every room's actions do."""
