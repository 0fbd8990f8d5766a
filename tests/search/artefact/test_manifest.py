import datetime
import json

import pytest

from search.artefact.manifest import (
    MANIFEST_FILE,
    WAY_OUT,
    Counts,
    EncoderIdentity,
    FileDigest,
    Manifest,
    SourceIdentity,
    check_files,
    read_manifest,
)
from search.errors import CorruptBuild

MANIFEST = Manifest(
    format_version=1,
    build_id="20261122T165717-233603",
    created_at=datetime.datetime(2026, 11, 22, 16, 57, 17, tzinfo=datetime.UTC),
    encoder=EncoderIdentity(spec="hashing", revision="hashing-1", dim=256),
    passage_version=1,
    index="flat",
    source=SourceIdentity(name="seeds", data_date="2026-07"),
    counts=Counts(trials=2, terms=1, skipped={"no title": 3}),
    files={"a.npy": FileDigest(bytes=3, sha256="00"), "lexical/b.json": FileDigest(bytes=0, sha256="11")},
)


def write(folder, content):
    (folder / MANIFEST_FILE).write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_a_manifest_is_read_as_it_was_written(tmp_path):
    assert read_manifest(write(tmp_path, MANIFEST.model_dump_json(indent=2))) == MANIFEST


def test_a_missing_manifest_is_a_corrupt_build_that_names_it(tmp_path):
    with pytest.raises(CorruptBuild) as refused:
        read_manifest(tmp_path)
    assert str(refused.value) == f"cannot read {tmp_path / MANIFEST_FILE}: No such file or directory; {WAY_OUT}"


FIELDS = json.loads(MANIFEST.model_dump_json())


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no JSON",
        MANIFEST.model_dump_json()[:-20],
        "[]",
        {name: value for name, value in FIELDS.items() if name != "encoder"},
        {**FIELDS, "counts": {**FIELDS["counts"], "trials": "many"}},
        {**FIELDS, "colour": "red"},
    ],
    ids=["empty", "garbage", "cut short", "list", "field missing", "wrong type", "unknown field"],
)
def test_a_manifest_that_cannot_be_understood_is_named(content, tmp_path):
    with pytest.raises(CorruptBuild) as refused:
        read_manifest(write(tmp_path, content))
    path = tmp_path / MANIFEST_FILE
    assert str(refused.value) == f"{path} is not a manifest this version understands; {WAY_OUT}"


def test_another_format_is_refused_with_both_numbers(tmp_path):
    with pytest.raises(CorruptBuild) as refused:
        read_manifest(write(tmp_path, {**FIELDS, "format_version": 7}))
    assert str(refused.value) == f"{tmp_path} has format 7, this version reads up to 4; {WAY_OUT}"


def test_files_of_their_sizes_pass(tmp_path):
    (tmp_path / "lexical").mkdir()
    (tmp_path / "a.npy").write_bytes(b"123")
    (tmp_path / "lexical" / "b.json").touch()
    check_files(tmp_path, MANIFEST)

    (tmp_path / "a.npy").write_bytes(b"12")
    with pytest.raises(CorruptBuild) as refused:
        check_files(tmp_path, MANIFEST)
    assert str(refused.value) == f"{tmp_path / 'a.npy'} has 2 bytes, not 3; {WAY_OUT}"

    (tmp_path / "a.npy").unlink()
    with pytest.raises(CorruptBuild) as refused:
        check_files(tmp_path, MANIFEST)
    assert str(refused.value) == f"{tmp_path / 'a.npy'} is missing; {WAY_OUT}"
