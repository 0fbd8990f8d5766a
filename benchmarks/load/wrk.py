"""A run of wrk: as many requests as so many connections can ask one after the other."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPT = """
local paths, place = {}, 0
for path in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = path end
request = function()
    place = place % #paths + 1
    return wrk.format("GET", paths[place])
end
done = function(summary, latency)
    io.write(string.format('{"requests": %d, "us": %d, "p50": %d, "p99": %d, "failed": %d}\\n', summary.requests,
        summary.duration, latency:percentile(50), latency:percentile(99),
        summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """What was answered; `failed` counts other statuses than 2xx and 3xx, and what was not answered."""

    per_second: float
    p50_ms: float
    p99_ms: float
    failed: int


def is_here() -> bool:
    """Whether wrk is installed."""
    return shutil.which("wrk") is not None


def asked(address: str, paths: Sequence[str], *, connections: int, seconds: int) -> Rate:
    """`paths` in turn, over and over, for so long."""
    with tempfile.TemporaryDirectory() as folder:
        script, listed = Path(folder, "ask.lua"), Path(folder, "paths")
        script.write_text(SCRIPT, encoding="utf-8")
        listed.write_text("\n".join(paths) + "\n", encoding="utf-8")
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script), address]
        environment = {**os.environ, "PATHS": str(listed)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - wrk
    told = json.loads(done.stdout.splitlines()[-1])
    return Rate(told["requests"] / told["us"] * 1e6, told["p50"] / 1e3, told["p99"] / 1e3, told["failed"])
