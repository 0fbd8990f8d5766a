"""What the server writes down of the requests it answers, and what it never does."""

import json
import logging
import sys

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.logs import JsonLines, TextLines
from api.settings import Settings


@pytest.fixture
def lines(caplog):
    """The lines written so far, as they are written."""
    caplog.set_level(logging.INFO, "api.requests")
    return lambda: [json.loads(JsonLines().format(record)) for record in caplog.records if record.name[:3] == "api"]


def test_a_request_is_one_line_without_the_path_the_query_or_an_address(lines, seeds_root, seeds_engine):
    client = TestClient(create_app(None, Settings(index=seeds_root)))
    client.get("/v1/search?q=a+secret+wish", headers={"X-Request-ID": "one", "X-Forwarded-For": "192.0.2.7"})
    (line,) = lines()
    assert line.pop("time").endswith("+00:00")
    assert line.pop("ms") > 0
    assert line == {
        "level": "info",
        "message": "request",
        "method": "GET",
        "route": "/search",
        "status": 200,
        "request_id": "one",
        "build_id": seeds_engine.manifest.build_id,
    }


@pytest.mark.parametrize(
    ("method", "path", "seen"),
    [
        ("GET", "/similar/NCT06853522", ("GET", "/similar/{trial_id}", 200)),
        ("HEAD", "/trials/NCT99999999", ("HEAD", "/trials/{trial_id}", 404)),
        ("GET", "/search", ("GET", "/search", 422)),
        ("GET", "/widget/related-trials.js", ("GET", "/widget/{path:path}", 200)),
        ("GET", "/who/is/NCT06853522", ("GET", "none", 404)),
        ("POST", "/version", ("POST", "/version", 405)),
        ("SPY", "/version", ("OTHER", "/version", 405)),
    ],
)
def test_a_request_is_known_by_the_template_of_its_route(client, lines, method, path, seen):
    client.request(method, path)
    (line,) = lines()
    assert (line["method"], line["route"], line["status"]) == seen


def test_a_fault_is_one_line_of_500(lines):
    app = create_app(None, Settings())
    app.add_api_route("/fault", lambda: 1 / 0)
    assert TestClient(app, raise_server_exceptions=False).get("/fault").status_code == 500
    assert [(line["route"], line["status"]) for line in lines()] == [("/fault", 500)]


def test_what_was_asked_is_written_down_only_where_a_setting_says_so(seeds_engine, lines):
    TestClient(create_app(seeds_engine, Settings(log_queries=True))).get("/search?q=colitis")
    assert [line["asked"] for line in lines()] == ["/search?q=colitis"]


def test_requests_are_not_written_down_where_a_setting_says_so(seeds_engine, lines):
    TestClient(create_app(seeds_engine, Settings(log_requests=False))).get("/search?q=colitis")
    assert lines() == []


def test_a_message_and_a_traceback_stay_one_line_of_json():
    try:
        raise ValueError("two\nlines")
    except ValueError:
        record = logging.LogRecord("api", logging.ERROR, "x.py", 1, "a %s\nb", ("é",), sys.exc_info())
    written = JsonLines().format(record)
    assert "\n" not in written
    line = json.loads(written)
    assert (line["level"], line["message"]) == ("error", "a é\nb")
    assert line["traceback"].endswith("ValueError: two\nlines")


def test_people_can_read_it_too():
    record = logging.makeLogRecord({"levelname": "INFO", "msg": "request", "fields": {"status": 200, "ms": 3.1}})
    assert TextLines("%(levelname)s %(message)s").format(record) == "INFO request status=200 ms=3.1"
