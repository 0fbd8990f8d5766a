"""What Prometheus is told: counts and times by route, and the build that answers; nothing of what was asked by whom."""

import os
import time
from collections.abc import Iterator
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from api.admission import Admission
from api.engine_slot import EngineSlot
from api.observation import Observation

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder in which several workers count together; prometheus_client reads it on import."""
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
TRIALS = (0, 10, 50, 100, 200, 500, 1000, 2000, 5000)
MEDIA_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """Counts of one application; an observer of its requests. Several workers count together."""

    def __init__(self) -> None:
        self._counted = counted = CollectorRegistry()
        self._requests = Counter("trialkin_requests", "Requests.", ["method", "route", "status"], registry=counted)
        self._seconds = Histogram(
            "trialkin_request_seconds", "Until an answer was sent.", ["route"], buckets=SECONDS, registry=counted
        )
        self._cache = Counter("trialkin_cache", "Answers with a tag: kept or not.", ["outcome"], registry=counted)
        self._shed = Counter("trialkin_shed", "Requests refused as too many.", ["cause"], registry=counted)
        self._encoder = Histogram(
            "trialkin_encoder_seconds", "To encode a text that asks.", buckets=SECONDS, registry=counted
        )
        self._candidates = Histogram(
            "trialkin_candidates", "Trials ranked for a question.", buckets=TRIALS, registry=counted
        )

    def __call__(self, seen: Observation) -> None:
        """Count a request."""
        self._requests.labels(seen.method, seen.route, seen.status).inc()
        self._seconds.labels(seen.route).observe(seen.seconds)
        if seen.cache:
            self._cache.labels(seen.cache).inc()
        if seen.shed:
            self._shed.labels(seen.shed).inc()

    def encoded(self, seconds: float) -> None:
        """Count a text that was encoded."""
        self._encoder.observe(seconds)

    def ranked(self, candidates: int) -> None:
        """Count a question that was computed, by the trials ranked for it."""
        self._candidates.observe(candidates)

    def exposition(self, slot: EngineSlot, admission: Admission) -> bytes:
        """All of it in Prometheus' text format: the counts, and the state of the worker that is asked."""
        registry = CollectorRegistry()
        if SHARED in os.environ:
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        else:
            registry.register(_Counts(self._counted))
        registry.register(_State(slot, admission))
        ProcessCollector(registry=registry)
        return generate_latest(registry)


class _Counts(Collector):
    def __init__(self, counted: CollectorRegistry) -> None:
        self._counted = counted

    def collect(self) -> Iterator[Metric]:
        yield from self._counted.collect()


class _State(Collector):
    """What is so now, in this process."""

    def __init__(self, slot: EngineSlot, admission: Admission) -> None:
        self._slot = slot
        self._admission = admission

    def collect(self) -> Iterator[Metric]:
        """Gauges; those of the build are left out while there is none."""
        yield _gauge("trialkin_running", "Questions being computed.", self._admission.running)
        yield _gauge("trialkin_waiting", "Questions in the queue.", self._admission.waiting)
        yield _gauge(
            "trialkin_build_refused", "1 where the live build cannot be served.", self._slot.refused is not None
        )
        if (manifest := self._slot.manifest) is None:
            return
        labels = {"build_id": manifest.build_id, "encoder": manifest.encoder.spec, "version": version("trialkin")}
        info = GaugeMetricFamily("trialkin_build_info", "The build that answers.", labels=list(labels))
        info.add_metric(list(labels.values()), 1)
        yield info
        yield _gauge("trialkin_build_age_seconds", "Since it was made.", time.time() - manifest.created_at.timestamp())
        yield _gauge("trialkin_build_trials", "Trials in it.", manifest.counts.trials)


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, value=value)
