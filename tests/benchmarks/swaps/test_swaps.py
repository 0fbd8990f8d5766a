"""The run of swaps: what it sees as a fault, and that it sees none."""

import pytest

from benchmarks.swaps.__main__ import EDITIONS, built, fault_of, swapped

BUILDS = {"a": "first", "b": "second"}


def answer(build_id, *titles):
    return {"build": {"build_id": build_id}, "query": {"title": None}, "hits": [{"title": title} for title in titles]}


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (answer("a", *["Aspirin (first edition)"] * 5), None),
        (
            answer("a", *["Aspirin (first edition)"] * 4, "Whey (second edition)"),
            "of the first edition: 5 trials of ['first', 'second']",
        ),
        (answer("b", *["Aspirin (first edition)"] * 5), "of the second edition: 5 trials of ['first']"),
        (answer("b", "Whey (second edition)"), "of the second edition: 1 trials of ['second']"),
    ],
    ids=["sound", "mixed", "of another build", "too few"],
)
def test_an_answer_is_of_the_build_that_it_names_and_of_that_alone(given, fault):
    assert fault_of(given, BUILDS) == fault


def test_a_few_swaps_are_followed_without_a_fault(tmp_path):
    builds = {built(tmp_path / "index", edition, "hashing"): edition for edition in EDITIONS}

    seen = swapped(tmp_path / "index", builds, swaps=4, pause=1.0, rate=5.0)

    assert seen.faults == []
    assert set(seen.by_build) == set(builds)
    assert len(seen.milliseconds) >= 15
    assert seen.line.startswith(f"{len(seen.milliseconds)} questions, 0 faults, {seen.followed} swaps followed; p50 ")
