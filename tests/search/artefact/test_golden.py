"""A published index of each format must open and answer forever. See tests/golden/make.py."""

from pathlib import Path

import numpy as np
import pytest

from search.artefact.lifecycle import current_build
from search.artefact.manifest import FORMAT_VERSION
from search.artefact.reading import open_current, verify_build
from search.encoders.hashing import HashingEncoder
from search.engine import SearchEngine
from search.filters import Filters
from search.passage import Facet

GOLDEN = Path(__file__).parents[2] / "golden"
FORMATS = sorted(GOLDEN.glob("format-*"))
IDS = ["NCT00283049", "NCT01221428", "NCT02442037", "NCT05262829", "NCT06755021", "NCT06853522"]

every_format = pytest.mark.parametrize("root", FORMATS, ids=lambda folder: folder.name)


def test_there_is_a_golden_index_of_the_format_that_is_written():
    assert f"format-{FORMAT_VERSION}" in [folder.name for folder in FORMATS]


@every_format
def test_it_is_unchanged(root):
    manifest = verify_build(current_build(root)).manifest
    assert root.name == f"format-{manifest.format_version}"
    assert (manifest.encoder.spec, manifest.encoder.revision) == ("hashing", "hashing-1")
    assert manifest.counts.trials == 6


@every_format
def test_it_gives_its_trials(root):
    engine = SearchEngine.open(root)
    trial = engine.trial("nct01221428")
    assert trial.brief_title == "Umbilical Cord Mesenchymal Stem Cells Infusion for Ulcerative Colitis"
    assert trial.phases == ("PHASE1", "PHASE2")
    assert trial.conditions == ("Ulcerative Colitis", "Mesenchymal Stem Cells", "Umbilical Cord")
    assert engine.trial("NCT00283049").conditions == ("Diabetes Mellitus, Type 2",)
    assert engine.trial("NCT06755021").conditions == ()


@every_format
def test_its_vectors_are_those_of_its_encoder(root):
    artefact = open_current(root)
    encode = HashingEncoder().encode_documents
    titles = [artefact.trials.trial(row).brief_title for row in range(6)]
    assert artefact.trials.trial_ids(range(6)) == IDS
    assert np.allclose(artefact.titles, encode(titles), atol=1e-6)
    diabetes = artefact.terms.lists[Facet.CONDITION].of(0)
    assert artefact.terms.texts(diabetes) == ["Diabetes Mellitus, Type 2"]
    assert np.allclose(artefact.terms.vectors[diabetes], encode(["Diabetes Mellitus, Type 2"]), atol=1e-6)


@every_format
def test_it_answers_by_trial_by_text_and_with_filters(root):
    engine = SearchEngine.open(root)
    similar = [hit.trial.trial_id for hit in engine.similar("NCT06853522", k=5).hits]
    assert sorted(similar) == IDS[:5]
    assert similar[0] in {"NCT01221428", "NCT02442037"}  # umbilical cord stem cells in ulcerative colitis too

    found = [hit.trial.trial_id for hit in engine.search("insulin glargine in type 2 diabetes", k=1).hits]
    assert found == ["NCT00283049"]

    filters = Filters(phase=("PHASE4",))
    assert [hit.trial.trial_id for hit in engine.similar("NCT06853522", k=5, filters=filters).hits] == ["NCT00283049"]
