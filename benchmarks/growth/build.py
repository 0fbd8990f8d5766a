"""Builds an index of one size in a process of its own, and prints what that took as JSON."""

import argparse
import re
import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from benchmarks.growth.encoder import GrownEncoder, open_spread
from benchmarks.growth.records import GrownSource
from indexer.build import rebuild_index
from indexer.embedding_cache import EmbeddingCache
from indexer.sources.files import open_source
from search.progress import Advance

MIB = 2**20


class StageTimes:
    """A progress that keeps what each stage took, by the clock and of processors."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu: dict[str, float] = {}

    @contextmanager
    def stage(self, title: str, total: int, unit: str) -> Iterator[Advance]:  # noqa: ARG002 - of the protocol
        """One stage."""
        begun, used = time.monotonic(), time.process_time()
        yield lambda _: None
        self.cpu[title] = self.cpu.get(title, 0) + time.process_time() - used
        self.seconds[title] = self.seconds.get(title, 0) + time.monotonic() - begun


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True)
    parser.add_argument("--there", type=int, required=True, help="records in the source")
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--real", type=Path, required=True, help="folder of the embeddings of real texts")
    parser.add_argument("--revision", required=True, help="of the encoder that made them")
    parser.add_argument("--spread", type=Path, required=True)
    options = parser.parse_args()
    own, done = _most_own_memory()
    stages, begun, used = StageTimes(), time.monotonic(), time.process_time()
    with EmbeddingCache(options.real, options.revision) as cache:
        report = rebuild_index(
            GrownSource(open_source(options.source), options.there, options.size),
            root=options.root,
            encoder=GrownEncoder(cache, options.revision, open_spread(options.spread)),
            progress=stages,
            full=True,
            force=True,
        )
    done.set()
    found = {
        "trials": report.indexed,
        "seconds": time.monotonic() - begun,
        "cpu": time.process_time() - used,
        "stages": stages.seconds,
        "stages_cpu": stages.cpu,
        "bytes": report.bytes,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "peak_own_mib": own[0],
    }
    sys.stdout.buffer.write(orjson.dumps(found))


def _most_own_memory() -> tuple[list[float], threading.Event]:
    """The most MiB that this process has had for itself so far, looked at ten times a second until the event."""
    most, done = [0.0], threading.Event()

    def look() -> None:
        while not done.wait(0.1):
            status = Path("/proc/self/status").read_text()
            most[0] = max(most[0], int(re.findall(r"RssAnon:\s+(\d+) kB", status)[0]) * 1024 / MIB)

    threading.Thread(target=look, daemon=True).start()
    return most, done


if __name__ == "__main__":
    main()
