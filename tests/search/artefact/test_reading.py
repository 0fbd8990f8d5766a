import hashlib
import json
import shutil

import numpy as np
import pytest

from search.artefact.facet_terms import TERM_FACETS
from search.artefact.layout import (
    DIGESTS_FILE,
    IDENTIFIERS_FILE,
    LEXICAL_FOLDER,
    PASSAGES_FILE,
    SUGGESTIONS_FOLDER,
    TERM_LISTS_FILE,
    TERM_VECTORS_FILE,
    TERMS_FILE,
    TITLES_FILE,
    TRIALS_FILE,
)
from search.artefact.lifecycle import current_build
from search.artefact.manifest import MANIFEST_FILE, WAY_OUT, read_manifest
from search.artefact.reading import open_build, open_current, verify_build
from search.encoders.hashing import HashingEncoder
from search.errors import CorruptBuild
from search.passage import Facet
from tests.records import study

RECORDS = [
    study("NCT00000003", "Exosomes in colitis", conditions=["Ulcerative colitis"], interventions=["Exosomes"]),
    study("NCT00000001", "Stem cells in Crohn disease", conditions=["Crohn disease", "Ulcerative colitis"]),
    study("NCT00000002", "A bare title"),
]
FILES = [
    TRIALS_FILE,
    IDENTIFIERS_FILE,
    TITLES_FILE,
    PASSAGES_FILE,
    TERMS_FILE,
    TERM_VECTORS_FILE,
    TERM_LISTS_FILE,
    DIGESTS_FILE,
    f"{SUGGESTIONS_FOLDER}/beginnings.arrow",
    f"{SUGGESTIONS_FOLDER}/terms.arrow",
    f"{LEXICAL_FOLDER}/common_places.npy",
    f"{LEXICAL_FOLDER}/common_scores.npy",
    f"{LEXICAL_FOLDER}/common_starts.npy",
    f"{LEXICAL_FOLDER}/counts.npy",
    f"{LEXICAL_FOLDER}/data.csc.index.npy",
    f"{LEXICAL_FOLDER}/indices.csc.index.npy",
    f"{LEXICAL_FOLDER}/indptr.csc.index.npy",
    f"{LEXICAL_FOLDER}/params.index.json",
    f"{LEXICAL_FOLDER}/vocab.index.json",
]


@pytest.fixture(scope="module")
def sound_root(tmp_path_factory, build_at):
    root = tmp_path_factory.mktemp("sound")
    build_at(root, RECORDS)
    return root


@pytest.fixture
def folder(root, sound_root):
    """The live build's folder in a copy of the index, to be spoiled."""
    shutil.copytree(sound_root, root)
    return current_build(root)


def test_an_opened_build_holds_the_trials_in_id_order_with_their_vectors(sound_root):
    artefact = open_current(sound_root)
    encode = HashingEncoder().encode_documents
    titles = ["Stem cells in Crohn disease", "A bare title", "Exosomes in colitis"]

    assert artefact.trials.trial_ids([0, 1, 2]) == ["NCT00000001", "NCT00000002", "NCT00000003"]
    assert [artefact.identifiers.row(f"NCT0000000{number}") for number in (1, 2, 3)] == [0, 1, 2]
    assert (artefact.titles == encode(titles)).all()
    assert (artefact.passages.vectors(np.array([1])) == encode(["A bare title"])).all()
    assert len(artefact.lexical) == 3


def test_a_string_that_two_trials_share_is_kept_once(sound_root):
    terms = open_current(sound_root).terms
    texts = {(facet, row): terms.texts(terms.lists[facet].of(row)) for facet in TERM_FACETS for row in range(3)}
    assert texts == {
        (Facet.CONDITION, 0): ["Crohn disease", "Ulcerative colitis"],
        (Facet.CONDITION, 1): [],
        (Facet.CONDITION, 2): ["Ulcerative colitis"],
        (Facet.INTERVENTION, 0): [],
        (Facet.INTERVENTION, 1): [],
        (Facet.INTERVENTION, 2): ["Exosomes"],
    }
    every = ["Crohn disease", "Ulcerative colitis", "Exosomes"]
    assert terms.texts(range(3)) == every
    assert (terms.vectors == HashingEncoder().encode_documents(every)).all()


def test_a_sound_build_is_verified(folder):
    assert verify_build(folder).manifest == read_manifest(folder)


