# SPDX-License-Identifier: Apache-2.0
"""Asking somebody else before something is done: a question about a record, who may answer it, how many have to.

Decides that nobody approves what they asked for themselves, that nobody answers twice, and that silence is not consent.
Does not do what was approved: the room that asked listens for the answer."""
