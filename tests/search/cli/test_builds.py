"""The commands about builds: what each prints, and what it leaves."""

import datetime
import json
import re

from tests.command import trialkin
from tests.records import study


def two_builds(build):
    """The ids of two builds, older first."""
    records = [study("NCT00000001", "Aspirin for migraine"), study("NCT00000002", "Ibuprofen for migraine")]
    return [build(records[:1]).build_id, build(records).build_id]


def test_info_says_what_the_index_holds(root, build):
    older, newer = two_builds(build)
    done = trialkin("info", index=root)
    told = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert told["build"].startswith(f"{newer}, made 2")
    assert told["trials"] == "2 (records left out: none)"
    assert told["encoder"] == "hashing, 256 dimensions"
    assert told["index"] == "flat, exact"
    assert told["builds"] == f"{older}, {newer}"
    assert json.loads(trialkin("info", "--json", index=root).stdout)["build_id"] == newer


def test_status_says_what_is_live_how_old_it_is_and_what_the_last_rebuild_did(root, build):
    records = [study("NCT00000001", "Aspirin for migraine", updated="2020-02-28")]
    older, newer = build(records).build_id, build(records).build_id
    done = trialkin("status", index=root)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    days = (datetime.datetime.now(datetime.UTC).date() - datetime.date(2020, 2, 28)).days
    assert lines[:3] == [
        f"live      {newer}",
        f"data      updated up to 2020-02-28, {days:,} days ago",
        "index     flat, exact",
    ]
    assert re.fullmatch(rf"builds    live  {newer}  20\d\d-.* UTC +1 trials +0.\d MB  studies.ndjson", lines[3])
    assert lines[4].startswith(f"                {older}  20")
    assert re.fullmatch(rf"last run  of studies.ndjson, ended 20.* UTC after \d+\.\d s, published {newer}", lines[5])
    assert lines[6:] == ["now       nothing is changing it"]


def test_status_ends_with_1_where_the_live_build_cannot_be_served(root, build):
    live = build([study("NCT00000001", "Aspirin for migraine")]).build_id
    missing = root / "builds" / live / "titles.npy"
    missing.unlink()
    done = trialkin("status", index=root)
    assert done.returncode == 1
    assert done.stdout.splitlines()[:2] == [
        f"live      {live}",
        f"fault     {missing} is missing; go back with: trialkin rollback, or build again with: trialkin rebuild-index",
    ]
    assert json.loads(trialkin("status", "--json", index=root).stdout)["builds"][0]["fault"].startswith(str(missing))


def test_diff_prints_what_came_went_and_changed_and_json_has_the_same(root, build):
    old = [study("NCT00000001", "Aspirin for migraine"), study("NCT00000002", "Ibuprofen for migraine")]
    new = [study("NCT00000001", "Aspirin for migraine", conditions=["Migraine"]), study("NCT00000003", "Triptans")]
    older, newer = build(old).build_id, build(new).build_id
    done = trialkin("diff", index=root)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:11] == [
        f"from {older} (2 trials) to {newer} (2 trials)",
        "",
        "came: 1",
        "  NCT00000003  Triptans",
        "",
        "went: 1",
        "  NCT00000002  Ibuprofen for migraine",
        "",
        "changed: 1",
        "  NCT00000001  Aspirin for migraine (conditions)",
        "",
    ]
    assert lines[11].startswith("other related trials, of 1 asked: ")
    told = json.loads(trialkin("diff", older, newer, "--related", "--json", index=root).stdout)
    assert told["came"] == [{"id": "NCT00000003", "title": "Triptans"}]
    assert told["changed"] == [{"id": "NCT00000001", "title": "Aspirin for migraine", "fields": ["conditions"]}]
    wrong = trialkin("diff", "yesterday", index=root)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == f"error: no build 'yesterday' under {root}; there are: {older}, {newer}\n"


def test_diff_shows_the_first_of_many_and_says_how_many_more(root, build):
    build([study("NCT00000001", "Aspirin")])
    build([study(f"NCT{number:08}", "Aspirin") for number in range(1, 31)])
    lines = trialkin("diff", index=root).stdout.splitlines()
    assert lines[2] == "came: 29"
    assert lines[3:24] == [
        *(f"  NCT{number:08}  Aspirin" for number in range(2, 22)),
        "  … and 9 more; --json lists all",
    ]


def test_rollback_makes_the_build_before_live(root, build):
    older, _ = two_builds(build)
    done = trialkin("rollback", index=root)
    assert (done.returncode, done.stdout) == (0, f"live is now {older}\n")
    assert json.loads(trialkin("info", "--json", index=root).stdout)["counts"]["trials"] == 1
    again = trialkin("rollback", index=root)
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr == f"error: there is no build before {older} under {root} to go back to\n"


def test_prune_removes_old_builds_and_keeps_the_live_one(root, build):
    older, newer = two_builds(build)
    assert trialkin("prune", index=root).stdout == "nothing to remove\n"
    assert trialkin("prune", "--keep", "1", index=root).stdout == f"removed {older}\n"
    assert trialkin("verify", index=root).stdout.startswith(f"{newer} is sound: ")
    assert [folder.name for folder in (root / "builds").iterdir()] == [newer]


def test_verify_names_the_file_that_changed(root, build):
    build_id = build([study("NCT00000001", "Aspirin for migraine")]).build_id
    changed = root / "builds" / build_id / "titles.npy"
    content = bytearray(changed.read_bytes())
    content[-1] ^= 1
    changed.write_bytes(content)
    done = trialkin("verify", index=root)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"error: {changed} has changed since it was published; go back with: trialkin rollback, "
        "or build again with: trialkin rebuild-index\n"
    )
