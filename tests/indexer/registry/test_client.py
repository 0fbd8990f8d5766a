"""The client against a registry that has bad days. Time is counted, not waited for, but where a real one must pass."""

import time

import httpx
import pytest

from indexer.registry.client import ATTEMPTS, Refused, RegistryClient
from search.errors import BadInput, UnusableSource
from tests.indexer.registry_double import RegistryDouble, answer, broken, cut, drip, stall
from tests.records import study

STUDIES = [study(f"NCT{number:08}", f"Trial {number}", conditions=["Asthma"]) for number in range(1, 8)]
SEVERAL_BAD_ANSWERS = {
    "too many requests": broken(429, "slow down"),
    "server error": broken(500, "<html>oops</html>"),
    "gateway": broken(503, ""),
    "cut connection": cut,
    "malformed JSON": broken(200, '{"studies": [{"protocolSection"'),
    "a page of HTML": broken(200, "<html>maintenance</html>"),
}


class Time:
    """A clock that moves only when somebody sleeps, or by `step` each time that it is read."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 1_000.0
        self.step = step
        self.slept: list[float] = []

    def clock(self) -> float:
        self.now += self.step
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture(autouse=True)
def seven_studies(double: RegistryDouble) -> None:
    double.release("2026-11-20T09:00:05", *STUDIES)


def client(double: RegistryDouble, time: Time, rate: float = 1e9, **options) -> RegistryClient:
    return RegistryClient(double.url, user_agent="test/1.0", rate=rate, clock=time.clock, sleep=time.sleep, **options)


def test_pages_follow_one_another_until_an_empty_one_after_the_last_full_one(double):
    double.release("2026-11-20T09:00:05", *STUDIES[:6])
    with client(double, Time()) as asks:
        first = asks.page({"query.cond": "asthma"}, size=3)
        second = asks.page({"query.cond": "asthma"}, size=3, token=first.next_token)
        third = asks.page({"query.cond": "asthma"}, size=3, token=second.next_token)

    assert (first.studies, first.total) == (STUDIES[:3], 6)
    assert (second.studies, second.total) == (STUDIES[3:6], None)
    assert (third.studies, third.next_token) == ([], None)
    assert second.next_token is not None


def test_a_second_lies_between_two_requests_and_no_more_than_need_be(double):
    time = Time()
    with client(double, time, rate=1.0) as asks:
        for _ in range(3):
            asks.data_timestamp()
        assert time.slept == [1.0, 1.0]
        time.now += 0.75
        asks.data_timestamp()
        time.now += 5.0
        asks.data_timestamp()
    assert time.slept == [1.0, 1.0, 0.25]


def test_the_operator_is_named_in_every_request(double):
    with client(double, Time()) as asks:
        asks.data_timestamp()
    assert double.asked[0].headers["user-agent"] == "test/1.0"


@pytest.mark.parametrize("bad", SEVERAL_BAD_ANSWERS.values(), ids=list(SEVERAL_BAD_ANSWERS))
def test_what_may_pass_is_asked_for_again_after_a_growing_while(double, bad):
    time = Time()
    double.instead = {1: bad, 2: bad, 3: bad}
    with client(double, time) as asks:
        page = asks.page({}, size=10)
        assert asks.requests == 4

    assert page.studies == STUDIES
    assert [low <= slept <= 2 * low for slept, low in zip(time.slept, [0.5, 1.0, 2.0], strict=True)] == [True] * 3


@pytest.mark.parametrize("bad", SEVERAL_BAD_ANSWERS.values(), ids=list(SEVERAL_BAD_ANSWERS))
def test_what_does_not_pass_ends_in_one_clear_sentence(double, bad):
    time = Time()
    double.instead = dict.fromkeys(range(1, 100), bad)
    with client(double, time) as asks, pytest.raises(UnusableSource) as error:
        asks.page({}, size=10)

    assert str(error.value).startswith(f"{double.url}/studies ")
    assert str(error.value).endswith(
        f", {ATTEMPTS} times in a row; run the same command later to go on where it stopped"
    )
    assert "\n" not in str(error.value)
    assert len(double.asked) == ATTEMPTS == 8
    assert sum(time.slept) < 130


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "17"}, 17),
        ({"Retry_After": "Fri, 20 Nov 2026 10:00:40 GMT", "Date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 40),
        ({"Retry_After": "Fri, 20 Nov 2026 09:00:00 GMT", "Date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_registry_is_left_alone_for_as_long_as_it_asks(double, status, headers, seconds):
    time = Time()
    double.instead = {1: broken(status, "later", **headers)}
    with client(double, time) as asks:
        assert asks.data_timestamp() == "2026-11-20T09:00:05"
    assert len(time.slept) == 1
    assert seconds <= time.slept[0] <= seconds + 1


def test_a_retry_after_that_makes_no_sense_is_not_needed(double):
    time = Time()
    double.instead = {1: broken(429, "", Retry_After="soon")}
    with client(double, time) as asks:
        asks.data_timestamp()
    assert 0.5 <= time.slept[0] <= 1


def test_a_registry_that_wants_hours_is_left_alone_at_once(double):
    time = Time()
    double.instead = {1: broken(429, "", Retry_After="7200")}
    with (
        client(double, time) as asks,
        pytest.raises(UnusableSource, match=r"left alone for 7,200 s; run .* after that"),
    ):
        asks.data_timestamp()
    assert time.slept == []


def test_a_body_that_stops_coming_is_given_up_and_asked_for_again(double):
    double.instead = {1: stall}
    started = time.monotonic()
    with client(double, Time(), timeout=httpx.Timeout(0.2)) as asks:
        assert asks.page({}, size=10).studies == STUDIES
    assert time.monotonic() - started < 30
    assert len(double.asked) == 2


def test_a_body_that_drips_for_ever_is_given_up_and_asked_for_again(double):
    double.instead = {1: drip}
    with client(double, Time(step=100.0)) as asks:
        assert asks.data_timestamp() == "2026-11-20T09:00:05"
    assert len(double.asked) == 2


def test_nobody_there_is_said_with_the_address():
    time = Time()
    with (
        RegistryClient("http://127.0.0.1:9/api/v2", user_agent="t", clock=time.clock, sleep=time.sleep) as asks,
        pytest.raises(UnusableSource, match=r"^http://127.0.0.1:9/api/v2/version does not answer \(ConnectError"),
    ):
        asks.data_timestamp()


def test_a_400_is_told_in_the_registry_s_words_and_not_asked_again(double):
    with client(double, Time()) as asks, pytest.raises(Refused, match=r"^Syntax error in query: \(colitis$"):
        asks.page({"query.cond": "(colitis"}, size=10)
    assert len(double.asked) == 1


def test_an_alias_leads_to_its_study_and_an_unknown_id_to_nothing(double):
    merged = study("NCT00000009", "Merged", identificationModule={"nctIdAliases": ["NCT00000100"]})
    double.release("2026-11-20T09:00:05", *STUDIES, merged)
    with client(double, Time()) as asks:
        assert asks.study("NCT00000100", "NCTId|BriefTitle") == study("NCT00000009", "Merged")
        assert asks.study("NCT00000200", "NCTId") is None
        with pytest.raises(Refused, match="is not an NCT ID"):
            asks.study("NCT00000000", "NCTId")


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (broken(404, "Not Found"), "version answers 404 (Not Found); check the address"),
        (
            broken(403, "Forbidden"),
            "version answers 403 (Forbidden): it turns this program or this network away. Say who",
        ),
        (broken(301, "", Location="/api/v2/version"), "leads in a circle; check the address"),
        (answer({"apiVersion": "2.0.5"}), "version says no dataTimestamp but \"{'apiVersion': '2.0.5'}\""),
        (answer({"dataTimestamp": 17}), "says no dataTimestamp"),
        (answer([]), "says no dataTimestamp but '[]'; does the address lead to an API v2?"),
    ],
)
def test_an_address_that_is_no_api_is_said_to_be_none(double, bad, says):
    double.instead = dict.fromkeys(range(1, 50), bad)
    with client(double, Time()) as asks, pytest.raises(UnusableSource) as error:
        asks.data_timestamp()
    assert says in str(error.value)


def test_an_answer_without_studies_is_said_to_be_none(double):
    double.instead = {1: answer({"results": []})}
    with client(double, Time()) as asks, pytest.raises(UnusableSource, match="answered without studies"):
        asks.page({}, size=10)


@pytest.mark.parametrize("url", ["clinicaltrials.gov/api/v2", "ftp://host/api", "http://", "http://[::1/api", ""])
def test_what_is_no_address_is_refused_with_an_example(url):
    with pytest.raises(BadInput, match=r"is no address.*one looks like https://clinicaltrials.gov/api/v2$"):
        RegistryClient(url, user_agent="t")


@pytest.mark.parametrize("agent", ["", " ", "Käthe", "a\r\nX-Header: b"])
def test_a_user_agent_that_cannot_be_sent_is_refused(agent):
    with pytest.raises(BadInput, match="cannot be sent"):
        RegistryClient("http://localhost", user_agent=agent)
