"""What an export holds, and that it is whole whatever happens on the way."""

import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import orjson
import pytest

from api.export import static
from api.export.cli import export
from api.export.static import export_static
from api.widget_routes import VERSIONED, widget_files
from search.engine import SearchEngine
from search.errors import UnusableTarget, WorkerLost
from tests.records import study

DOOMED = Path(__file__).with_name("doomed_export.py")
CHECKOUT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def quiet_session():
    class Quiet:
        def stage(self, *_):
            return nullcontext(lambda _: None)

    return Quiet()


@pytest.fixture(scope="session")
def whole(seeds_root, tmp_path_factory, quiet_session):
    """An export of the seeds that nothing happened to; read-only by agreement."""
    folder = tmp_path_factory.mktemp("export") / "whole"
    export_static(seeds_root, folder, k=5, jobs=1, progress=quiet_session)
    return folder


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def trials_of(folder):
    return {
        trial_id: entry
        for path in (folder / "similar").glob("*.json")
        for trial_id, entry in orjson.loads(path.read_bytes())["trials"].items()
    }


def test_every_trial_has_the_hits_that_the_api_answers(whole, client, seeds_engine):
    exported = trials_of(whole)
    assert len(exported) == seeds_engine.manifest.counts.trials == 288
    for trial_id, entry in exported.items():
        answer = client.get(f"/similar/{trial_id}?k=5").json()
        assert (entry["title"], entry["hits"]) == (answer["query"]["title"], answer["hits"])


def test_the_manifest_has_size_and_checksum_of_every_file(whole, client):
    manifest = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))
    files = {name: content for name, content in contents(whole).items() if name != "manifest.json"}
    assert manifest["files"] == {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()
    }
    build = client.get("/similar/NCT06853522?k=1").json()["build"]
    assert (manifest["build"], manifest["k"]) == (build, 5)
    assert manifest["counts"] == {"trials": 288, "files": len(files), "bytes": sum(map(len, files.values()))}


def test_the_widget_is_in_it_as_the_api_serves_it(whole):
    files = contents(whole)
    assert {f"widget/{name}": file.content for name, file in widget_files().items()}.items() <= files.items()
    assert files[f"widget/{VERSIONED}"] == files["widget/related-trials.js"]
    page = files["index.html"].decode()
    assert "{{" not in page
    assert f'integrity="{widget_files()["related-trials.js"].integrity}"' in page


def test_several_processes_write_the_same_files(whole, seeds_root, tmp_path, quiet):
    report = export_static(seeds_root, tmp_path / "export", k=5, jobs=2, progress=quiet)
    assert contents(tmp_path / "export") == contents(whole)
    assert (report.trials, report.kept) == (288, 0)
    assert report.bytes == sum(map(len, contents(whole).values())) - len((whole / "manifest.json").read_bytes())
    assert report.largest == max(path.stat().st_size for path in (whole / "similar").iterdir())


@pytest.mark.parametrize("number", [1, 30, 75])
def test_a_killed_export_goes_on_where_it_was(whole, seeds_root, tmp_path, quiet, number):
    folder = tmp_path / "export"
    command = [sys.executable, DOOMED, str(number), "1", seeds_root, folder]
    assert subprocess.run(command, cwd=CHECKOUT).returncode == -signal.SIGKILL
    there = len(list((folder / "similar").glob("*.json"))) if number > 1 else 0
    assert not (folder / "manifest.json").exists()
    report = export_static(seeds_root, folder, k=5, jobs=1, progress=quiet)
    assert report.kept == there == min(max(0, number - 2), report.files)
    assert contents(folder) == contents(whole)


def test_the_processes_of_a_killed_export_end_with_it(whole, seeds_root, tmp_path, quiet):
    command = [sys.executable, DOOMED, "0", "2", seeds_root, tmp_path / "export"]
    # The pipe is closed when the last process that has it is gone.
    done = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, timeout=120)
    assert done.returncode == -signal.SIGKILL
    export_static(seeds_root, tmp_path / "export", k=5, jobs=1, progress=quiet)
    assert contents(tmp_path / "export") == contents(whole)


def test_a_process_that_is_lost_is_an_error_that_says_how_to_go_on(seeds_root, tmp_path):
    class Deadly:
        def stage(self, title, *_):
            def kill(_):
                for child in multiprocessing.active_children() if title == "exporting" else ():
                    os.kill(child.pid, signal.SIGKILL)

            return nullcontext(kill)

    with pytest.raises(WorkerLost, match="run the same command to go on, with fewer --jobs than 2"):
        export_static(seeds_root, tmp_path / "export", k=5, jobs=2, progress=Deadly())


