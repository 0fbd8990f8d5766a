"""`trialkin serve` as a real process, over real HTTP."""

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

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


def checked(root, **environment):
    command = [*COMMAND, "--index", str(root), "--check"]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60)


def test_a_check_says_what_would_be_served_and_serves_nothing(seeds_root, seeds_engine):
    done = checked(seeds_root, TRIALKIN_ADMIN_KEY="a-secret-of-the-operator", TRIALKIN_MAX_AEG="7")
    build_id = seeds_engine.manifest.build_id
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        0,
        f"settings and build {build_id} are sound: 288 trials",
    )
    assert {f"index = {seeds_root}", "max_age = 60", "cors_origins = *"} <= set(done.stdout.splitlines())
    assert "secret" not in done.stdout
    assert done.stderr.startswith("warning: TRIALKIN_MAX_AEG is no setting; did you mean max_age; ")


@pytest.mark.parametrize(
    ("environment", "code", "said"),
    [
        ({"TRIALKIN_CONCURRENCY": "0"}, 2, "error: TRIALKIN_CONCURRENCY: Input should be greater than or equal to 1; "),
        ({"TRIALKIN_CONFIG": "none.toml"}, 2, "error: the settings in none.toml cannot be read: No such file"),
        ({}, 1, "error: no index under "),
    ],
)
def test_a_check_that_fails_is_one_line_and_an_exit_code(tmp_path, environment, code, said):
    done = checked(tmp_path / "none", **environment)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    assert done.stderr.startswith(said)


def test_several_workers_answer_at_one_address_and_end_in_peace(seeds_root, client):
    with serving(seeds_root, "--workers", "2") as (process, address, said):
        assert said == [f"serving 288 trials at {address}, documentation at {address}/docs; stop with Ctrl-C\n"]
        expected = client.get("/similar/NCT06853522?k=3").json()
        assert httpx2.get(f"{address}/similar/NCT06853522?k=3", timeout=60).json() == expected
        process.terminate()
        assert process.wait(timeout=30) == 0
        assert process.stdout.read() == ""


def test_several_workers_end_where_the_index_cannot_be_served(root, build):
    build([study("NCT00000001", "Aspirin for migraine")])
    current = root / "builds" / (root / "CURRENT").read_text().strip()
    file = current / "titles.npy"
    file.write_bytes(b"\0" * file.stat().st_size)  # of the right length, so that only opening it shows the damage
    refused = subprocess.run(
        [*COMMAND, "--index", str(root), "--workers", "2"], capture_output=True, text=True, timeout=60
    )
    assert refused.returncode == 1
    assert f"error: {file}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_requests_are_logged_as_json_on_standard_error(seeds_root):
    with serving(seeds_root, TRIALKIN_LOG_REQUESTS="true") as (process, address, _):
        httpx2.get(f"{address}/search", params={"q": "a secret wish"})
        line = json.loads(process.stdout.readline())
    assert (line["route"], line["status"]) == ("/search", 200)
    assert "secret" not in str(line)


def test_what_is_no_request_is_refused_in_the_shape_of_every_error(seeds_root):
    with serving(seeds_root) as (_, address, _):
        host, port = address.removeprefix("http://").split(":")
        for sent, status in ((b"nonsense\r\n\r\n", 400), (b"GET /search?q=" + b"a" * 10_000_000, 431)):
            with socket.create_connection((host, int(port)), timeout=30) as connection:
                connection.sendall(sent)
                head, _, body = b"".join(iter(lambda: connection.recv(65_536), b"")).partition(b"\r\n\r\n")
            assert head.startswith(f"HTTP/1.1 {status} ".encode())
            assert b"application/problem+json" in head.lower()
            assert json.loads(body)["status"] == status


def test_a_head_that_does_not_arrive_is_not_waited_for(seeds_root):
    with serving(seeds_root, TRIALKIN_BODY_SECONDS="0.2") as (_, address, _):
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            assert connection.recv(100) == b""


def test_a_worker_that_dies_is_replaced_and_another_answers_meanwhile(seeds_root):
    def workers_of(process):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return {int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()}

    with serving(seeds_root, "--workers", "2") as (process, address, _):
        assert httpx2.get(f"{address}/version", timeout=60).status_code == 200
        first = workers_of(process)
        os.kill(min(first), signal.SIGKILL)
        deadline = time.monotonic() + 60
        while len(now := workers_of(process)) < 2 or min(first) in now:
            assert time.monotonic() < deadline
            assert httpx2.get(f"{address}/version", timeout=30).status_code == 200
        assert max(first) in now
