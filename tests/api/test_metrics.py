"""What Prometheus is told."""

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.api.serving import serving
from tests.records import study


def told(text):
    """Sample and its labels -> value."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def requests(samples):
    """Route and status -> how many."""
    return {
        (labels["method"], labels["route"], labels["status"]): value
        for (name, *pairs), value in samples.items()
        if name == "trialkin_requests_total" and (labels := dict(pairs))
    }


@pytest.fixture
def client(seeds_root):
    """The API on the seeds, whose counts begin at nothing."""
    return TestClient(create_app(None, Settings(index=seeds_root)))


def test_requests_are_counted_by_method_template_and_status(client):
    for path in ("/similar/NCT06853522", "/v1/similar/NCT02442037", "/similar/NCT99999999", "/who", "/who/else"):
        client.get(path)
    client.head("/similar/NCT06853522")
    client.request("SPY", "/who")
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert response.headers["cache-control"] == "no-store"
    samples = told(response.text)
    assert requests(samples) == {
        ("GET", "/similar/{trial_id}", "200"): 2,
        ("GET", "/similar/{trial_id}", "404"): 1,
        ("HEAD", "/similar/{trial_id}", "200"): 1,
        ("GET", "none", "404"): 2,
        ("OTHER", "none", "404"): 1,
    }
    assert samples["trialkin_request_seconds_count", ("route", "/similar/{trial_id}")] == 4
    assert 0 < samples["trialkin_request_seconds_sum", ("route", "/similar/{trial_id}")] < 60


def test_the_build_that_answers_is_told_with_its_age(client, seeds_engine):
    assert "trialkin_build_info" not in client.get("/metrics").text  # none is open yet
    client.get("/health/ready")
    samples = told(client.get("/metrics").text)
    (info,) = [dict(labels) for (name, *labels) in samples if name == "trialkin_build_info"]
    assert (info["build_id"], info["encoder"]) == (seeds_engine.manifest.build_id, "hashing")
    assert samples["trialkin_build_trials",] == 288
    assert 0 < samples["trialkin_build_age_seconds",] < 3600
    assert samples["trialkin_build_refused",] == 0


def test_a_refused_build_is_told(root, build):
    client = TestClient(create_app(None, Settings(index=root)))
    build([study("NCT00000001", "Aspirin for migraine")])
    client.get("/health/ready")
    (root / "CURRENT").write_text("none\n")
    client.get("/health/ready")
    assert told(client.get("/metrics").text)["trialkin_build_refused",] == 1


def test_texts_that_were_encoded_are_counted_and_kept_answers_are_not_encoded_again(client):
    client.get("/health/ready")
    for _ in range(2):
        client.get("/search?q=colitis")
    client.get("/similar/NCT06853522")
    samples = told(client.get("/metrics").text)
    assert samples["trialkin_encoder_seconds_count",] == 1
    assert samples["trialkin_candidates_count",] == 2
    assert 1 <= samples["trialkin_candidates_sum",] <= 2 * 288
    assert samples["trialkin_cache_total", ("outcome", "hit")] == 1
    assert samples["trialkin_cache_total", ("outcome", "miss")] == 2


def test_requests_beyond_a_rate_are_counted(seeds_engine):
    client = TestClient(create_app(seeds_engine, Settings(rate_limit="1/hour")))
    for _ in range(3):
        client.get("/version")
    assert told(client.get("/metrics").text)["trialkin_shed_total", ("cause", "rate limit")] == 2


def test_several_workers_count_together(seeds_root):
    with serving(seeds_root, "--workers", "2") as (_, address, _):
        for _ in range(20):
            with httpx2.Client() as client:  # a connection of its own, so that either worker may take it
                assert client.get(f"{address}/similar/NCT06853522?k=1", timeout=60).status_code == 200
        for _ in range(4):
            with httpx2.Client() as client:
                samples = told(client.get(f"{address}/metrics").text)
            assert requests(samples)["GET", "/similar/{trial_id}", "200"] == 20
