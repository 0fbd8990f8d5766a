import os
import subprocess
import sys

import pytest

from search.artefact.layout import lock_file
from search.artefact.lock import lock_holder, locked
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


def test_whoever_waits_is_told_for_whom_and_goes_on_when_that_one_is_done(root):
    process = holder(root)
    said = []

    def told(message):
        said.append(message)
        process.communicate("")

    with locked(root, wait=60, on_wait=told):
        assert lock_file(root).read_text() == f"{os.getpid()}\n"
    assert said == [f"waiting up to 60 s for process {process.pid}, which is changing the index {root}"]


def test_whoever_has_waited_long_enough_is_refused(root):
    process = holder(root)
    with pytest.raises(IndexLocked) as refused, locked(root, wait=0.3):
        pass
    assert str(refused.value) == (f"process {process.pid} is changing the index {root}; it was not done after 0.3 s")
    process.communicate("")


def test_the_holder_is_known_while_it_holds_and_asking_takes_nothing(root):
    assert lock_holder(root) is None
    assert not root.exists()
    process = holder(root)
    assert lock_holder(root) == str(process.pid)
    process.communicate("")
    assert lock_holder(root) is None
    with locked(root):
        assert lock_holder(root) == str(os.getpid())
