# SPDX-License-Identifier: Apache-2.0
"""Backups of Steward itself, and coming back from them: the ledger, the telemetry, the files, and the keys apart.

Decides what belongs to one backup and at which instant it holds, how it is cut, sealed and stored, how long it is kept,
and that a restore is checked piece by piece. Does not decide when a process may be stopped, nor what the data mean;
backups of clients' machines are another room's."""
