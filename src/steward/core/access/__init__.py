# SPDX-License-Identifier: Apache-2.0
"""What a person may do, and for which clients: roles, permissions, limits, personal tokens, the form of every write.

Decides who may. Does not decide who somebody is (`core.identity`) nor what a client's row shows (`core.tenancy`)."""
