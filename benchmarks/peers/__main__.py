"""`python -m benchmarks.peers`: builds and asks every system, each in processes of its own, and writes the tables."""

import os
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from benchmarks.machine import machine
from benchmarks.peers.choice import labels_of, questions_about
from benchmarks.peers.corpus import ALL, POOL, Corpus, prepare
from benchmarks.peers.judging import Exact, by_cosine, by_engine, recall, relevance
from benchmarks.peers.measuring import K
from benchmarks.peers.peer import OWN, PEERS, Truth
from benchmarks.peers.plot import plot
from benchmarks.peers.questions import Questions
from benchmarks.peers.tables import page
from benchmarks.quality.indexes import copy_embeddings
from benchmarks.quality.tables import put_between_markers
from search.cli.app import run as run_command
from search.encoders.catalogue import DEFAULT_ENCODER, open_encoder
from search.errors import BadInput
from search.progress import progress_on

BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"
FIRST_TIMES = 2
MEASURING = "benchmarks.peers.measuring"
_CONSOLE = Console(stderr=True, highlight=False)


def bench(
    data: Annotated[Path, typer.Option(help="Folder of the records and labels.")] = Path("../shared/data"),
    work: Annotated[Path, typer.Option(help="Folder for what is built and found.")] = Path("var/peers"),
    embeddings: Annotated[
        Path | None, typer.Option(help="Folder of embeddings made before, to copy: the embeddings/ of an index.")
    ] = None,
    corpus: Annotated[
        list[str] | None, typer.Option(help="pool, all, or so many trials of the pool; may repeat.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only these systems; may repeat.")] = None,
    again: Annotated[
        bool, typer.Option("--again/--keep", help="Measure anew, or only what has not been measured yet.")
    ] = True,
    write: Annotated[Path | None, typer.Option(help="Page to put the tables into; else they are printed.")] = None,
) -> None:
    """Every system on the same trials, as one table a corpus, of all that was found in `work` before too."""
    names = only or list(PEERS)
    if unknown := [name for name in names if name not in PEERS]:
        raise BadInput(f"unknown system {unknown[0]!r}; known: {', '.join(PEERS)}")
    corpora = corpus or [POOL, ALL]
    if unknown := [name for name in corpora if name not in (POOL, ALL) and not name.isdecimal()]:
        raise BadInput(f"unknown corpus {unknown[0]!r}; it is {POOL}, {ALL} or a number of trials")
    if not (data / "labels").is_dir():
        typer.echo(f"nothing measured: no records and labels under {data}; name their folder with --data", err=True)
        return
    if embeddings:
        copy_embeddings(embeddings, work)
    for name in corpora:
        _measure_all(name, names, data, work, again=again)
    text = page({name: work / name / "found" for name in corpora})
    if write:
        put_between_markers(write, text, begin=BEGIN, end=END)
        plot(work / corpora[0] / "found", write.parent / "images" / "peers.svg")
    else:
        typer.echo(text)


def _measure_all(corpus_name: str, names: list[str], data: Path, work: Path, *, again: bool) -> None:
    found = work / corpus_name / "found"
    wanted = [name for name in names if again or not (found / f"{name}.json").exists()]
    if not wanted:
        return
    _say(f"{corpus_name}: preparing its trials")
    encoder = open_encoder(DEFAULT_ENCODER)
    corpus = prepare(corpus_name, data, work, encoder=encoder, progress=progress_on(_CONSOLE))
    found.mkdir(exist_ok=True)
    labels = labels_of(corpus.rows, data)
    questions = questions_about(corpus.rows, labels)
    questions.write(corpus.folder / "questions.json")
    for name in wanted:
        _say(f"{corpus_name}: {PEERS[name].title}")
        result = _measured(name, corpus, questions)
        if "failed" not in result:
            result |= _judged(name, corpus, questions, result)
            if labels:
                result["relevance"] = relevance(result.pop("labelled"), labels)
        (found / f"{name}.json").write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2))


def _measured(name: str, corpus: Corpus, questions: Questions) -> dict[str, Any]:
    """All that the system's own processes find, or why they could not."""
    entry = PEERS[name]
    if missing := entry.missing():
        return {"failed": f"not installed: {', '.join(missing)}"}
    folder = corpus.folder / "built" / name
    result: dict[str, Any] = {
        "trials": len(corpus.rows),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(),
        "versions": entry.versions(),
        "shares": [float((corpus.started >= day).mean()) for day in questions.days],
    }
    try:
        building = ("build", name, str(corpus.folder), str(folder))
        result["build"] = _run(MEASURING, *building, threads=os.cpu_count() or 1)
        result |= _run(MEASURING, "ask", name, str(folder), str(corpus.folder / "questions.json"))
        result["first_similar"] = _first(name, folder, "similar", questions.similar[0])
        if questions.texts:
            result["first_text"] = _first(name, folder, "text", questions.texts[0])
        if name == OWN:
            result["embedding"] = _run("benchmarks.peers.embedding", str(corpus.folder), str(folder))
    except subprocess.CalledProcessError as error:
        # The last line of a traceback names the error; a process that was ended leaves none.
        said = error.stderr.decode(errors="replace").strip().splitlines() if error.returncode > 0 else []
        return {"failed": f"it failed: {said[-1] if said else error}"}
    return result


def _judged(name: str, corpus: Corpus, questions: Questions, result: dict[str, Any]) -> dict[str, Any]:
    """The recall of its answers with and without filters, whose ids are not kept."""
    exact: Exact | None = None
    if PEERS[name].truth is Truth.VECTORS:
        exact = by_cosine([row.trial_id for row in corpus.rows], corpus.vectors, corpus.started)
    elif PEERS[name].truth is Truth.ENGINE:
        exact = by_engine(corpus.folder / "built" / name)
    asked: list[tuple[dict[str, Any], list[str], int | None]] = [
        (result["similar"], questions.similar, None),
        *((timed, questions.filtered, day) for timed, day in zip(result["filtered"], questions.days, strict=True)),
    ]
    for timed, ids, day in asked:
        answers = dict(zip(ids, timed.pop("answers"), strict=True))
        timed["returned"] = statistics.mean(map(len, answers.values()))
        timed["recall"] = recall(answers, exact, day=day, k=K) if exact else None
    result.get("texts", {}).pop("answers", None)
    return result


def _first(name: str, folder: Path, kind: str, question: str) -> float:
    """Seconds from the start of a process to its first answer: the better of two, what is on disk being cached."""
    seconds = []
    for _ in range(FIRST_TIMES):
        begun = time.perf_counter()
        with subprocess.Popen(  # noqa: S603 - this project's own
            _command(MEASURING, "first", name, str(folder), kind, question),
            env=_environment(1),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            answered = process.stdout.readline() if process.stdout else b""
            seconds.append(time.perf_counter() - begun)
        if process.returncode or not answered:
            raise subprocess.CalledProcessError(process.returncode, process.args, stderr=b"no first answer")
    return min(seconds)


def _run(module: str, *arguments: str, threads: int = 1) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - as above
        _command(module, *arguments), check=True, capture_output=True, env=_environment(threads)
    )
    result: dict[str, Any] = orjson.loads(done.stdout.splitlines()[-1])
    return result


def _command(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _environment(threads: int) -> dict[str, str]:
    """Where FAISS, torch and NumPy take so many threads.

    One answers best: several wait for one another, busily, and on a machine that does other things for long.
    """
    return {**os.environ, "OMP_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "false"}


def _say(line: str) -> None:
    _CONSOLE.print(line)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(bench)
    run_command(app)
