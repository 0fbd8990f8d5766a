"""Where figures were taken."""

import os
import re
from pathlib import Path


def machine() -> str:
    """The processor, how many cores of it, the memory, and how busy it was in the last five minutes."""
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    total = re.search(r"MemTotal: +(\d+) kB", Path("/proc/meminfo").read_text())
    memory = f"{int(total[1]) / 2**20:.0f} GiB" if total else "memory unknown"
    cores = f"{os.cpu_count()} cores of {model[1] if model else 'an unknown processor'}"
    return f"{cores}, {memory}, load average {os.getloadavg()[1]:.1f}"
