import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer import embed, stored_vectors
from indexer import intake as intake_module
from indexer.build import BuildReport, rebuild_index
from indexer.sources.files import open_source
from search.artefact.lifecycle import current_build, list_builds
from search.artefact.reading import open_current, verify_build
from search.encoders.base import Encoder
from search.encoders.hashing import HashingEncoder
from search.errors import CorruptBuild, NoIndex, TooManyUnusableRecords, UnusableSource
from search.passage import Facet
from search.progress import Progress
from tests.conftest import Build
from tests.indexer.encoders import RememberingEncoder
from tests.records import study, write_ndjson

RECORDS = [
    study("NCT00000003", "Aspirin in stroke", conditions=["Stroke", "Pain"], interventions=["Aspirin"]),
    study("NCT00000001", "Aspirin", conditions=["Pain"], updated="2020-02-02"),
    study("NCT00000002", "Stroke", interventions=["Aspirin", "Placebo"], updated="2021"),
]
# Titles and terms share two strings; the passages are their own.
DISTINCT = {
    "Aspirin in stroke",
    "Aspirin",
    "Stroke",
    "Pain",
    "Placebo",
    "Aspirin in stroke. Conditions: Stroke; Pain. Interventions: Aspirin",
    "Aspirin. Conditions: Pain",
    "Stroke. Interventions: Aspirin; Placebo",
}

BuildWith = Callable[..., BuildReport]


@pytest.fixture
def build_with(tmp_path: Path, root: Path, quiet: Progress) -> BuildWith:
    def build(encoder: Encoder, records: list[dict[str, Any]] = RECORDS, *, full: bool = False) -> BuildReport:
        source = open_source(str(write_ndjson(tmp_path / "studies.ndjson", records)))
        return rebuild_index(source, root=root, encoder=encoder, progress=quiet, full=full)

    return build


def test_each_distinct_string_of_a_corpus_is_encoded_once(build_with: BuildWith) -> None:
    encoder = RememberingEncoder()

    report = build_with(encoder)

    assert sorted(encoder.encoded) == sorted(DISTINCT)
    assert (report.embedded, report.reused) == (8, 0)


def test_every_vector_of_a_build_is_that_of_its_own_text(build_with: BuildWith, root: Path) -> None:
    build_with(HashingEncoder())

    artefact = open_current(root)
    encode = HashingEncoder().encode_documents

    assert np.array_equal(artefact.titles, encode(["Aspirin", "Stroke", "Aspirin in stroke"]))
    assert np.array_equal(
        artefact.passages.vectors(np.arange(3)),
        encode(
            [
                "Aspirin. Conditions: Pain",
                "Stroke. Interventions: Aspirin; Placebo",
                "Aspirin in stroke. Conditions: Stroke; Pain. Interventions: Aspirin",
            ]
        ),
    )
    terms = artefact.terms
    for facet, expected in (
        (Facet.CONDITION, [["Pain"], [], ["Stroke", "Pain"]]),
        (Facet.INTERVENTION, [[], ["Aspirin", "Placebo"], ["Aspirin"]]),
    ):
        assert [terms.texts(terms.lists[facet].of(row)) for row in range(3)] == expected
    texts = terms.texts(range(len(terms.vectors)))
    assert sorted(texts) == ["Aspirin", "Pain", "Placebo", "Stroke"]
    assert np.array_equal(terms.vectors, encode(texts))


def test_a_report_says_what_was_read_kept_left_out_and_written(build: Build, root: Path) -> None:
    twenty = [study(f"NCT000001{number:02}", "A trial like many") for number in range(20)]

    report = build([*RECORDS, *twenty, study("NCT00000001", "Aspirin, as it was", updated="2019"), study("NCT1")])

    folder = root / "builds" / report.build_id
    manifest = verify_build(folder).manifest
    assert current_build(root) == folder
    assert (report.read, report.indexed, len(open_current(root).trials)) == (25, 23, 23)
    assert report.skipped == {"older or repeated record of a trial": 1, "no valid trial id": 1}
    assert {reason: Path(place).name for reason, place in report.first_places.items()} == {
        "older or repeated record of a trial": "studies.ndjson:24",
        "no valid trial id": "studies.ndjson:25",
    }
    assert (report.embedded, report.reused) == (len(DISTINCT) + 1, 0)
    assert report.bytes == sum(
        path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json"
    )
    assert report.seconds > 0
    assert manifest.counts.skipped == report.skipped
    assert manifest.source.model_dump() == {"name": "studies.ndjson", "data_date": "2021"}
    assert manifest.encoder.model_dump() == {"spec": "hashing", "revision": "hashing-1", "dim": 256}


def test_a_second_build_embeds_nothing_and_has_the_same_vectors_bit_by_bit(build_with: BuildWith, root: Path) -> None:
    build_with(RememberingEncoder())
    first = file_digests(root)
    encoder = RememberingEncoder()

    report = build_with(encoder, full=True)

    assert (report.embedded, report.reused, encoder.encoded) == (0, 8, [])
    assert file_digests(root) == first
    assert len(list_builds(root)) == 2


