# SPDX-License-Identifier: Apache-2.0
"""Who may see which client's rows: the `Client` itself, the scope every piece of work runs in, and the rings that hold it.

Decides that nothing client-owned is read or written without a scope. Does not decide who gets which scope: `core.access` does."""
