import gzip
import os
import random
import shutil
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from indexer.sources.files import open_source
from search.errors import UnusableSource
from tests.records import study

STUDIES = [study(f"NCT0000000{number}", f"Trial number {number}") for number in range(1, 5)]
NDJSON = b"".join(orjson.dumps(one) + b"\n" for one in STUDIES)


def studies_in(path: Path) -> list[object]:
    return [record.study for record in open_source(str(path)).records()]


def places_in(path: Path) -> list[str]:
    return [record.place for record in open_source(str(path)).records()]


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def write_zip(path: Path, members: dict[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packed) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def noise(count: int) -> bytes:
    """Text that packs badly, so that a packed file can be cut in the middle."""
    return random.Random(0).randbytes(count).hex().encode()


LONG_NDJSON = b'{"x":"' + noise(50_000) + b'"}\n' + NDJSON


@pytest.mark.parametrize(
    "name", ["studies.ndjson", "studies.json", "studies.csv", "studies.gz", "studies.zip", "studies"]
)
@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, lambda content: gzip.compress(content[:99]) + gzip.compress(content[99:])]
)
def test_content_and_never_the_name_says_what_a_file_is(
    name: str, pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    assert studies_in(write(tmp_path / name, pack(NDJSON))) == STUDIES


def test_a_zip_holds_files_of_any_shape_and_packing_in_any_folder_read_in_name_order(tmp_path: Path) -> None:
    first, second, third, fourth = (orjson.dumps(one) for one in STUDIES)
    inner = write_zip(tmp_path / "inner", {"c.json": third}).read_bytes()
    outer = write_zip(
        tmp_path / "outer",
        {"d.json": b"[" + fourth + b"]", "c": inner, "a/b/one.json": first, "a/b/two.gz": gzip.compress(second)},
    )

    assert studies_in(outer) == STUDIES
    assert places_in(outer)[:3] == [f"{outer}/a/b/one.json:1", f"{outer}/a/b/two.gz:1", f"{outer}/c/c.json:1"]


def test_a_folder_holds_files_of_any_shape_and_packing_in_any_folder_read_in_name_order(tmp_path: Path) -> None:
    first, second, third, fourth = (orjson.dumps(one) for one in STUDIES)
    write(tmp_path / "all/a/b/one.json", first)
    write(tmp_path / "all/a/two.json", gzip.compress(second))
    write_zip(tmp_path / "all/b.json", {"three": third})
    write(tmp_path / "all/c/d/e/page", b'{"studies": [' + fourth + b"]}")
    write(tmp_path / "all/empty", b"")

    assert studies_in(tmp_path / "all") == STUDIES


def test_what_is_hidden_in_a_folder_or_zip_is_left_out(tmp_path: Path) -> None:
    hidden = {".notes": b"not JSON", ".git/config": b"not JSON", "__MACOSX/._one.json": b"\x00\x05\x16\x07"}
    for name, content in hidden.items():
        write(tmp_path / "folder" / name, content)
    write(tmp_path / "folder/one.json", NDJSON)
    packed = write_zip(tmp_path / "packed.zip", {**hidden, "one.json": NDJSON})

    assert studies_in(tmp_path / "folder") == STUDIES
    assert studies_in(packed) == STUDIES


def test_a_wrong_file_in_a_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.ndjson", NDJSON)
    wrong = write(tmp_path / "b.csv", b"Registration,Study Title\n")

    with pytest.raises(UnusableSource, match=rf"^{wrong} begins with b'Registration,Study Title.*expected API v2"):
        studies_in(tmp_path)


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nothing/at/all").mkdir(parents=True)

    with pytest.raises(UnusableSource, match=f"^the folder {tmp_path} has no files; expected"):
        open_source(str(tmp_path))


@pytest.mark.parametrize("spec", ["", "nowhere", "nowhere/at/all.json", "https://clinicaltrials.gov/api/v2/studies"])
def test_what_is_not_there_is_refused_with_what_could_be_named(spec: str) -> None:
    with pytest.raises(
        UnusableSource, match=f"^no such file or folder: '{spec}'; name one, or 'seeds' for the bundled"
    ):
        open_source(spec)


def test_a_link_to_nothing_in_a_folder_is_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path / "a.ndjson", NDJSON)
    (tmp_path / "b.ndjson").symlink_to("gone")

    with pytest.raises(UnusableSource, match=f"^cannot read {tmp_path}/b.ndjson: No such file or directory"):
        open_source(str(tmp_path))


