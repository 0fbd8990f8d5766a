"""Processes that write the files of an export side by side; the build is mapped into memory, and they share it."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from api.export.shard_file import shard_path, write_atomically, written_by
from search.answer import build_info
from search.artefact.reading import open_build
from search.batch import Batch
from search.engine import SearchEngine
from search.errors import WorkerLost

Task = dict[str, list[str]]
"""Names of files, and the trials in each."""


class Writer:
    """Writes files of one build into one folder."""

    def __init__(self, build_folder: Path, folder: Path, *, k: int) -> None:
        artefact = open_build(build_folder)
        self._batch = Batch(SearchEngine(artefact))
        self._build = build_info(artefact.manifest).model_dump(mode="json")
        self._folder = folder
        self._k = k

    def write(self, task: Task) -> int:
        """Write the files of `task`; how many trials are in them."""
        for name, trial_ids in task.items():
            content = written_by(self._batch, self._build, trial_ids, k=self._k)
            write_atomically(shard_path(self._folder, name), content)
        return sum(map(len, task.values()))


def write_shards(
    build_folder: Path, folder: Path, tasks: Iterable[Task], *, k: int, jobs: int
) -> Generator[int, None, None]:
    """Write the files of `tasks` by `jobs` processes; after each task, how many trials were in it.

    Raises WorkerLost where a process was ended from outside.
    """
    if jobs == 1:
        yield from map(Writer(build_folder, folder, k=k).write, tasks)
        return
    context = multiprocessing.get_context("spawn")  # FAISS and BLAS do not survive a fork
    others = multiprocessing.active_children()
    with _one_thread_each(), ProcessPoolExecutor(jobs, context, _start, (build_folder, folder, k)) as pool:
        futures = [pool.submit(_write, task) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise WorkerLost(
                "a process that wrote files was ended, perhaps for want of memory; run the same command to go on, with "
                f"fewer --jobs than {jobs}"
            ) from error
        finally:
            if not all(future.done() for future in futures):  # stopped on the way: what they write, is written whole
                for process in multiprocessing.active_children():
                    if process not in others:
                        process.terminate()


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes started within calculate in one thread: several in each would only get in each other's way."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


_writer: Writer


def _start(build_folder: Path, folder: Path, k: int) -> None:
    """Prepare this process."""
    global _writer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _writer = Writer(build_folder, folder, k=k)


def _write(task: Task) -> int:
    return _writer.write(task)


def _end_with_parent() -> None:
    """A parent that was killed does not say so, and its children would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
