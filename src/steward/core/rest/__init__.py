# SPDX-License-Identifier: Apache-2.0
"""How programs speak to Steward: `/api/v1`, its one error shape, paging, idempotency, limits, tokens, formats.

Decides the form of every endpoint. What an endpoint does is decided by the room that declares it in its `rest.py`."""