def test_a_gzip_file_cut_anywhere_gives_what_is_whole_and_is_then_refused(tmp_path: Path) -> None:
    packed = gzip.compress(LONG_NDJSON)
    for cut in (3, 20, len(packed) // 2, len(packed) - 9, len(packed) - 1):
        path = write(tmp_path / "cut.ndjson.gz", packed[:cut])
        with pytest.raises(UnusableSource, match=f"^{path} is a broken or truncated gzip file .*fetch it again"):
            studies_in(path)


def test_a_gzip_file_with_a_changed_byte_is_refused(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(LONG_NDJSON))
    packed[len(packed) // 2] ^= 0xFF
    path = write(tmp_path / "changed.gz", bytes(packed))

    with pytest.raises(UnusableSource, match=f"^{path} is a broken or truncated gzip file"):
        studies_in(path)


@pytest.mark.parametrize("packed", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_cut_or_changed_anywhere_is_refused_by_name(packed: int, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "cut.zip", {"a.ndjson": LONG_NDJSON}, packed)
    whole = path.read_bytes()
    assert studies_in(path)[1:] == STUDIES
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 0xFF

    for content in (whole[:10], whole[: len(whole) // 2], whole[:-1], bytes(changed)):
        path.write_bytes(content)
        with pytest.raises(UnusableSource, match=str(path)):
            studies_in(path)


def test_an_empty_zip_gives_no_record(tmp_path: Path) -> None:
    assert studies_in(write_zip(tmp_path / "empty.zip", {})) == []


@pytest.mark.parametrize(
    ("offset_local", "offset_central", "value", "reason"), [(6, 8, 1, "encrypted"), (8, 10, 99, "not supported")]
)
def test_a_zip_that_cannot_be_unpacked_is_refused_with_a_way_out(
    offset_local: int, offset_central: int, value: int, reason: str, tmp_path: Path
) -> None:
    path = write_zip(tmp_path / "locked.zip", {"a.json": NDJSON})
    content = bytearray(path.read_bytes())
    content[offset_local] = value
    content[content.index(b"PK\x01\x02") + offset_central] = value
    path.write_bytes(bytes(content))

    with pytest.raises(
        UnusableSource, match=rf"^cannot unpack {path}/a\.json .*{reason}.*unpack it and name the folder"
    ):
        studies_in(path)


def test_a_pipe_is_refused_with_a_way_out(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)  # so that opening it to read does not wait
    try:
        with pytest.raises(UnusableSource, match=f"^{pipe} is a pipe; write the records to a file and name that"):
            studies_in(pipe)
    finally:
        os.close(writer)


def test_a_file_name_that_is_no_text_can_be_printed_and_stored(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.ndjson")
    path.write_bytes(NDJSON)

    assert open_source(str(path)).name == "caf\ufffd.ndjson"
    assert places_in(path)[0] == f"{tmp_path}/caf\ufffd.ndjson:1"


def test_a_source_is_named_after_its_file_or_folder_without_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "export/studies.json", NDJSON)
    monkeypatch.chdir(tmp_path / "export")

    assert [open_source(spec).name for spec in ("studies.json", ".", "seeds")] == ["studies.json", "export", "seeds"]


def test_position_grows_to_size_and_begins_again_with_a_second_reading(tmp_path: Path) -> None:
    write(tmp_path / "a", NDJSON)
    write(tmp_path / "b", gzip.compress(NDJSON))
    source = open_source(str(tmp_path))

    for _ in range(2):
        positions = [source.position for _ in source.records()]
        assert positions == sorted(positions)
        assert len(positions) == 8
        assert source.position == source.size == sum(file.stat().st_size for file in tmp_path.iterdir())


def test_packed_records_are_read_in_bounded_memory(tmp_path: Path) -> None:
    long = orjson.dumps([study("NCT00000001", descriptionModule={"x": "y" * 20_000})] * 600)
    gz = write(tmp_path / "long.gz", gzip.compress(long, 1))
    zipped = write_zip(tmp_path / "long.zip", {"inner.gz": gz.read_bytes(), "plain": long})

    tracemalloc.start()
    try:
        count = sum(1 for _ in open_source(str(zipped)).records())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert count == 1_200
    assert peak < 2**20 < len(long) / 10


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike tmp_path."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def without_superuser() -> Iterator[None]:
    """No right to what its mode forbids."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)


@pytest.mark.parametrize("forbidden", ["all/b", "all/b/two.json", "all"])
def test_what_may_not_be_read_is_refused_rather_than_passed_over(forbidden: str, open_folder: Path) -> None:
    write(open_folder / "all/a/one.json", NDJSON)
    write(open_folder / "all/b/two.json", NDJSON)
    path = open_folder / forbidden
    path.chmod(0)

    with without_superuser(), pytest.raises(UnusableSource, match=rf"^cannot read {path}: Permission denied"):
        studies_in(open_folder / "all")
    path.chmod(0o755)
