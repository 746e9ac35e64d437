# SPDX-License-Identifier: Apache-2.0
"""The process that takes telemetry in: raw asyncio, no blocking call on its loop, no Python per sample.

Decides whether a request is an agent's own, whether its samples are that agent's to write, and when they are safe enough to
acknowledge. Does not decide who is an agent (`actions` does) nor what the samples mean.

| module | noun |
|---|---|
| `http`, `connection`, `answers` | bytes in and out, bounded in size and time |
| `identities` | every agent's key and state, in memory |
| `batches` | columns in, one block out: pure |
| `series`, `owners`, `registrations` | which id is which series, and whose |
| `marks` | which batches are durable |
| `flush` | the one way from memory into the store |
| `limits`, `heartbeat`, `inventories` | shares, last seen, what a machine is made of |
"""
