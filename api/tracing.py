"""A span for every request, for OpenTelemetry: what the log's line holds, and nothing more."""

import os
import time
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING

from api.observation import Observation, Observer
from search.errors import MissingExtra

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

SERVICE = "trialkin"


def tracing() -> Observer:
    """An observer that sends spans to where OTEL_EXPORTER_OTLP_ENDPOINT says. Raises MissingExtra."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise MissingExtra("tracing needs OpenTelemetry: pip install 'trialkin[otel]'") from error
    return Spans(BatchSpanProcessor(OTLPSpanExporter()))


class Spans:
    """Gives a span of each request to `processor`. It continues the trace of a client that names one."""

    def __init__(self, processor: "SpanProcessor") -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        name = os.environ.get("OTEL_SERVICE_NAME", SERVICE)
        # Not made the global one, by which libraries would trace too, with the addresses and the queries that they put
        # into their spans.
        provider = TracerProvider(
            resource=Resource.create({"service.name": name, "service.version": version("trialkin")})
        )
        provider.add_span_processor(processor)
        self._tracer = provider.get_tracer("trialkin")

    def __call__(self, seen: Observation) -> None:
        """A span that has ended just now."""
        from opentelemetry.trace import SpanKind, Status, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        end = time.time_ns()
        span = self._tracer.start_span(
            f"{seen.method} {seen.route}",
            context=TraceContextTextMapPropagator().extract({"traceparent": seen.traceparent}),
            kind=SpanKind.SERVER,
            start_time=end - int(seen.seconds * 1e9),
            attributes={
                "http.request.method": seen.method,
                "http.route": seen.route,
                "http.response.status_code": seen.status,
                "trialkin.request_id": seen.request_id,
                "trialkin.build_id": seen.build_id or "",
            },
        )
        if seen.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            span.set_status(Status(StatusCode.ERROR))
        span.end(end)
