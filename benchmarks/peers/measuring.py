"""The processes that a system has for itself: one builds it, one asks it everything, others only their first question.

`python -m benchmarks.peers.measuring STEP NAME …` is for the runner; what it finds it prints as JSON.
"""

import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from benchmarks.peers.peer import PEERS, Peer
from benchmarks.peers.processes import cpu_seconds, cpu_since, memory
from benchmarks.peers.questions import Questions

K = 10
WARM_UP = 20


def build(name: str, corpus_folder: str, folder: str) -> dict[str, float]:
    """Build the system; what is read for it, and its imports, come before the clock starts."""
    from benchmarks.peers.corpus import Corpus, emptied

    peer = PEERS[name].load()
    corpus = Corpus(Path(corpus_folder))
    _ = corpus.rows, corpus.vectors, corpus.started
    emptied(Path(folder))
    wall, before = time.perf_counter(), _cpu_with_children()
    elsewhere = peer.build(corpus, Path(folder))
    cpu = _cpu_with_children() - before + elsewhere
    return {"wall": time.perf_counter() - wall, "cpu": cpu}


def ask(name: str, folder: str, questions_file: str) -> dict[str, Any]:
    """Ask everything."""
    questions = Questions.read(Path(questions_file))
    peer = PEERS[name].load().open(Path(folder))
    pids = [os.getpid(), *peer.processes()]
    for trial_id in questions.similar[-WARM_UP:]:
        peer.similar(trial_id, K)
    found: dict[str, Any] = {"similar": _timed(peer, questions.similar, lambda one: peer.similar(one, K))}
    found["memory_similar"] = asdict(memory([os.getpid(), *peer.processes()]))
    found["filtered"] = []
    for day in questions.days:
        peer.similar(questions.filtered[-1], K, started_from=day)
        timed = _timed(peer, questions.filtered, lambda one, day=day: peer.similar(one, K, started_from=day))  # type: ignore[misc]
        found["filtered"].append(timed)
    found["labelled"] = {one: peer.similar(one, K) for one in questions.labelled}
    if questions.texts:
        for text in questions.texts[-WARM_UP:]:
            peer.search(text, K)
        found["texts"] = _timed(peer, questions.texts, lambda one: peer.search(one, K))
    found["memory_texts"] = asdict(memory([os.getpid(), *peer.processes()]))
    found["bytes"] = peer.stored_bytes()
    found["processes"] = len(pids)
    peer.close()
    return found


def first(name: str, folder: str, kind: str, question: str) -> None:
    """Ask one question, say so at once, and end."""
    peer = PEERS[name].load().open(Path(folder))
    answer = peer.similar(question, K) if kind == "similar" else peer.search(question, K)
    sys.stdout.write(f"{len(answer)}\n")
    sys.stdout.flush()
    peer.close()


def _timed(peer: Peer, questions: list[str], ask_one: Callable[[str], list[str]]) -> dict[str, Any]:
    """Milliseconds of each question, on the clock and of the processor, and its answer."""
    wall: list[float] = []
    cpu: list[float] = []
    answers: list[list[str]] = []
    for question in questions:
        pids = peer.processes()
        before, begun = cpu_seconds(pids), time.perf_counter()
        answer = ask_one(question)
        wall.append((time.perf_counter() - begun) * 1e3)
        cpu.append(cpu_since(before, pids) * 1e3)
        answers.append(answer)
    return {"wall": wall, "cpu": cpu, "answers": answers}


def _cpu_with_children() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


if __name__ == "__main__":
    step, *arguments = sys.argv[1:]
    if step == "first":
        first(*arguments)
    else:
        result = {"build": build, "ask": ask}[step](*arguments)
        sys.stdout.buffer.write(orjson.dumps(result) + b"\n")
