# SPDX-License-Identifier: Apache-2.0
"""Persons and how they prove who they are: password, passkey, second factor, sessions.

Decides who somebody is. Does not decide what they may do: `core.access` does."""
