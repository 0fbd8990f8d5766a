"""A process that answers one question and then some, and says as JSON what that took.

python -m benchmarks.answering.first INDEX TRIAL MORE... prints `wall_s` and `cpu_s` to the first answer, counted from
when the process began, and the memory it has after the first and after them all. It imports what an answer needs.
"""

import json
import os
import re
import sys
import time
from pathlib import Path


def main() -> None:
    """Answer and report."""
    from search.answer import similar_answer
    from search.engine import SearchEngine
    from search.listing import Listing

    engine = SearchEngine.open(Path(sys.argv[1]))
    similar_answer(engine, sys.argv[2], Listing()).model_dump_json()
    first = {"wall_s": _age(), "cpu_s": time.process_time(), "torch": "torch" in sys.modules}
    memory = resident_mib()
    for trial_id in sys.argv[3:]:
        similar_answer(engine, trial_id, Listing()).model_dump_json()
    sys.stdout.write(json.dumps({**first, "after_first": memory, "after_all": resident_mib()}))


def resident_mib() -> dict[str, float]:
    """MiB of this process in memory: `own`, which it alone can have, and `mapped`, pages of files that all share."""
    rollup = Path("/proc/self/smaps_rollup").read_text()
    kib = {name: int(size) for name, size in re.findall(r"^(\w+): +(\d+) kB", rollup, flags=re.MULTILINE)}
    return {"own": kib["Anonymous"] / 1024, "mapped": (kib["Rss"] - kib["Anonymous"]) / 1024}


def _age() -> float:
    """Seconds since this process was started."""
    # Past the name, which may hold blanks: the 22nd field is the start in clock ticks since the machine's (proc(5)).
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