def test_the_files_that_are_spoiled_below_are_all_there_are(folder):
    assert sorted(read_manifest(folder).files) == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    for check in (open_build, verify_build):
        with pytest.raises(CorruptBuild) as refused:
            check(folder)
        assert str(refused.value) == f"{folder / name} is missing; {WAY_OUT}"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("change", [-1, 1], ids=["cut short", "too long"])
def test_a_file_of_another_size_is_named(folder, name, change):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1] if change < 0 else content + b"\0")
    for check in (open_build, verify_build):
        with pytest.raises(CorruptBuild) as refused:
            check(folder)
        assert str(refused.value) == (
            f"{folder / name} has {len(content) + change} bytes, not {len(content)}; {WAY_OUT}"
        )


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", [0.0, 0.1, 0.3, 0.5, 0.8, 0.999])
def test_a_changed_byte_anywhere_is_found_by_verify_with_the_file_named(folder, name, place):
    content = bytearray((folder / name).read_bytes())
    content[int(len(content) * place)] ^= 0x55
    (folder / name).write_bytes(content)
    with pytest.raises(CorruptBuild) as refused:
        verify_build(folder)
    assert str(refused.value) == f"{folder / name} has changed since it was published; {WAY_OUT}"


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_right_size_that_is_garbage_does_not_open(folder, name):
    size = (folder / name).stat().st_size
    (folder / name).write_bytes(b"\xa5" * size)
    with pytest.raises(CorruptBuild) as refused:
        open_build(folder)
    named = folder / name.split("/")[0]  # the files of a folder are opened together
    assert str(refused.value).startswith(f"{named} cannot be read (")
    assert str(refused.value).endswith(f"); {WAY_OUT}")


def rewrite(folder, change):
    """Changes the manifest of a build."""
    manifest = json.loads((folder / MANIFEST_FILE).read_text())
    change(manifest)
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest))


def swap_in(folder, name, other):
    """`other`'s content under `name`, vouched for by the manifest."""
    content = (folder / other).read_bytes()
    (folder / name).write_bytes(content)
    digest = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    rewrite(folder, lambda manifest: manifest["files"].update({name: digest}))


@pytest.mark.parametrize(
    ("name", "other"),
    [
        (IDENTIFIERS_FILE, TRIALS_FILE),
        (TERMS_FILE, TRIALS_FILE),
        (TERM_LISTS_FILE, TERMS_FILE),
        (PASSAGES_FILE, TITLES_FILE),
        (f"{SUGGESTIONS_FOLDER}/terms.arrow", TERMS_FILE),
    ],
)
def test_a_file_of_another_kind_under_a_name_does_not_open(folder, name, other):
    swap_in(folder, name, other)
    with pytest.raises(CorruptBuild) as refused:
        open_build(folder)
    assert str(refused.value).startswith(f"{folder / name.split('/')[0]} cannot be read (")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"counts": {"trials": 4, "terms": 3, "skipped": {}}}, TRIALS_FILE),
        ({"counts": {"trials": 3, "terms": 2, "skipped": {}}}, TERMS_FILE),
        ({"encoder": {"spec": "hashing", "revision": "hashing-1", "dim": 128}}, TITLES_FILE),
    ],
)
def test_files_that_disagree_with_the_manifest_are_named(folder, change, name):
    rewrite(folder, lambda manifest: manifest.update(change))
    with pytest.raises(CorruptBuild, match="where the manifest says") as refused:
        open_build(folder)
    assert str(refused.value).startswith(f"{folder / name} holds ")


def test_an_index_of_an_unknown_kind_is_refused_with_the_known_ones(folder):
    rewrite(folder, lambda manifest: manifest.update(index="annoy"))
    with pytest.raises(CorruptBuild, match="unknown index 'annoy'; known: flat, ivf, exact"):
        open_build(folder)


def test_passages_of_another_version_are_refused_with_the_command_that_mends_it(folder):
    rewrite(folder, lambda manifest: manifest.update(passage_version=99))
    with pytest.raises(CorruptBuild) as refused:
        open_build(folder)
    assert "passages of version 99" in str(refused.value)
    assert str(refused.value).endswith("build again with: trialkin rebuild-index")


def test_two_opened_builds_share_no_state(root, build, folder):
    first = open_build(folder)
    build([study("NCT00000009", "Something else")])
    assert first.trials.trial_ids([0]) == ["NCT00000001"]
    assert open_current(root).trials.trial_ids([0]) == ["NCT00000009"]
