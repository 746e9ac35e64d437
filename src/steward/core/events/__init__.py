# SPDX-License-Identifier: Apache-2.0
"""What happened, told upwards: a room says it once, and rooms above react without the sender knowing them.

Decides that an event is as durable as the change it tells of: it is written in the same transaction, one delivery for
each listener. Does not decide how a delivery is carried: `core.jobs` lends its carrier from above."""
