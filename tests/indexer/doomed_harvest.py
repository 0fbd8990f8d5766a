"""A harvest that ends by SIGKILL at a function call of its own.

    python doomed_harvest.py NUMBER URL STORE

The process is killed at the call (of Python and C functions) of that NUMBER; with 0 it is not, and how many there were
is printed.
"""

import io
import os
import signal
import sys
from pathlib import Path

from rich.console import Console

from indexer.harvest import harvest
from indexer.registry.client import RegistryClient
from indexer.registry.selection import select
from indexer.store import Store
from search.progress import progress_on

number = int(sys.argv[1])
seen = 0


def count(*_: object) -> None:
    """One more; the process ends here when its time has come."""
    global seen
    seen += 1
    if seen == number:
        os.kill(os.getpid(), signal.SIGKILL)


quiet = progress_on(Console(file=io.StringIO()))
with RegistryClient(sys.argv[2], user_agent="doomed/1.0", rate=1e9) as client, Store(Path(sys.argv[3])) as store:
    sys.setprofile(count)
    harvest(client, store, select(), progress=quiet)
    sys.setprofile(None)
sys.stdout.write(f"{seen}\n")
