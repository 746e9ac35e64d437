# SPDX-License-Identifier: Apache-2.0
"""The statements of `queries.sql`."""

from steward.core.records.public import Statements

statements = Statements(__package__)
