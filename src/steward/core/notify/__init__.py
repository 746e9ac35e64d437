# SPDX-License-Identifier: Apache-2.0
"""Telling people: what was said to whom, in their language, by mail, in the console or by an outside channel, and what became
of it.

Decides that nothing is dropped in silence: every message has a row for each way and each attempt. Sends at least once,
and a mail that is sent again has the same Message-ID. Does not decide whom to tell: rosters and rules do, above."""
