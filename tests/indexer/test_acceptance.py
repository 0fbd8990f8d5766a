"""A new build is checked before it goes live; one that fails is kept aside, and what was live stays live."""

import dataclasses
import hashlib
import json
import sqlite3
import zlib
from pathlib import Path

import numpy as np
import pytest

from indexer import build as build_module
from indexer.acceptance import _ask_for_its_own, check_against_previous
from indexer.build import rebuild_index
from indexer.embedding_cache import EmbeddingCache
from indexer.sources.files import open_source
from search.artefact.layout import PASSAGES_FILE, build_folder, builds_folder
from search.artefact.lifecycle import current_build, list_builds, prune, rollback
from search.artefact.manifest import MANIFEST_FILE
from search.artefact.reading import open_build, open_current
from search.encoders.hashing import HashingEncoder
from search.errors import BuildRefused
from search.indexes.base import TopK
from search.indexes.catalogue import index_class
from tests.records import study, write_ndjson


def records(count):
    """Records without a word or a letter triple that many of them share, so that vectors decide what is related."""
    return [study(f"NCT{number:08}", f"{zlib.crc32(b'%d' % number):x}") for number in range(1, count + 1)]


class RandomEncoder:
    """One random unit vector for each text and seed, under one revision whatever the seed."""

    spec = "random"
    revision = "random-1"
    dim = 16

    def __init__(self, seed):
        self.seed = seed

    def encode_documents(self, texts):
        seeds = [[self.seed, zlib.crc32(text.encode())] for text in texts]
        vectors = np.array([np.random.default_rng(seed).normal(size=self.dim) for seed in seeds])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    encode_queries = encode_documents


@pytest.fixture
def rebuild(tmp_path, root, quiet):
    """Builds `count` records, or the records given, under a source's name."""

    def rebuild(what, *, name="studies.ndjson", force=False, encoder=None, full=True):
        source = write_ndjson(tmp_path / name, records(what) if isinstance(what, int) else what)
        return rebuild_index(
            open_source(str(source)),
            root=root,
            encoder=encoder or HashingEncoder(),
            progress=quiet,
            force=force,
            full=full,
        ).build_id

    return rebuild


def refusal(root, rebuild, *arguments, **options):
    """Why a rebuild is refused; what was live is still live, and the build is kept with the reason."""
    before = list_builds(root)
    live = current_build(root)
    with pytest.raises(BuildRefused) as refused:
        rebuild(*arguments, **options)
    assert list_builds(root) == before
    assert current_build(root) == live
    (kept,) = builds_folder(root).glob(".*")
    reason = (kept / "reason.txt").read_text().removesuffix("\n")
    assert str(refused.value) == (
        f"the new build was not published: {reason}; what was live stays live, and the new build is kept in {kept}"
    )
    assert kept.name.startswith(".refused-")
    return reason


@pytest.mark.parametrize(("count", "published"), [(120, True), (108, True), (107, False), (1, False)])
def test_a_build_with_fewer_than_nine_tenths_of_the_trials_is_refused(root, rebuild, count, published):
    first = rebuild(120)
    if published:
        assert rebuild(count) == current_build(root).name
    else:
        assert refusal(root, rebuild, count) == (
            f"it has {count} trials, fewer than 90% of the 120 that {first} has from the same source "
            "(--force publishes it)"
        )


def test_force_publishes_it(root, rebuild):
    rebuild(120)
    assert rebuild(7, force=True) == current_build(root).name
    assert len(open_current(root).trials) == 7


@pytest.mark.parametrize(
    ("name", "published"), [("asthma.ndjson", True), ("studies-2.ndjson", False), ("studies-2026-01-31.ndjson", False)]
)
def test_only_builds_of_one_source_are_compared_and_a_date_in_its_name_makes_no_other(root, rebuild, name, published):
    rebuild(120, name="studies-1.ndjson" if name.startswith("studies-2.") else "studies-2026-01-30.ndjson")
    if published:
        assert rebuild(50, name=name) == current_build(root).name
    else:
        assert "fewer than 90% of the 120" in refusal(root, rebuild, 50, name=name)


def test_the_last_build_of_the_same_source_counts_though_another_was_live_since(root, rebuild):
    rebuild(120)
    rebuild(30, name="other.ndjson")
    assert "fewer than 90% of the 120" in refusal(root, rebuild, 50)


def test_after_a_rollback_the_build_that_is_live_counts(root, rebuild):
    rebuild(120)
    rebuild(200)
    rollback(root)
    assert rebuild(120) == current_build(root).name


def test_of_less_than_a_hundred_trials_any_share_may_go(root, rebuild):
    rebuild(99)
    assert rebuild(1) == current_build(root).name


def test_a_previous_build_that_is_broken_is_no_obstacle(root, rebuild):
    first = rebuild(120)
    (build_folder(root, first) / "titles.npy").unlink()
    second = rebuild(120)
    (build_folder(root, second) / MANIFEST_FILE).write_text("{")
    assert rebuild(120) == current_build(root).name


def test_a_build_that_answers_otherwise_about_unchanged_trials_is_refused(root, rebuild):
    first = rebuild(150, encoder=RandomEncoder(1))
    for cache in (root / "embeddings").iterdir():
        cache.unlink()
    reason = refusal(root, rebuild, 150, encoder=RandomEncoder(2))
    assert reason.startswith("of the first 10 trials related to one that has not changed it lists ")
    assert reason.endswith(f"% of those that {first} lists, fewer than 50% (--force publishes it)")
    assert rebuild(150, encoder=RandomEncoder(2), force=True) == current_build(root).name


