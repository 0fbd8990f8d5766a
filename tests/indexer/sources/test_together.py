from pathlib import Path

import pytest

from indexer.intake import DUPLICATE, take_in
from indexer.sources.files import SEEDS, open_source
from indexer.sources.together import open_sources
from search.errors import BadInput, UnusableSource
from search.progress import Progress
from tests.indexer.sources.ictrp_exports import AMERICAN, CHINESE, xml_text
from tests.records import study, write_ndjson


def sources_in(folder: Path) -> list[str]:
    export = folder / "ictrp.xml"
    export.write_text(xml_text(AMERICAN, CHINESE))
    return [str(export), str(write_ndjson(folder / "studies.ndjson", [study("NCT00000002", "Own record")]))]


def test_several_sources_are_read_one_after_another_as_each_would_be(tmp_path: Path) -> None:
    specs = sources_in(tmp_path)
    source = open_sources(specs)

    found = list(source.records())

    assert found == [record for spec in specs for record in open_source(spec).records()]
    assert source.name == "ictrp.xml and studies.ndjson"
    assert source.size == source.position == sum(Path(spec).stat().st_size for spec in specs)


@pytest.mark.parametrize("turned", [False, True])
def test_the_registry_s_own_record_is_kept_whichever_source_comes_first(
    turned: bool, tmp_path: Path, quiet: Progress
) -> None:
    specs = sources_in(tmp_path)

    intake = take_in(open_sources(specs[::-1] if turned else specs), tmp_path / "spool", quiet)

    assert (intake.read, intake.skipped) == (3, {DUPLICATE: 1})
    titles = [title for batch in intake.batches(None) for title in batch["brief_title"].to_pylist()]
    assert titles == ["Acupuncture after stroke", "Own record"]


def test_one_source_is_itself() -> None:
    assert open_sources([SEEDS]).name == SEEDS


def test_a_source_that_is_named_twice_or_is_not_there_is_refused() -> None:
    with pytest.raises(BadInput, match=r"^the source 'seeds' is named twice; name each once$"):
        open_sources([SEEDS, "registry", SEEDS])
    with pytest.raises(UnusableSource, match=r"^no such file or folder: 'nowhere'"):
        open_sources([SEEDS, "nowhere"])
