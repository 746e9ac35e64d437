# SPDX-License-Identifier: Apache-2.0
"""Asking others over the network at addresses that somebody typed into a page: where a connection may lead, and how much an
answer may cost.

Decides that nothing within the operator's own network is reached unless the operator listed it. Does not decide what is
asked, nor what the answer means."""