def test_many_new_trials_are_no_reason_to_refuse(root, rebuild):
    # They push the old ones down the lists, but among the old ones the order stays.
    rebuild(120, encoder=RandomEncoder(1))
    assert rebuild(480, encoder=RandomEncoder(1)) == current_build(root).name


def test_with_another_encoder_answers_are_not_compared(root, rebuild):
    rebuild(150, encoder=RandomEncoder(1))
    other = RandomEncoder(2)
    other.revision = "random-2"
    assert rebuild(150, encoder=other) == current_build(root).name


def test_trials_with_the_same_text_share_the_first_place(root, rebuild):
    same = [study(f"NCT{number:08}", "Aspirin", conditions=["Pain"]) for number in range(1, 131)]
    assert rebuild(same) == current_build(root).name


def test_texts_without_a_letter_have_no_length_and_are_published(root, rebuild):
    assert rebuild([study("NCT00000001", "-"), study("NCT00000002", "!")]) == current_build(root).name


@pytest.mark.parametrize("factor", [2.0, float("nan")])
def test_a_vector_that_was_damaged_in_the_cache_is_found(root, rebuild, factor):
    rebuild(40)
    (file,) = (root / "embeddings").glob("*.sqlite")
    with sqlite3.connect(file) as database:
        key, vector = database.execute("SELECT text_sha256, vector FROM embeddings").fetchone()
        damaged = (np.frombuffer(vector, dtype="<f4") * np.float32(factor)).tobytes()
        database.execute("UPDATE embeddings SET vector = ? WHERE text_sha256 = ?", [damaged, key])
    database.close()
    reason = refusal(root, rebuild, 40)
    assert (
        reason
        == "some vectors of its passages have not the length 1; remove the embeddings and build again with --full"
    )


@pytest.fixture
def spoilt(monkeypatch):
    """Has `spoil(folder)` done to every new build once it is on the disk, before it is checked."""

    def arrange(spoil):
        check = build_module.check_soundness
        monkeypatch.setattr(
            build_module,
            "check_soundness",
            lambda folder, *rest, **options: (spoil(folder), check(folder, *rest, **options))[1],
        )

    return arrange


def change_a_byte(folder):
    content = bytearray((folder / "titles.npy").read_bytes())
    content[-1] ^= 1
    (folder / "titles.npy").write_bytes(content)


def vouch_for(folder, name):
    """Puts the file's checksum into the manifest."""
    content = (folder / name).read_bytes()
    manifest = json.loads((folder / MANIFEST_FILE).read_text())
    manifest["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest))


def turn_passages_round(folder):
    flat = index_class("flat")
    vectors = np.array(open_build(folder).passages.vectors(np.arange(40)))
    flat.build(vectors[::-1].copy()).save(folder / PASSAGES_FILE)
    vouch_for(folder, PASSAGES_FILE)


def turn_titles_round(folder):
    np.save(folder / "titles.npy", np.array(open_build(folder).titles)[::-1])
    vouch_for(folder, "titles.npy")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (change_a_byte, "/titles.npy has changed since it was published; "),
        (lambda folder: (folder / "trials.arrow").unlink(), "/trials.arrow is missing; "),
        (turn_passages_round, " is not that of its text (40 of 40 asked)"),
        (turn_titles_round, " is not that of its title (40 of 40 asked)"),
    ],
    ids=["a byte", "a file", "passages of other trials", "titles of other trials"],
)
def test_what_the_disk_made_of_a_build_is_found_and_force_does_not_help(root, rebuild, spoilt, spoil, reason):
    rebuild(40)
    spoilt(spoil)
    assert reason in refusal(root, rebuild, 40)
    assert reason in refusal(root, rebuild, 40, force=True)


def test_an_index_that_finds_another_trial_first_is_found_out(root, rebuild, quiet):
    artefact = open_build(build_folder(root, rebuild(40)))

    class Worst:
        """Finds what is least like the query."""

        def __len__(self):
            return 40

        def vectors(self, rows):
            return artefact.passages.vectors(rows)

        def top_k(self, queries, k):
            last = artefact.passages.top_k(queries, 40)
            return TopK(last.rows[:, -k:], last.scores[:, -k:])

    with EmbeddingCache(root / "embeddings", HashingEncoder.revision) as cache:
        _ask_for_its_own(artefact, HashingEncoder(), cache, quiet)
        with pytest.raises(BuildRefused, match=r"NCT\d{8} is not found first by its own passage \(20 of 20 asked\)"):
            _ask_for_its_own(dataclasses.replace(artefact, passages=Worst()), HashingEncoder(), cache, quiet)


def test_the_newest_refused_build_alone_is_kept_until_a_prune(root, rebuild):
    live = rebuild(120)
    assert "it has 10 trials" in refusal(root, rebuild, 10)
    assert "it has 20 trials" in refusal(root, rebuild, 20)
    (kept,) = builds_folder(root).glob(".refused-*")
    assert len(open_build(kept).trials) == 20  # it can be looked into
    assert prune(root, keep=2) == [kept.name.removeprefix(".refused-")]
    assert [path.name for path in builds_folder(root).iterdir()] == [live]


def test_the_first_build_is_compared_with_nothing(tmp_path, root, rebuild):
    folder = build_folder(root, rebuild(120))
    check_against_previous(open_build(folder), Path(tmp_path / "nothing here"))
