"""What people install: the wheel, made from the source distribution, alone in an environment and an empty folder.

Its dependencies come from the environment of the tests, by a path file; that does not follow the path file through
which an editable install finds the project, so what the wheel lacks is not found in the working tree.
"""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import orjson
import pytest

from indexer.sources.files import SEEDS
from tests.readme import ROOT

ROOMS = ("search", "indexer", "api", SEEDS)
BIN = "Scripts" if sys.platform == "win32" else "bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT), folder=folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def commands(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands that the wheel installs."""
    environment = tmp_path_factory.mktemp("environment")
    _run(sys.executable, "-m", "venv", "--without-pip", str(environment), folder=environment)
    python = str(environment / BIN / "python")
    site_packages = _run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=environment)
    Path(site_packages.strip(), "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    _run(
        sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", str(wheel),
        folder=environment,
    )  # fmt: skip
    return environment / BIN


def test_the_wheel_holds_the_rooms_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.endswith("/")}
    there = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    metadata = {"METADATA", "RECORD", "WHEEL", "entry_points.txt"}
    assert held == there | {f"trialkin-0.1.0.dist-info/{name}" for name in metadata}
    assert {"seeds/studies.ndjson", "api/widget/related-trials.js", "api/widget/lang/de.json"} <= held


def test_the_installed_commands_build_an_index_and_answer_from_an_empty_folder(commands: Path, tmp_path: Path) -> None:
    assert _run(commands / "trialkin", "--version", folder=tmp_path) == "0.1.0\n"
    where = (
        "import search, indexer, api, seeds; print([list(room.__path__)[0] for room in (search, indexer, api, seeds)])"
    )
    assert str(ROOT) not in _run(commands / "python", "-c", where, folder=tmp_path)

    built = orjson.loads(_run(commands / "rebuild-index", "seeds", "--encoder", "hashing", "--json", folder=tmp_path))
    assert (built["read"], built["indexed"], built["skipped"]) == (288, 288, {})
    assert (tmp_path / "var/index/CURRENT").read_text().strip() == built["build_id"]

    answer = orjson.loads(_run(commands / "trialkin", "similar", "NCT06853522", "--json", folder=tmp_path))
    assert answer["query"]["nct_id"] == "NCT06853522"
    assert answer["build"]["build_id"] == built["build_id"]
    hits = answer["hits"]
    assert [hit["rank"] for hit in hits] == list(range(1, 11))
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    titles = _seed_titles()
    assert [hit["title"] for hit in hits] == [titles[hit["nct_id"]] for hit in hits]
    assert "NCT06853522" not in {hit["nct_id"] for hit in hits}
    assert "colitis" in hits[0]["title"].casefold()


def _seed_titles() -> dict[str, str]:
    records = map(orjson.loads, (ROOT / "seeds/studies.ndjson").read_bytes().splitlines())
    identities = [record["protocolSection"]["identificationModule"] for record in records]
    return {identity["nctId"]: identity["briefTitle"] for identity in identities}


def _run(command: Path | str, *arguments: str, folder: Path) -> str:
    """Standard output of a command that has to succeed, in an environment that leads to no other one."""
    done = subprocess.run([command, *arguments], cwd=folder, env={"PATH": ""}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