def test_an_export_that_is_interrupted_leaves_no_process_behind(whole, seeds_root, tmp_path, quiet):
    class Impatient:
        def stage(self, title, *_):
            def interrupt(_):
                if title == "exporting":
                    raise KeyboardInterrupt

            return nullcontext(interrupt)

    with pytest.raises(KeyboardInterrupt):
        export_static(seeds_root, tmp_path / "export", k=5, jobs=2, progress=Impatient())
    assert multiprocessing.active_children() == []
    export_static(seeds_root, tmp_path / "export", k=5, jobs=1, progress=quiet)
    assert contents(tmp_path / "export") == contents(whole)


@pytest.mark.parametrize("damage", [b"", b"{", b'{"build": {}, "trials": {}}', b"[]"])
def test_a_damaged_file_is_written_anew_and_the_others_are_kept(whole, seeds_root, tmp_path, quiet, damage):
    folder = tmp_path / "export"
    shutil.copytree(whole, folder)
    damaged = sorted((folder / "similar").iterdir())[3]
    damaged.write_bytes(damage)
    report = export_static(seeds_root, folder, k=5, jobs=1, progress=quiet)
    assert report.kept == report.files - 1
    assert contents(folder) == contents(whole)


def test_another_k_another_build_and_another_folder_are_refused_and_left_as_they_are(
    whole, seeds_root, build, root, tmp_path, quiet
):
    before = contents(whole)
    with pytest.raises(
        UnusableTarget, match=r"holds an export of build \S+ with k 5, .* would be of build \S+ with k 6"
    ):
        export_static(seeds_root, whole, k=6, jobs=1, progress=quiet)
    build([study("NCT00000001", "Exosomes"), study("NCT00000002", "Exosomes")])
    with pytest.raises(UnusableTarget, match="name another folder, or remove that"):
        export_static(root, whole, k=5, jobs=1, progress=quiet)
    assert contents(whole) == before
    (tmp_path / "holiday.jpg").write_bytes(b"sea")
    with pytest.raises(UnusableTarget, match="holds something else than an export"):
        export_static(seeds_root, tmp_path, k=5, jobs=1, progress=quiet)


def test_an_export_of_this_build_that_an_earlier_program_laid_out_otherwise_is_refused(seeds_root, tmp_path, quiet):
    folder = tmp_path / "export"
    export_static(seeds_root, folder, k=5, jobs=1, progress=quiet)
    index = orjson.loads((folder / static.INDEX_FILE).read_bytes())
    (folder / static.INDEX_FILE).write_bytes(orjson.dumps({**index, "split": []}))
    with pytest.raises(UnusableTarget, match=r"with k 5, made by Trialkin \S+, laid out otherwise than today; name"):
        export_static(seeds_root, folder, k=5, jobs=1, progress=quiet)


def test_too_little_room_is_said_before_anything_is_written(seeds_root, tmp_path, quiet, monkeypatch):
    monkeypatch.setattr(static.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 10**5, 10**5))
    with pytest.raises(UnusableTarget, match=r"needs some 0\.0 GB at .* where 0\.0 GB are free; make room"):
        export_static(seeds_root, tmp_path / "export", k=5, jobs=1, progress=quiet)
    assert not (tmp_path / "export" / "similar").exists()


def test_a_build_of_one_trial_has_an_export_too(build, root, tmp_path, quiet):
    build([study("NCT00000001", "Exosomes")])
    report = export_static(root, tmp_path / "export", k=5, jobs=1, progress=quiet)
    assert (report.trials, report.files) == (1, 1)
    assert trials_of(tmp_path / "export") == {"NCT00000001": {"title": "Exosomes", "hits": []}}


def test_other_ids_of_a_trial_lead_to_it(build, root, tmp_path, quiet):
    one = study("NCT00000001", "Exosomes")
    one["protocolSection"]["identificationModule"] |= {
        "nctIdAliases": ["NCT00000009"],
        "secondaryIdInfos": [{"id": "2019-001234-56", "type": "EUDRACT_NUMBER"}, {"id": "GUT-1"}],
    }
    build([one, study("NCT00000002", "Exosomes")])
    export_static(root, tmp_path / "export", k=5, jobs=1, progress=quiet)
    files = contents(tmp_path / "export")
    aliases = orjson.loads(files["aliases.json"])
    assert aliases == {"EUCTR2019-001234-56": "NCT00000001", "NCT00000009": "NCT00000001"}
    assert orjson.loads(files["index.json"])["aliases"] == 2
    engine = SearchEngine.open(root)
    assert {engine.trial(alias).trial_id for alias in aliases} == {"NCT00000001"}


def test_the_command_says_what_it_did(seeds_root, tmp_path, capsys):
    export(static=tmp_path / "export", k=1, jobs=1, json=False, index=seeds_root)
    export(static=tmp_path / "export", k=1, jobs=1, json=True, index=seeds_root)
    first, _, second = capsys.readouterr().out.partition("{")
    assert "trials  288, 1 related trials each" in first
    assert json.loads(f"{{{second}")["kept"] == json.loads(f"{{{second}")["files"] > 0
