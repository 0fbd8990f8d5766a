"""`trialkin serve` as a process of its own."""

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path

COMMAND = [str(Path(sys.executable).with_name("trialkin")), "serve", "--port", "0"]

QUIET = {"TRIALKIN_LOG_REQUESTS": "false"}
"""Nobody reads the pipe while questions are asked, and a full one would hold the server up."""


@contextlib.contextmanager
def serving(root, *options, **environment):
    """A server on a free port, its address, and what it said before."""
    process = subprocess.Popen(
        [*COMMAND, "--index", str(root), *options],
        env={**os.environ, **QUIET, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = []
        while not (found := re.search(r"^serving .* at (http://\S+),", said[-1] if said else "")):
            said.append(process.stdout.readline())
            assert said[-1], f"the server ended: {said}"
        yield process, found[1], said
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
