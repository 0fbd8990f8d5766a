"""Times full rebuilds against refreshes, in turn, as whole processes, and compares what they built.

python -m benchmarks.refresh studies.ndjson.gz --folder /tmp/refresh
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.refresh.changes import changed_records, records_of, write_records
from benchmarks.refresh.sameness import differences
from indexer.harvest_state import HarvestState
from indexer.store import Store
from search.artefact.layout import build_folder
from search.artefact.lifecycle import prune

REBUILD = str(Path(sys.executable).with_name("rebuild-index"))


def main() -> None:
    """Prepare once, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", type=Path, help="gzipped ndjson of study records")
    parser.add_argument("--folder", type=Path, required=True, help="for copies, stores and the index")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--asked", type=int, default=200, help="trials asked of both builds")
    parser.add_argument("--encoder", default="hashing")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    changed = options.folder / "studies-2.ndjson.gz"  # by its name the same source
    if not changed.exists():
        write_records(changed, changed_records(options.studies, seed=1))
    stores = options.folder / "store", options.folder / "store-changed"
    for store, studies in zip(stores, (options.studies, changed), strict=True):
        if not store.exists():
            fill(store, studies)
    sources = {
        "file": ([str(options.studies)], [str(changed)]),
        "registry": tuple(["registry", "--store", str(store)] for store in stores),
    }
    for name, (before, after) in sources.items():
        measure(name, before, after, options)


def fill(folder: Path, studies: Path) -> None:
    """A store as a harvest would leave it."""
    with Store(folder) as store, store.changing():
        store.upsert(records_of(studies), release="2026-12-31T09:00:05")
        store.save(HarvestState(complete="2026-12-31T09:00:05", full="2026-12-31T09:00:05"))


def measure(name: str, before: list[str], after: list[str], options: argparse.Namespace) -> None:
    """Full rebuild and refresh, in turn."""
    root = options.folder / "index"
    ratios = []
    if not root.exists():
        rebuild(root, before, options, "--full")  # embeds everything, and is not counted
    for number in range(options.rounds):
        _, full_took = rebuild(root, before, options, "--full")
        refresh, took = rebuild(root, after, options)
        ratios.append(took["wall"] / full_took["wall"])
        say(
            f"{name} {number + 1}: refresh {shown(took)}; full {shown(full_took)}; ratio {ratios[-1]:.3f}; "
            f"{refresh['taken_over']:,} of {refresh['indexed']:,} taken over, {refresh['embedded']:,} embedded",
        )
        if number == 0:
            full, _ = rebuild(root, after, options, "--full")
            found = differences(
                *(build_folder(root, report["build_id"]) for report in (refresh, full)), asked=options.asked
            )
            say(f"{name}: differences: {', '.join(found) or 'none'}")
        prune(root, keep=1)
    say(f"{name}: median ratio {statistics.median(ratios):.3f}")


def rebuild(root: Path, source: list[str], options: argparse.Namespace, *more: str) -> tuple[Any, dict[str, float]]:
    """What a rebuild says of itself, and what it took."""
    started, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [REBUILD, *source, "--encoder", options.encoder, "--index", str(root), "--json", *more]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout  # noqa: S603
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return json.loads(out), {"wall": time.monotonic() - started, "cpu": cpu}


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def shown(took: dict[str, float]) -> str:
    """Seconds by the clock and of the processors."""
    return f"{took['wall']:.1f} s ({took['cpu']:.1f} s of processor)"


if __name__ == "__main__":
    main()
