# SPDX-License-Identifier: Apache-2.0
"""Telling other systems what happened: each subscribed event as one signed message (Standard Webhooks), tried for days, with a
log of every try.

Decides the form of a message, when it is tried again, and when an endpoint that never answers is switched off. Sends at least
once and in no promised order; a message that is sent again keeps its id. Does not decide what an event tells: each room says
so in its `webhooks.py`."""
