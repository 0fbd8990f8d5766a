import shutil

import pytest

from search.artefact.layout import UNFINISHED_PREFIX, build_folder, builds_folder, current_file
from search.artefact.lifecycle import current_build, list_builds, prune, rollback
from search.artefact.manifest import MANIFEST_FILE, WAY_OUT, read_manifest
from search.artefact.reading import open_current, verify_build
from search.engine import SearchEngine
from search.errors import BadInput, CorruptBuild, NoIndex
from tests.records import study


@pytest.fixture(scope="module")
def four_builds_root(tmp_path_factory, build_at):
    root = tmp_path_factory.mktemp("four")
    for count in (1, 2, 3, 4):
        build_at(root, [study(f"NCT0000000{row}", f"Trial {row}") for row in range(count)])
    return root


@pytest.fixture
def four_builds(root, four_builds_root):
    """Ids of four builds at `root`, oldest first; build n holds n + 1 trials, and the last is live."""
    shutil.copytree(four_builds_root, root)
    return list_builds(root)


def live_trials(root):
    return len(open_current(root).trials)


def test_builds_are_listed_oldest_first_and_the_newest_is_live(root, four_builds):
    assert len(four_builds) == 4
    assert four_builds == sorted(four_builds)
    assert [read_manifest(build_folder(root, build_id)).counts.trials for build_id in four_builds] == [1, 2, 3, 4]
    assert current_file(root).read_text() == f"{four_builds[3]}\n"
    assert current_build(root) == build_folder(root, four_builds[3])
    assert live_trials(root) == 4


@pytest.mark.parametrize(
    "ask", [current_build, rollback, lambda root: prune(root, keep=1)], ids=["current_build", "rollback", "prune"]
)
def test_where_nothing_was_published_the_command_that_builds_is_told_and_nothing_is_made(root, ask):
    with pytest.raises(NoIndex) as refused:
        ask(root)
    assert str(refused.value) == f"no index under {root}; build one with: trialkin rebuild-index --index {root}"
    assert list_builds(root) == []
    assert not root.exists()


def test_rollback_goes_back_one_build_at_a_time(root, four_builds):
    assert rollback(root) == four_builds[2]
    assert live_trials(root) == 3
    assert rollback(root) == four_builds[1]
    assert live_trials(root) == 2
    assert list_builds(root) == four_builds


def test_rollback_does_not_return_to_a_build_that_was_gone_back_from(root, four_builds, build):
    assert rollback(root) == four_builds[2]
    newest = build([study("NCT00000001", "Aspirin")]).build_id
    assert rollback(root) == four_builds[2]
    assert rollback(root) == four_builds[1]
    assert list_builds(root) == [*four_builds, newest]


def test_rollback_from_the_oldest_build_is_refused_and_leaves_it_live(root, four_builds):
    for _ in range(3):
        rollback(root)
    with pytest.raises(BadInput) as refused:
        rollback(root)
    assert str(refused.value) == f"there is no build before {four_builds[0]} under {root} to go back to"
    assert live_trials(root) == 1


@pytest.mark.parametrize("spoil", ["remove manifest", "remove trials", "cut titles"])
def test_rollback_passes_over_a_build_that_is_not_whole(root, four_builds, spoil):
    folder = build_folder(root, four_builds[2])
    if spoil == "remove manifest":
        (folder / MANIFEST_FILE).unlink()
    elif spoil == "remove trials":
        (folder / "trials.arrow").unlink()
    else:
        (folder / "titles.npy").write_bytes((folder / "titles.npy").read_bytes()[:-1])
    assert rollback(root) == four_builds[1]
    assert live_trials(root) == 2


def test_rollback_mends_an_index_whose_live_build_is_gone(root, four_builds):
    folder = build_folder(root, four_builds[3])
    folder.rename(root / "taken away")
    with pytest.raises(CorruptBuild) as refused:
        open_current(root)
    assert str(refused.value) == (
        f"{current_file(root)} names the build {four_builds[3]!r}, which is not there; {WAY_OUT}"
    )
    assert rollback(root) == four_builds[2]
    assert live_trials(root) == 3


@pytest.mark.parametrize("content", [b"", b"\n", b"..\n", b"../..", b"\xff\xfe\x00", b"x" * 5000, b"20200101T000000-0"])
def test_a_current_file_that_names_no_build_is_a_corrupt_build_and_a_rebuild_mends_it(root, build, content):
    records = [study("NCT00000001")]
    build(records)
    current_file(root).write_bytes(content)
    with pytest.raises(CorruptBuild, match="which is not there; go back with") as refused:
        current_build(root)
    assert str(refused.value).startswith(f"{current_file(root)} names the build ")
    build(records)
    assert live_trials(root) == 1


def test_a_current_that_is_no_file_is_a_corrupt_build(root, build):
    build([study("NCT00000001")])
    current_file(root).unlink()
    current_file(root).mkdir()
    with pytest.raises(CorruptBuild) as refused:
        current_build(root)
    assert str(refused.value) == f"cannot read {current_file(root)}: Is a directory; {WAY_OUT}"


@pytest.mark.parametrize(("keep", "left"), [(1, 1), (2, 2), (3, 3), (4, 4), (9, 4)])
def test_prune_keeps_the_live_build_and_the_newest_others(root, four_builds, keep, left):
    assert prune(root, keep=keep) == four_builds[: 4 - left]
    assert list_builds(root) == four_builds[4 - left :]
    assert sorted(path.name for path in builds_folder(root).iterdir()) == four_builds[4 - left :]
    assert live_trials(root) == 4


def test_prune_keeps_the_live_build_even_where_it_is_the_oldest(root, four_builds):
    for _ in range(3):
        rollback(root)
    assert prune(root, keep=2) == four_builds[1:3]
    assert list_builds(root) == [four_builds[0], four_builds[3]]
    assert live_trials(root) == 1


def test_prune_below_one_is_refused(root, four_builds):
    with pytest.raises(BadInput) as refused:
        prune(root, keep=0)
    assert str(refused.value) == "cannot keep 0 builds; the live one always stays, so keep at least 1"
    assert list_builds(root) == four_builds


def test_an_engine_goes_on_reading_its_build_after_a_newer_one_and_a_prune(root, build):
    old = build([study("NCT00000001", "Old one"), study("NCT00000002", "Old two")])
    engine = SearchEngine.open(root)
    build([study("NCT00000001", "New one"), study("NCT00000002", "New two")])
    assert prune(root, keep=1) == [old.build_id]

    assert engine.manifest.build_id == old.build_id
    assert engine.trial("NCT00000001").brief_title == "Old one"
    assert [hit.trial.brief_title for hit in engine.similar("NCT00000001").hits] == ["Old two"]
    assert SearchEngine.open(root).trial("NCT00000001").brief_title == "New one"


def test_files_and_unfinished_builds_beside_the_builds_are_not_builds(root, four_builds):
    (builds_folder(root) / ".DS_Store").touch()
    (builds_folder(root) / f"{UNFINISHED_PREFIX}20300101T000000-000000").mkdir()
    assert list_builds(root) == four_builds
    assert prune(root, keep=1) == four_builds[:3]
    assert rollback_is_refused(root)
    verify_build(current_build(root))


def rollback_is_refused(root):
    with pytest.raises(BadInput, match="there is no build before"):
        rollback(root)
    return True
