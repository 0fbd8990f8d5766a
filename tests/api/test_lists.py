"""How a list is wanted, over HTTP: the parameters reach the engine, and what was understood is echoed."""

import pytest

from search.answer import answer
from search.bands import Band
from search.listing import Listing
from search.preference import Preference
from search.programme import Collapse
from search.question import Question

ASKED = "NCT06853522"
QUESTION = Question(positives={ASKED: 1.0})


@pytest.mark.parametrize(
    ("query", "given"),
    [
        ("k=3&offset=4", {"k": 3, "offset": 4}),
        ("exclude=NCT02442037,nct01221428&exclude=X", {"exclude": ("NCT02442037", "nct01221428", "X")}),
        ("min_score=0.4&k=100", {"min_score": 0.4, "k": 100}),
        ("min_band=moderate", {"min_band": Band.MODERATE}),
        ("diversity=0.4", {"diversity": 0.4}),
        ("collapse=programme&k=50", {"collapse": Collapse.PROGRAMME, "k": 50}),
        ("prefer=newer", {"prefer": Preference.NEWER}),
        ("as_of=2015-05&k=4", None),
    ],
)
def test_a_parameter_does_what_the_listing_of_that_name_does(client, seeds_engine, query, given):
    told = client.get(f"/similar/{ASKED}?{query}").json()
    if given is None:
        assert told["query"]["as_of"] == "2015-05-31"
        assert told["hits"] == []
        assert told["note"].endswith("287 trials left out, since nobody knows when they were first posted")
        return
    assert told == answer(seeds_engine, QUESTION, Listing(**given)).model_dump(mode="json")
    echoed = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    assert {name: told["query"][name] for name in echoed} == echoed


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("offset=1001", "offset: Input should be less than or equal to 1000"),
        ("diversity=2", "diversity: Input should be less than or equal to 1"),
        ("diversity=nan", "diversity: Input should be"),
        ("min_score=inf", "min_score: Input should be a finite number"),
        ("min_band=good", "min_band: Input should be 'strong', 'moderate' or 'weak'"),
        ("prefer=older", "prefer: Input should be 'recruiting' or 'newer'"),
        ("as_of=soon", "as_of: 'soon' is no date; write 2015, 2015-05 or 2015-05-17"),
        ("exclude=" + ",".join(["x"] * 101), "exclude: 101 ids are given; write at most 100"),
    ],
)
def test_a_wrong_value_is_refused_by_name(client, query, detail):
    problem = client.get(f"/search?q=colitis&{query}")
    assert problem.status_code == 422
    assert problem.json()["detail"].startswith(detail)


def test_an_id_typed_into_a_search_goes_to_its_trial(client):
    told = client.get("/search", params={"q": f"like {ASKED}", "k": 5}).json()
    assert told["named"]["id"] == ASKED
    assert told["hits"] == client.get(f"/similar/{ASKED}?k=5").json()["hits"]
    assert client.get("/search?q=NCT99999999").status_code == 404


def test_filters_named_in_a_text_are_offered(client):
    told = client.get("/search", params={"q": "stem cells for Crohn's, recruiting in China"}).json()
    assert told["recognised"] == {
        "filters": {"status": ["RECRUITING"], "country": ["China"]},
        "text": "stem cells for Crohn's",
    }
