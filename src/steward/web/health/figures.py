# SPDX-License-Identifier: Apache-2.0
"""Figures for a monitoring system, counted in the database when they are asked for: right whichever process answers."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from steward import __version__
from steward.core.jobs.public import clock_lag_seconds, job_metrics, workers
from steward.core.notify.public import notification_delay_seconds
from steward.core.telemetry.public import TelemetryError, telemetry_status
from steward.estate.agents.public import agent_figures


class StewardFigures(Collector):
    """Everything an operator watches Steward by; a part that can't be asked is left out and said to be down."""

    def collect(self) -> Iterator[Metric]:
        """The metric families, in the order of their names."""
        yield _info()
        yield from _queues()
        yield from _agents()
        yield GaugeMetricFamily(
            "steward_notification_delay_seconds",
            "Age of the oldest notification that waits to be handed over; 0 when none waits",
            value=notification_delay_seconds(),
        )
        yield from _telemetry()


def exposition() -> bytes:
    """The figures in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StewardFigures())
    return generate_latest(registry)


def _queues() -> Iterator[Metric]:
    waiting = GaugeMetricFamily("steward_jobs", "Jobs by queue and state", labels=["queue", "state"])
    age = GaugeMetricFamily("steward_queue_age_seconds", "How long the oldest ready job waits", labels=["queue"])
    for each in job_metrics():
        for state in ("ready", "running", "scheduled", "dead", "stalled"):
            waiting.add_metric([each.queue, state], getattr(each, state))
        age.add_metric([each.queue], each.oldest_seconds)
    yield waiting
    yield age
    yield GaugeMetricFamily(
        "steward_evaluation_lag_seconds",
        "How late what is evaluated by the clock is; 0 while every tick is taken within its minute",
        value=clock_lag_seconds(),
    )
    alive = sum(each.alive for each in workers())
    yield GaugeMetricFamily("steward_workers", "Workers that gave a sign of life", value=alive)


def _agents() -> Iterator[Metric]:
    figures = agent_figures()
    states = GaugeMetricFamily("steward_agents", "Agents by state", labels=["state"])
    for state, count in figures.by_state.items():
        states.add_metric([state], count)
    yield states
    yield GaugeMetricFamily(
        "steward_ingest_lag_seconds",
        "Median age of the last word of agents heard in the last hour; 0 when none was",
        value=figures.ingest_lag_seconds,
    )


def _telemetry() -> Iterator[Metric]:
    try:
        status = telemetry_status()
    except TelemetryError:
        yield GaugeMetricFamily("steward_store_up", "Whether the telemetry store answers", value=0)
        return
    yield GaugeMetricFamily("steward_store_up", "Whether the telemetry store answers", value=1)
    for name, help_text, found in (
        ("steward_store_rows", "Rows by table", status.rows),
        ("steward_store_bytes", "Bytes on disk by table", status.size),
        ("steward_store_parts", "Active parts by table", status.parts),
    ):
        family = GaugeMetricFamily(name, help_text, labels=["table"])
        for table, value in found.items():
            family.add_metric([table], value)
        yield family


def _info() -> Metric:
    family = GaugeMetricFamily("steward_info", "1, labelled with the version", labels=["version"])
    family.add_metric([__version__], 1)
    return family
