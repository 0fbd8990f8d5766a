"""`trialkin` as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("trialkin"))
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}


def trialkin(*arguments, index=None, **environment):
    """What `trialkin` did with `arguments`, asked outside any terminal."""
    if index is not None:
        environment["TRIALKIN_INDEX"] = str(index)
    return subprocess.run(
        [COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=60, env={**ENVIRONMENT, **environment}
    )
