import io
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from search.display import print_health
from search.engine import SearchEngine
from search.errors import BadInput
from search.health import health_report, skewness
from search.progress import progress_on
from search.reasons import CONDITION_KINDS, INTERVENTION_KINDS, ReasonKind
from tests.conftest import Build
from tests.records import study

QUIET = progress_on(Console(file=io.StringIO()))


def test_skewness_is_the_third_standardised_moment() -> None:
    # Deviations -1, -1, -1, 3: cubes -3 + 27 = 24 over 4; variance 12 / 4 = 3.
    assert skewness(np.array([0, 0, 0, 4])) == pytest.approx(6 / 3**1.5)
    assert skewness(np.array([1, 2, 3])) == pytest.approx(0)
    assert skewness(np.array([2, 2, 2])) is None


def test_the_report_on_all_seeds_is_what_their_lists_say(seeds_engine: SearchEngine) -> None:
    ids = seeds_engine.artefact.trials.trial_ids(range(288))
    lists = {identifier: seeds_engine.similar(identifier, k=5).hits for identifier in ids}
    counts = Counter(hit.trial.trial_id for hits in lists.values() for hit in hits)
    pairs = [(asked, hit.trial.trial_id) for asked, hits in lists.items() for hit in hits]
    facets = {"same_condition", "related_condition", "same_intervention", "related_intervention"}

    report = health_report(seeds_engine, sample=None, progress=QUIET, k=5)

    assert (report.trials, report.asked, report.k, report.reciprocity_checked) == (288, 288, 5, len(pairs))
    most = counts.most_common(1)[0][1]
    assert report.hubs[0].lists == most
    assert counts[report.hubs[0].id] == most
    assert report.never == pytest.approx(1 - len(counts) / 288)
    assert report.reciprocal == pytest.approx(np.mean([(other, one) in set(pairs) for one, other in pairs]))
    assert report.short_lists == pytest.approx(np.mean([len(hits) < 5 for hits in lists.values()]))
    assert report.no_shared_facet == pytest.approx(
        np.mean([not facets & {r.kind for r in hit.reasons} for hits in lists.values() for hit in hits])
    )
    assert report.no_reason == pytest.approx(np.mean([not hit.reasons for hits in lists.values() for hit in hits]))
    mean = len(pairs) / 288
    assert report.hubness_by_chance == pytest.approx(mean**-0.5)
    assert report.never_by_chance == pytest.approx(math.exp(-mean))
    values = np.array([counts[identifier] for identifier in ids])
    z = (values - values.mean()) / values.std()
    assert report.hubness == pytest.approx((z**3).mean())


def test_a_sample_asks_so_many_and_one_of_each_list_back(seeds_engine: SearchEngine) -> None:
    report = health_report(seeds_engine, sample=20, progress=QUIET, k=5)
    assert report.asked == 20
    assert report.reciprocity_checked == 20
    assert sum(hub.lists for hub in report.hubs) <= 100
    assert report == health_report(seeds_engine, sample=20, progress=QUIET, k=5)
    assert health_report(seeds_engine, sample=999, progress=QUIET, k=5).asked == 288


def test_a_hub_a_double_and_what_shares_nothing_are_counted(build: Build, root: Path) -> None:
    build(
        [
            study("NCT00000001", "Cells for colitis", conditions=["Colitis"]),
            study("NCT00000002", "Cells for colitis.", conditions=["Colitis"]),
            study("NCT00000003", "Cells for asthma", conditions=["Asthma"]),
        ]
    )
    report = health_report(SearchEngine.open(root), sample=None, progress=QUIET, k=1)
    # 1 and 2 list each other, 3 lists the first of its two equals.
    assert [(hub.id, hub.lists) for hub in report.hubs] == [("NCT00000001", 2), ("NCT00000002", 1), ("NCT00000003", 0)]
    assert report.never == pytest.approx(1 / 3)
    assert report.reciprocal == pytest.approx(2 / 3)
    assert report.same_title == pytest.approx(2 / 3)
    assert report.no_shared_facet == pytest.approx(1 / 3)
    assert report.no_reason == 0  # the words of the title, and that the condition is a different one


def test_an_empty_sample_and_an_index_of_one_are_refused(build: Build, root: Path, seeds_engine: SearchEngine) -> None:
    with pytest.raises(BadInput, match="a sample of 0 says nothing"):
        health_report(seeds_engine, sample=0, progress=QUIET)
    build([study("NCT00000001")])
    with pytest.raises(BadInput, match="an index of one trial recommends nothing"):
        health_report(SearchEngine.open(root), sample=None, progress=QUIET)


def test_the_table_says_what_was_found_and_what_chance_would_do(seeds_engine: SearchEngine) -> None:
    report = health_report(seeds_engine, sample=30, progress=QUIET, k=5)
    console = Console(file=io.StringIO(), width=200)
    print_health(console, report)
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert "The first 5 for 30 of 288 trials" in printed
    assert f"{report.never:.1%}" in printed
    assert report.hubs[0].title in printed


def test_kinds_that_count_as_a_shared_facet_are_those_of_conditions_and_interventions() -> None:
    named = {kind for kind in ReasonKind if kind.endswith(("_condition", "_intervention", "_class"))}
    assert {*CONDITION_KINDS, *INTERVENTION_KINDS} == named - {ReasonKind.DIFFERENT_CONDITION}
