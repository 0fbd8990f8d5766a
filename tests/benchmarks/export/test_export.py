import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[3]


def test_what_a_whole_export_would_be_is_told_by_a_part_of_it(seeds_root):
    command = [sys.executable, "-m", "benchmarks.export", "--every", "1", "--k", "2", "--index", seeds_root]
    lines = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert lines[0] == "288 trials in 66 files; answered: 288 in 66 files"
    assert [line.split(":")[0] for line in lines[1:]] == ["processor time a trial", "so all of it", "plain", "gzipped"]