def test_the_order_of_the_source_does_not_change_a_build(build_with: BuildWith, root: Path) -> None:
    build_with(HashingEncoder())
    first = file_digests(root)

    build_with(HashingEncoder(), RECORDS[::-1])

    assert file_digests(root) == first


@pytest.mark.parametrize("batch_rows", [1, 2, 7])
def test_the_size_of_batches_does_not_change_what_a_build_holds(
    batch_rows: int, build_with: BuildWith, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [
        study(f"NCT{number:08}", f"Trial {number}", conditions=[f"c{number % 3}"], interventions=[f"i{number}"])
        for number in (5, 3, 9, 1, 7, 2, 8)
    ]
    build_with(HashingEncoder(), records)
    whole = open_current(root)
    monkeypatch.setattr(intake_module, "BATCH_ROWS", batch_rows)
    monkeypatch.setattr(stored_vectors, "BATCH_ROWS", batch_rows)

    build_with(HashingEncoder(), records, full=True)

    parts = open_current(root)
    assert [parts.trials.trial(row) for row in range(7)] == [whole.trials.trial(row) for row in range(7)]
    assert np.array_equal(parts.titles, whole.titles)
    assert np.array_equal(parts.terms.vectors, whole.terms.vectors)
    assert np.array_equal(parts.passages.vectors(np.arange(7)), whole.passages.vectors(np.arange(7)))


def test_a_new_record_embeds_only_its_own_strings(build_with: BuildWith) -> None:
    build_with(RememberingEncoder())
    encoder = RememberingEncoder()

    report = build_with(encoder, [*RECORDS, study("NCT00000004", "Placebo", conditions=["Pain", "Fever"])])

    assert sorted(encoder.encoded) == ["Fever", "Placebo. Conditions: Pain; Fever"]
    assert (report.embedded, report.reused, report.taken_over) == (2, 1, 3)


def test_vectors_of_two_revisions_never_meet_in_one_build(build_with: BuildWith, root: Path) -> None:
    build_with(RememberingEncoder("one"))
    first = np.array(open_current(root).titles)
    other = RememberingEncoder("two", sign=-1.0)

    report = build_with(other)

    assert (report.embedded, report.reused) == (8, 0)
    assert np.array_equal(open_current(root).titles, -first)
    build_with(RememberingEncoder("one", limit=0))
    assert np.array_equal(open_current(root).titles, first)


def test_a_build_that_is_interrupted_goes_on_where_it_was(
    build_with: BuildWith, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed, "CHUNK", 2)
    stopped = RememberingEncoder(limit=5)
    with pytest.raises(KeyboardInterrupt):
        build_with(stopped)
    with pytest.raises(NoIndex):
        current_build(root)
    assert list((root / "builds").iterdir()) == []
    assert len(stopped.encoded) == 4

    second = RememberingEncoder()
    report = build_with(second)

    assert (report.embedded, report.reused) == (4, 4)
    assert set(second.encoded) == DISTINCT - set(stopped.encoded)


@pytest.mark.parametrize("records", [[], [study("NCT1")], [*RECORDS, study("NCT00000009", None)]])
def test_a_build_that_is_refused_leaves_the_live_one_as_it_was(
    records: list[dict[str, Any]], build: Build, root: Path
) -> None:
    live = build(RECORDS).build_id
    before = file_digests(root)

    with pytest.raises((UnusableSource, TooManyUnusableRecords)):
        build(records)

    assert list_builds(root) == [live]
    assert file_digests(root) == before
    assert sorted(path.name for path in (root / "builds").iterdir()) == [live]


def test_a_damaged_cache_stops_a_build_until_it_is_removed(build_with: BuildWith, root: Path) -> None:
    build_with(HashingEncoder())
    (cache,) = (root / "embeddings").glob("*.sqlite")
    cache.write_bytes(b"not a database" * 1_000)

    with pytest.raises(CorruptBuild, match=f"{cache}.*remove it and build again"):
        build_with(HashingEncoder())
    cache.unlink()
    assert build_with(HashingEncoder(), full=True).embedded == 8


def test_a_corpus_without_any_condition_or_intervention_is_indexed(build: Build, root: Path) -> None:
    build([study("NCT00000001", "Only a title")])

    artefact = open_current(root)

    assert artefact.terms.vectors.shape == (0, 256)
    assert artefact.trials.trial(0).brief_title == "Only a title"


def file_digests(root: Path) -> dict[str, str]:
    """SHA-256 of every file of the live build but the manifest, which has a date."""
    return {
        str(path.relative_to(current_build(root))): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in current_build(root).rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


def test_a_summary_joins_the_passage_in_one_vector(build: Build, root: Path) -> None:
    summary = "Children take it for a year."
    build([study("NCT00000001", "Aspirin", conditions=["Pain"], descriptionModule={"briefSummary": summary})])
    vectors = HashingEncoder().encode_documents(["Aspirin. Conditions: Pain", summary])
    expected = vectors.sum(axis=0) / np.linalg.norm(vectors.sum(axis=0))
    assert open_current(root).passages.vectors(np.array([0]))[0].tolist() == pytest.approx(expected.tolist(), abs=1e-6)
