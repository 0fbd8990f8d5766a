"""The client, asking a real server over real HTTP."""

import contextlib
import datetime
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from api.client import Busy, Client, ListOptions, NoAnswer, NotFound, Refused
from api.parameters import ListParameters
from search.filters import parse_filters
from search.hits import Hits
from search.listing import Listing
from search.passage import Facet
from search.question import Question
from tests.api.serving import serving
from tests.readme import ROOT

ASKED, OTHER = "NCT06853522", "NCT01221428"
PROBLEM = {"title": "Service Unavailable", "status": 503, "detail": "too many questions", "instance": "/v1/version"}
VERSION = {"build_id": "b", "encoder": "hashing", "trials": 1, "data_date": None, "version": "0.1.0"}


@pytest.fixture(scope="module")
def address(seeds_root):
    with serving(seeds_root) as (_, address, _):
        yield address


@pytest.fixture
def trialkin(address):
    with Client(address) as client:
        yield client


@contextlib.contextmanager
def scripted(*answers):
    """The address of a server that gives `answers`, (status, headers, content), one after another; and their count."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, content = left.pop(0)
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content if isinstance(content, bytes) else json.dumps(content).encode())

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", left
        finally:
            server.shutdown()
            thread.join()


def of(hits: Hits):
    return [(hit.rank, hit.trial.trial_id, hit.score) for hit in hits.hits]


def test_the_answers_are_those_of_the_engine(trialkin, seeds_engine):
    asked = trialkin.similar(ASKED, k=5, status=["COMPLETED", "UNKNOWN"], country=["China"], start_from="2010")
    filters = parse_filters(status=["COMPLETED", "UNKNOWN"], country=["China"], start_from="2010")
    assert [(hit.rank, hit.id, hit.score) for hit in asked.hits] == of(
        seeds_engine.similar(ASKED, k=5, filters=filters)
    )
    found = trialkin.search("stem cells for colitis & Crohn's", k=3)
    ranked = seeds_engine.search("stem cells for colitis & Crohn's", k=3)
    assert [(hit.rank, hit.id, hit.score) for hit in found.hits] == of(ranked)
    weighted = trialkin.similar(ASKED, weights={"condition": 2, "intervention": 0.5})
    assert weighted.query.weights == {Facet.CONDITION: 2.0, Facet.INTERVENTION: 0.5}
    assert trialkin.trial(" nct06853522 ").title == seeds_engine.trial(ASKED).brief_title
    both = trialkin.trials([OTHER, "NCT99999999", ASKED])
    assert ([trial.id for trial in both.trials], both.missing) == ([OTHER, ASKED], ("NCT99999999",))
    pair = trialkin.compare(ASKED, OTHER)
    assert (pair.first.id, pair.second.id, pair.score) == (ASKED, OTHER, seeds_engine.compare(ASKED, OTHER).score)
    suggested = [(each.text, each.trials) for each in trialkin.suggest("colit", k=3).suggestions]
    assert suggested == [(each.text, each.trials) for each in seeds_engine.suggestions.of("colit", limit=3)]
    assert trialkin.version().build_id == seeds_engine.manifest.build_id


def test_several_trials_and_many_are_asked_as_the_engine_answers(trialkin, seeds_engine):
    third = "NCT04548583"
    asked = trialkin.ask(positives={ASKED: 1, OTHER: 2}, negatives=[third], text="stem cells", k=4)
    question = Question(positives={ASKED: 1.0, OTHER: 2.0}, negatives=(third,), text="stem cells")
    assert [(hit.rank, hit.id, hit.score) for hit in asked.hits] == of(seeds_engine.ask(question, Listing(k=4)))
    assert [(item.id, item.weight) for item in trialkin.ask(positives=[ASKED, OTHER]).query.positives] == [
        (ASKED, 1.0),
        (OTHER, 1.0),
    ]
    batch = trialkin.batch([ASKED, "NCT99999999"], k=2, start_from=datetime.date(2010, 1, 1), weights={"condition": 2})
    first, second = batch.answers
    assert first.answer == trialkin.similar(ASKED, k=2, start_from="2010", weights={"condition": 2})
    assert (second.answer, second.problem.status) == (None, 404)


def test_what_the_documentation_shows_runs(address, seeds_engine, capsys):
    markdown = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```$", markdown, re.MULTILINE | re.DOTALL)
    exec(code.replace("http://127.0.0.1:8000", address), {})
    *listed, reasons = capsys.readouterr().out.splitlines()
    hits = seeds_engine.similar(ASKED, k=3, filters=parse_filters(country=["China"])).hits
    assert listed == [f"{hit.rank} {hit.trial.trial_id} {hit.trial.brief_title}" for hit in hits]
    assert reasons.startswith("(ReasonItem(kind=<ReasonKind.")


def test_values_are_sent_as_the_api_reads_them(trialkin):
    day = datetime.date(2015, 5, 17)
    asked = trialkin.similar(ASKED, updated_from=day, has_results=False, sponsor="Univers").query
    assert asked.filters == {"updated_from": "2015-05-17", "has_results": False, "sponsor": "Univers"}


def test_every_parameter_of_a_list_is_an_option_of_the_client():
    assert set(ListOptions.__annotations__) == set(ListParameters.model_fields)


def test_a_problem_is_raised_with_all_that_it_says(trialkin):
    with pytest.raises(NotFound, match="404 Not Found: no trial NCT99999999 in this index") as missing:
        trialkin.trial("NCT99999999")
    assert missing.value.problem.instance == "/v1/trials/NCT99999999"
    with pytest.raises(
        Refused, match=r"422 Unprocessable (Content|Entity): k: Input should be less than or equal to 100"
    ):
        trialkin.similar(ASKED, k=101)
    with pytest.raises(Refused, match="is not a trial id"):
        trialkin.trial("")


def test_a_busy_service_is_asked_again_when_it_wishes():
    waited = []
    with (
        scripted(
            (503, {"Retry-After": "2"}, PROBLEM),
            (429, {"Retry-After": "1"}, PROBLEM | {"status": 429}),
            (200, {}, VERSION),
        ) as (address, left),
        Client(address, sleep=waited.append) as client,
    ):
        assert client.version().trials == 1
    assert (waited, left) == ([2.0, 1.0], [])


def test_a_service_that_stays_busy_is_not_asked_for_ever():
    waited = []
    with (
        scripted(*[(503, {"Retry-After": "2"}, PROBLEM)] * 9) as (address, left),
        Client(address, attempts=3, sleep=waited.append) as client,
        pytest.raises(Busy, match="503 Service Unavailable: too many questions") as busy,
    ):
        client.version()
    assert (busy.value.retry_after, waited, len(left)) == (2.0, [2.0, 2.0], 6)


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"Retry-After": "86400"}], ids=str)
def test_a_service_that_does_not_say_when_or_wants_too_long_is_not_asked_again(headers):
    waited = []
    with (
        scripted((503, headers, PROBLEM), (200, {}, VERSION)) as (address, left),
        Client(address, sleep=waited.append) as client,
        pytest.raises(Busy),
    ):
        client.version()
    assert (waited, len(left)) == ([], 1)


def test_a_date_to_come_again_is_counted_from_the_services_clock():
    waited = []
    at = {"Date": "Tue, 24 Nov 2026 10:00:00 GMT", "Retry-After": "Tue, 24 Nov 2026 10:00:07 GMT"}

    with (
        scripted((503, at, PROBLEM), (200, {}, VERSION)) as (address, _),
        Client(address, sleep=waited.append) as client,
    ):
        client.version()
    assert waited == [7.0]


@pytest.mark.parametrize(
    "answer", [(502, {}, b"<html>Bad Gateway"), (200, {}, b"<html>Welcome"), (200, {}, {"version": 1})]
)
def test_what_is_not_this_api_is_said_to_be_so(answer):
    with scripted(answer) as (address, _), Client(address) as client, pytest.raises(NoAnswer) as error:
        client.version()
    assert str(error.value) == (
        f"{address}/v1/version answers {answer[0]}, and not as this version of the API does; check the address, and "
        "whether both sides are of one version"
    )


def test_where_nobody_answers_the_error_says_where():
    with scripted() as (address, _):
        pass
    with Client(address) as client, pytest.raises(NoAnswer, match=f"{address}/v1/version does not answer: "):
        client.version()
