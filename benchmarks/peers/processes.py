"""What processes take of memory and of the processor, as Linux counts it."""

import contextlib
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB that processes have written for themselves, and their share of what they map: files, and shared memory."""

    own: float
    mapped: float


def memory(pids: Sequence[int]) -> Memory:
    """What `pids` take together; a page that several map counts once between them."""
    own = proportional = 0
    for pid in pids:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        own += _kib("Private_Dirty", rollup)
        proportional += _kib("Pss", rollup)
    return Memory(own / 1024, (proportional - own) / 1024)


def cpu_seconds(pids: Sequence[int]) -> dict[int, float]:
    """What this process and each of `pids` that is still there has had of the processor."""
    seconds = {os.getpid(): time.process_time()}
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            seconds[pid] = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    return seconds


def cpu_since(before: Mapping[int, float], pids: Sequence[int]) -> float:
    """What they have had since `before` was taken."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in cpu_seconds(pids).items())


def family(pid: int) -> list[int]:
    """`pid` and all that descend from it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(relative for child in children for relative in family(int(child)))]


def family_cpu_seconds(pid: int) -> float:
    """What `pid` and all that descend from it, those that have ended too, have had of the processor."""
    total = 0
    for member in family(pid):
        # Of the fields after the name in parentheses: utime, stime, and those of children that have ended.
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11:15]))
    return total / _TICKS


def folder_bytes(folder: Path) -> int:
    """What the files below `folder` hold."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _kib(name: str, rollup: str) -> int:
    found = re.search(rf"^{name}: +(\d+) kB", rollup, flags=re.MULTILINE)
    return int(found[1]) if found else 0
