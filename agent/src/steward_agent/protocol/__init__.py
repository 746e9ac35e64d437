# SPDX-License-Identifier: Apache-2.0
"""What agent and server say to each other, version by version.

Every decoder takes bytes from an untrusted peer, is bounded in size, count and depth, and raises `ProtocolError` and
nothing else. Version N and N-1 are understood (`versions.UNDERSTOOD`).

| module | message |
|---|---|
| `signing` | the four headers of every request, and their verification |
| `series` | `POST /v1/register` |
| `samples` | `POST /v1/samples` |
| `inventory` | `POST /v1/inventory` |
| `policy` | `GET /v1/policy` |
| `results` | `POST /v1/results` |
| `enrolment` | `POST /api/v1/agent/enroll`, `GET /api/v1/agent/status` |
| `refusals` | the body of every answer that is not a success |
"""
