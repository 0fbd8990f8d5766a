"""`trialkin serve` as a real process, over real HTTP."""

import signal
import socket
import subprocess

import httpx2
import pytest

from tests.api.serving import COMMAND, serving
from tests.records import study


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=lambda stop: stop.name)
def test_a_server_answers_until_it_is_stopped_and_ends_in_peace(seeds_root, client, stop):
    with serving(seeds_root) as (process, address, said):
        assert said == [f"serving 288 trials at {address}, documentation at {address}/docs; stop with Ctrl-C\n"]
        assert httpx2.get(f"{address}/health/live").json() == {"status": "live"}
        answer = httpx2.get(f"{address}/similar/nct06853522", params={"k": 3})
        assert answer.json() == client.get("/similar/NCT06853522?k=3").json()
        assert httpx2.get(f"{address}/search", params={"q": "a secret wish"}).status_code == 200
        refused = httpx2.get(f"{address}/trials/foo")
        assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
        process.send_signal(stop)
        assert process.wait(timeout=30) == 0
        assert process.stdout.read() == ""  # neither a log of questions nor a traceback


def test_a_server_without_an_index_says_so_and_answers_once_one_is_built(root, build):
    with serving(root) as (process, address, said):
        command = f"trialkin rebuild-index --index {root}"
        assert said == [
            f"no index under {root}; build one with: {command}; until then every question is answered with 503\n",
            f"serving no trials yet at {address}, documentation at {address}/docs; stop with Ctrl-C\n",
        ]
        assert httpx2.get(f"{address}/health/live").status_code == 200
        assert httpx2.get(f"{address}/health/ready").status_code == 503
        assert command in httpx2.get(f"{address}/similar/NCT00000001").json()["detail"]
        build([study("NCT00000001", "Aspirin for migraine"), study("NCT00000002", "Ibuprofen for migraine")])
        assert httpx2.get(f"{address}/health/ready").status_code == 200
        hits = httpx2.get(f"{address}/similar/NCT00000001").json()["hits"]
        assert [hit["nct_id"] for hit in hits] == ["NCT00000002"]
        process.terminate()
        assert process.wait(timeout=30) == 0


def test_a_port_in_use_is_one_clear_line(seeds_root):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        refused = subprocess.run(
            [*COMMAND[:-1], port, "--index", str(seeds_root)], capture_output=True, text=True, timeout=60
        )
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr == (
        f"error: cannot listen on port {port} of 127.0.0.1: Address already in use; "
        "choose others with --host and --port\n"
    )


def test_a_host_that_is_not_this_machine_is_one_clear_line(seeds_root):
    refused = subprocess.run(
        [*COMMAND, "--host", "192.0.2.1", "--index", str(seeds_root)], capture_output=True, text=True, timeout=60
    )
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: cannot listen on port 0 of 192.0.2.1: ")
    assert refused.stderr.count("\n") == 1


def test_a_damaged_index_is_not_served(root, build):
    build([study("NCT00000001", "Aspirin for migraine")])
    current = root / "builds" / (root / "CURRENT").read_text().strip()
    (current / "trials.arrow").unlink()
    refused = subprocess.run([*COMMAND, "--index", str(root)], capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"error: {current / 'trials.arrow'} is missing; go back with: ")
    assert refused.stderr.count("\n") == 1
