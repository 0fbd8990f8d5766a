import os
import subprocess
import sys

import pytest

from search.artefact.layout import lock_file
from search.artefact.lock import locked
from search.errors import IndexLocked

HOLD = (
    "import sys; from pathlib import Path; from search.artefact.lock import locked\n"
    "with locked(Path(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.read()\n"
)


def holder(root):
    """A process that holds the lock of `root` until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_the_lock_makes_the_folder_and_names_its_holder(root):
    with locked(root):
        assert lock_file(root).read_text() == f"{os.getpid()}\n"


def test_another_process_is_refused_with_the_holders_pid_until_it_is_done(root):
    process = holder(root)
    with pytest.raises(IndexLocked) as refused, locked(root):
        pass
    assert str(refused.value) == f"process {process.pid} is changing the index {root}; try again when it is done"
    assert lock_file(root).read_text() == f"{process.pid}\n"

    process.communicate("")
    with locked(root):
        assert lock_file(root).read_text() == f"{os.getpid()}\n"


def test_the_lock_of_a_killed_process_is_free(root):
    process = holder(root)
    process.kill()
    process.communicate()
    with locked(root):
        assert lock_file(root).read_text() == f"{os.getpid()}\n"


def test_a_longer_stale_pid_leaves_no_digits_behind(root):
    root.mkdir()
    lock_file(root).write_text("12345678901234567890\n")
    with locked(root):
        assert lock_file(root).read_text() == f"{os.getpid()}\n"


def test_the_lock_is_free_again_after_an_error(root):
    with pytest.raises(ZeroDivisionError), locked(root):
        raise ZeroDivisionError
    with locked(root):
        pass


def test_two_indexes_are_locked_apart(tmp_path):
    with locked(tmp_path / "a"), locked(tmp_path / "b"), pytest.raises(IndexLocked), locked(tmp_path / "a"):
        pass
