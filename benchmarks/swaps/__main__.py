"""Asks a server at a steady rate while the live build changes again and again, and checks every answer.

python -m benchmarks.swaps

Two editions of the bundled trials are built; every title says which edition it is of, so an answer tells by itself
whether it is of the build that it names, and of that alone. Ends with 1 where one is not, or a question failed.
"""

import argparse
import asyncio
import copy
import io
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
from rich.console import Console

from benchmarks.load.served import Served, served
from indexer.build import rebuild_index
from indexer.sources.files import SEEDS, open_source
from search.artefact.reading import open_current
from search.artefact.writing import set_current
from search.encoders.catalogue import open_encoder
from search.progress import progress_on

EDITIONS = ("first", "second")
K = 5


@dataclass(slots=True)
class Seen:
    """What became of the questions."""

    milliseconds: list[float] = field(default_factory=list)
    by_build: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    followed: int = 0
    """Swaps after which an answer came from the new build before the next swap."""
    mib: int = 0
    """The server's own memory in the end."""

    @property
    def line(self) -> str:
        """For people."""
        median, most, slowest = np.percentile(self.milliseconds, [50, 99, 100])
        return (
            f"{len(self.milliseconds):,} questions, {len(self.faults)} faults, {self.followed} swaps followed; "
            f"p50 {median:.0f} ms, p99 {most:.0f} ms, slowest {slowest:.0f} ms; {self.mib} MiB of memory of its own"
        )


def main() -> None:
    """Build, serve, swap."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--swaps", type=int, default=100)
    parser.add_argument("--pause", type=float, default=0.2, help="seconds from one swap to the next")
    parser.add_argument("--rate", type=float, default=30.0, help="questions a second, every other one a text")
    parser.add_argument("--encoder", default="hashing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "index")
        builds = {built(root, edition, options.encoder): edition for edition in EDITIONS}
        seen = swapped(root, builds, swaps=options.swaps, pause=options.pause, rate=options.rate)
    sys.stdout.write("\n".join([seen.line, *seen.faults[:5]]) + "\n")
    sys.exit(bool(seen.faults))


def built(root: Path, edition: str, encoder: str) -> str:
    """A build of the bundled trials whose titles say that they are of `edition`; its id."""
    file = root.with_name("studies.ndjson")
    with file.open("wb") as stream:
        for record in open_source(SEEDS).records():
            study: Any = copy.deepcopy(record.study)
            study["protocolSection"]["identificationModule"]["briefTitle"] += f" ({edition} edition)"
            stream.write(orjson.dumps(study) + b"\n")
    progress = progress_on(Console(file=io.StringIO()))
    return rebuild_index(
        open_source(str(file)), root=root, encoder=open_encoder(encoder), progress=progress, force=True
    ).build_id


def swapped(root: Path, builds: Mapping[str, str], *, swaps: int, pause: float, rate: float) -> Seen:
    """Serve `root` and make each of `builds` (id -> edition) live in turn, while questions come at `rate`."""
    trials = open_current(root).trials
    questions = [
        question
        for trial_id in trials.trial_ids(range(0, len(trials), 10))
        for question in (f"/similar/{trial_id}?k={K}", f"/search?q=stem+cells+{trial_id[-3:]}&k={K}")
    ]
    command = [str(Path(sys.executable).with_name("trialkin")), "serve", "--index", str(root)]
    with served(command, {"TRIALKIN_LOG_REQUESTS": "false"}, workers=1) as server:
        for question in questions[:2]:  # what is loaded at first use is
            httpx.get(server.address + question, timeout=120)
        seen = asyncio.run(_swap(server, root, builds, questions, swaps=swaps, pause=pause, rate=rate))
        seen.mib = server.memory()[0].own
    return seen


async def _swap(
    server: Served,
    root: Path,
    builds: Mapping[str, str],
    questions: list[str],
    *,
    swaps: int,
    pause: float,
    rate: float,
) -> Seen:
    seen, done = Seen(), asyncio.Event()
    async with httpx.AsyncClient(base_url=server.address, timeout=60) as client, asyncio.TaskGroup() as group:
        group.create_task(_ask_on(client, builds, questions, rate, seen, done))
        for number in range(swaps):
            build_id = list(builds)[number % len(builds)]
            before = seen.by_build[build_id]
            await asyncio.to_thread(set_current, root, build_id)
            await asyncio.sleep(pause)
            seen.followed += seen.by_build[build_id] > before
        done.set()
    return seen


async def _ask_on(
    client: httpx.AsyncClient,
    builds: Mapping[str, str],
    questions: list[str],
    rate: float,
    seen: Seen,
    done: asyncio.Event,
) -> None:
    """A question every 1 / `rate` seconds, whether or not those before it are answered."""
    begun, asked = time.perf_counter(), 0
    async with asyncio.TaskGroup() as group:
        while not done.is_set():
            group.create_task(_ask(client, builds, questions[asked % len(questions)], seen))
            asked += 1
            await asyncio.sleep(max(0.0, begun + asked / rate - time.perf_counter()))


async def _ask(client: httpx.AsyncClient, builds: Mapping[str, str], question: str, seen: Seen) -> None:
    begun = time.perf_counter()
    try:
        response = await client.get(question)
    except httpx.HTTPError as error:
        seen.faults.append(f"{question}: {error!r}")
        return
    seen.milliseconds.append((time.perf_counter() - begun) * 1e3)
    if response.status_code != HTTPStatus.OK:
        seen.faults.append(f"{question}: {response.status_code} {response.text}")
        return
    if fault := fault_of(response.json(), builds):
        seen.faults.append(f"{question}: {fault}")
    else:
        seen.by_build[response.json()["build"]["build_id"]] += 1


def fault_of(answer: Mapping[str, Any], builds: Mapping[str, str]) -> str | None:
    """What is wrong with an answer, if anything: too few trials, or texts of another build than it names."""
    titles = [answer["query"]["title"] or "", *(hit["title"] for hit in answer["hits"])]
    told = {edition for title in titles for edition in re.findall(r"\((\w+) edition\)$", title)}
    wanted = builds[answer["build"]["build_id"]]
    if len(answer["hits"]) != K or told != {wanted}:
        return f"of the {wanted} edition: {len(answer['hits'])} trials of {sorted(told)}"
    return None


if __name__ == "__main__":
    main()
