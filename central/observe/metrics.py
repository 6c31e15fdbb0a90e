"""What Prometheus asks for. Labels are routes, never paths: a path may hold the number of somebody's matter.

Several workers share files under ``PROMETHEUS_MULTIPROC_DIR``: whichever of them is asked answers for all.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from central.replies import Reply

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The library's name; it looks when it is imported."""
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

Levels = Callable[[], dict[str, float]]
"""By name: what is asked for when Prometheus asks, the same whichever worker answers."""


class Metrics:
    def __init__(self, levels: Levels) -> None:
        """``levels`` may fail: then they are left out."""
        own = self._own = CollectorRegistry()
        self._levels = _Standing(levels)
        self._requests = Counter("central_requests", "Requests answered.", ("method", "route", "status"), registry=own)
        self._seconds = Histogram(
            "central_request_seconds", "Until the answer was sent.", ("method", "route"), buckets=_SECONDS, registry=own
        )
        self._matters = Counter("central_matters", "Answers to matters, repeated ones too.", ("outcome",), registry=own)
        self._connections = Gauge(
            "central_database_connections_in_use",
            "Connections of the pool that somebody has.",
            registry=own,
            multiprocess_mode="livesum",
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """``route`` is the template."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def answered(self, replies: Iterable[Reply]) -> None:
        for reply in replies:
            self._matters.labels(reply.outcome).inc()

    def connections(self, more: int) -> None:
        self._connections.inc(more)

    def page(self) -> bytes:
        """In Prometheus's text form."""
        registry = self._own
        if SHARED in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)
        standing = CollectorRegistry()
        standing.register(self._levels)
        return generate_latest(registry) + generate_latest(standing)


class _Standing(Collector):
    def __init__(self, levels: Levels) -> None:
        self._levels = levels

    def collect(self) -> Iterator[Metric]:
        for name, value in self._levels().items():
            yield GaugeMetricFamily(f"central_{name}", name.replace("_", " ").capitalize() + ".", value=value)

    def describe(self) -> Iterator[Metric]:
        """Without asking for them."""
        return iter(())
