"""Spans of requests, for OpenTelemetry."""

import sys

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from starlette.testclient import TestClient

from api import app as application
from api.app import create_app
from api.settings import Settings
from api.tracing import Spans
from search.errors import MissingExtra

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def sent():
    """Where spans end up."""
    return InMemorySpanExporter()


@pytest.fixture
def traced(seeds_root, sent, monkeypatch):
    """The API on the seeds, whose spans end up in `sent`."""
    monkeypatch.setattr(application, "tracing", lambda: Spans(SimpleSpanProcessor(sent)))
    app = create_app(None, Settings(index=seeds_root, tracing=True))
    app.state.engine()
    app.add_api_route("/fault", lambda: 1 / 0)
    return TestClient(app, raise_server_exceptions=False)


def test_a_request_is_one_span_of_the_clients_trace_that_names_nobody(traced, sent, seeds_engine):
    headers = {"X-Request-ID": "one", "traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "X-Forwarded-For": "192.0.2.7"}
    traced.get("/v1/search?q=a+secret+wish", headers=headers)
    (span,) = sent.get_finished_spans()
    assert (span.name, span.kind) == ("GET /search", SpanKind.SERVER)
    assert f"{span.context.trace_id:032x}" == TRACE
    assert dict(span.attributes) == {
        "http.request.method": "GET",
        "http.route": "/search",
        "http.response.status_code": 200,
        "trialkin.request_id": "one",
        "trialkin.build_id": seeds_engine.manifest.build_id,
    }
    assert 0 < span.end_time - span.start_time < 60e9
    assert span.resource.attributes["service.name"] == "trialkin"


def test_a_fault_is_an_error_and_a_wrong_question_is_none(traced, sent):
    traced.get("/fault")
    traced.get("/search")
    fault, wrong = sent.get_finished_spans()
    assert fault.status.status_code is StatusCode.ERROR
    assert wrong.status.status_code is StatusCode.UNSET


def test_a_name_of_the_service_in_the_environment_goes_before_ours(sent, monkeypatch):
    monkeypatch.setenv("OTEL_SERVICE_NAME", "registry-search")
    assert Spans(SimpleSpanProcessor(sent))._tracer.resource.attributes["service.name"] == "registry-search"


def test_without_the_extra_the_start_says_what_to_install(monkeypatch, seeds_engine):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(MissingExtra, match=r"pip install 'trialkin\[otel\]'"):
        create_app(seeds_engine, Settings(tracing=True))
