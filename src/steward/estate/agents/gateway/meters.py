# SPDX-License-Identifier: Apache-2.0
"""What the gateway counts of itself, for `/metrics`."""

from collections import Counter
from dataclasses import dataclass, field

from steward_agent.protocol.refusals import Refusal

from steward.estate.agents.gateway.batches import Judged


@dataclass(slots=True)
class Meters:
    """Since the start of the process. `newest_ms` is the newest sample stored, unix ms."""

    samples: int = 0
    flushes: int = 0
    repeated: int = 0
    newest_ms: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)

    def refuse(self, code: Refusal, count: int = 1) -> None:
        """Count refused requests."""
        self.refused[code.value] += count

    def stored(self, judged: Judged) -> None:
        """Count what a flush came to."""
        self.flushes += 1
        self.samples += judged.rows
        self.newest_ms = max(self.newest_ms, judged.newest_ms)
        for aside in judged.set_aside.values():
            self.set_aside.update(aside.counts)
        self.refused[Refusal.UNKNOWN_SERIES.value] += len(judged.unknown)
        self.refused[Refusal.MALFORMED.value] += len(judged.malformed)

    def text(self, *, now_ms: int, connections: int, waiting_bytes: int, agents: int) -> str:
        """In the text format of Prometheus."""
        lag = (now_ms - self.newest_ms) / 1000 if self.newest_ms else float("nan")
        lines = [
            _metric("steward_gateway_samples_total", "counter", "Samples stored.", [("", self.samples)]),
            _metric("steward_gateway_flushes_total", "counter", "Blocks given to the store.", [("", self.flushes)]),
            _metric(
                "steward_gateway_repeated_batches_total",
                "counter",
                "Batches that were durable already.",
                [("", self.repeated)],
            ),
            _metric(
                "steward_gateway_refused_total", "counter", "Requests refused, by code.", _by("code", self.refused)
            ),
            _metric(
                "steward_gateway_set_aside_total",
                "counter",
                "Samples not stored, by reason.",
                _by("reason", self.set_aside),
            ),
            _metric("steward_gateway_ingest_lag_seconds", "gauge", "Age of the newest sample stored.", [("", lag)]),
            _metric("steward_gateway_connections", "gauge", "Open connections.", [("", connections)]),
            _metric(
                "steward_gateway_waiting_bytes",
                "gauge",
                "Memory held for requests not answered yet.",
                [("", waiting_bytes)],
            ),
            _metric("steward_gateway_agents", "gauge", "Agents known.", [("", agents)]),
        ]
        return "".join(lines)


def _by(label: str, counts: Counter[str]) -> list[tuple[str, float]]:
    return [(f'{{{label}="{name}"}}', count) for name, count in sorted(counts.items()) if count]


def _metric(name: str, kind: str, words: str, values: list[tuple[str, float]]) -> str:
    body = "".join(f"{name}{labels} {value}\n" for labels, value in values)
    return f"# HELP {name} {words}\n# TYPE {name} {kind}\n{body}"
