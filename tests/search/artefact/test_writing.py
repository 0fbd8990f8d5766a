import errno
import hashlib
import os
import shutil
import stat
import subprocess
import sys

import numpy as np
import pytest

from search.artefact.layout import builds_folder, current_file
from search.artefact.lifecycle import current_build, list_builds
from search.artefact.reading import open_current, verify_build
from search.artefact.writing import set_current, unfinished_build, write_vectors
from search.errors import TooManyUnusableRecords
from tests.records import study, write_ndjson


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("sizes", [[3, 2], [5], [], [1, 1, 1]])
def test_vectors_are_written_batch_by_batch_as_numpy_reads_them(tmp_path, sizes):
    batches = [np.random.default_rng(size).normal(size=(size, 4)).astype(np.float32) for size in sizes]
    write_vectors(tmp_path / "v.npy", sum(sizes), 4, iter(batches))
    read = np.load(tmp_path / "v.npy")
    assert read.dtype == np.float32
    assert (read == np.concatenate([np.empty((0, 4)), *batches])).all()


def test_vectors_of_another_layout_are_written_in_row_order(tmp_path):
    vectors = np.asfortranarray(np.arange(12, dtype=">f4").reshape(3, 4))
    write_vectors(tmp_path / "v.npy", 3, 4, [vectors])
    assert np.load(tmp_path / "v.npy").tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]


def test_the_live_build_is_named_by_one_line_that_is_replaced_whole(tmp_path):
    set_current(tmp_path, "first")
    before = current_file(tmp_path).stat().st_ino
    set_current(tmp_path, "second")
    assert current_file(tmp_path).read_text() == "second\n"
    assert current_file(tmp_path).stat().st_ino != before
    assert names(tmp_path) == ["CURRENT"]


def test_what_was_not_published_is_removed_again(root):
    def stop_half_way():
        with unfinished_build(root) as writer:
            (writer.folder / "titles.npy").write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_half_way()
    assert names(builds_folder(root)) == []


def test_what_killed_builds_left_is_removed_by_the_next(root):
    leftover = builds_folder(root) / ".building-20200101T000000-000000" / "lexical"
    leftover.mkdir(parents=True)
    (leftover / "half").write_bytes(b"half")
    with unfinished_build(root) as writer:
        assert names(builds_folder(root)) == [writer.folder.name]
    assert names(builds_folder(root)) == []


def test_the_manifest_names_every_file_of_the_build_by_its_size_and_sha256(root, build):
    build([study("NCT00000001", conditions=["Crohn disease"])])
    folder = current_build(root)
    manifest = open_current(root).manifest
    files = {
        path.relative_to(folder).as_posix(): (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert {name: (digest.bytes, digest.sha256) for name, digest in manifest.files.items()} == files


def test_a_build_of_the_same_records_has_the_same_files(root, build):
    records = [study(f"NCT0000000{n}", f"Trial {n}", conditions=["Asthma", f"Stage {n}"]) for n in range(5)]
    build(records)
    first = open_current(root).manifest
    build(list(reversed(records)))
    second = open_current(root).manifest
    assert first.build_id < second.build_id
    assert first.files == second.files


def test_a_build_that_is_refused_leaves_the_live_one_and_no_leftovers(root, build):
    live = build([study("NCT00000001")]).build_id
    with pytest.raises(TooManyUnusableRecords):
        build([study("NCT00000001"), study("NCT00000002", title=None)])
    assert names(builds_folder(root)) == [live]
    assert current_build(root).name == live


@pytest.mark.parametrize(
    "records",
    [
        [study("NCT00000001", "A bare title")],
        [study("NCT00000001", "A bare title"), study("NCT00000002", "Another")],
        [study("NCT00000001", "-"), study("NCT00000002", "Crohn", conditions=["!"], interventions=["?"])],
    ],
    ids=["one trial", "no terms", "texts without letters"],
)
def test_a_corpus_with_next_to_nothing_in_it_is_published_and_answers(root, build, records):
    build(records)
    artefact = open_current(root)
    verify_build(current_build(root))
    assert [artefact.trials.trial(row).brief_title for row in range(len(records))] == [
        record["protocolSection"]["identificationModule"]["briefTitle"] for record in records
    ]
    assert np.isfinite(artefact.titles).all()


# Root may write anywhere, unless it gives up that capability.
UNPRIVILEGED = ["setpriv", "--bounding-set", "-dac_override", "--inh-caps", "-dac_override"]


def restricted(*command):
    """A command whose process a folder's mode binds; skips where that cannot be had."""
    if os.geteuid() != 0:
        return [*command]
    if not shutil.which("setpriv") or subprocess.run([*UNPRIVILEGED, "true"], check=False).returncode:
        pytest.skip("root cannot be restricted here")
    return [*UNPRIVILEGED, *command]


def test_an_index_in_a_read_only_folder_is_served_and_a_rebuild_says_what_is_denied(tmp_path, root, build):
    live = build([study("NCT00000001")]).build_id
    source = write_ndjson(tmp_path / "next.ndjson", [study("NCT00000001"), study("NCT00000002")])
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        python = restricted(sys.executable)
        rebuild = subprocess.run(
            [*python, "-c", "from indexer.cli import main; main()", source, "--encoder", "hashing", "--index", root],
            capture_output=True,
            text=True,
            check=False,
        )
        serve = subprocess.run(
            [
                *python,
                "-c",
                "import sys; from pathlib import Path; from search.engine import SearchEngine; "
                "print(SearchEngine.open(Path(sys.argv[1])).trial('NCT00000001').brief_title)",
                root,
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        for folder in folders:
            folder.chmod(stat.S_IRWXU)

    assert rebuild.returncode == 1
    assert rebuild.stderr.startswith(f"error: {os.strerror(errno.EACCES)}: {builds_folder(root)}")
    assert rebuild.stderr.count("\n") == 1
    assert list_builds(root) == [live]
    assert serve.stdout == "A trial\n"
