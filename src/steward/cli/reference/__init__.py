# SPDX-License-Identifier: Apache-2.0
"""The reference pages of the docs, made from the code: settings, commands, permissions, events, jobs, routes, metrics,
checks.

A test compares them with what is committed, so none can be forgotten or go stale."""
