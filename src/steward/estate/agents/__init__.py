# SPDX-License-Identifier: Apache-2.0
"""Machines that report for themselves: how they become known, who they are, what they send.

Decides whose samples and inventories are taken, and keeps the history of what changed on a machine. Does not decide what an asset is
(`estate.assets` does), nor what a sample means."""
