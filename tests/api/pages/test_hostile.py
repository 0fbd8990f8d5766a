"""Records and addresses that try to be markup stay text on every page."""

from html import unescape
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from search.engine import SearchEngine
from tests.hostile import PAYLOADS, hostile_records

# Elements that payloads bring and no page has of its own.
FOREIGN = {"b", "img", "math", "mtext", "style", "template"}


class Markup(HTMLParser):
    """What a browser would make of a page: its elements, attributes and scripts."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.attributes, self.addresses, self.inline = set(), set(), [], []
        self._script = None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.add(tag)
        self.attributes |= set(attributes)
        self.addresses += [attributes[name] for name in ("href", "src", "action") if name in attributes]
        self._script = attributes if tag == "script" else None

    def handle_data(self, data):
        if self._script is not None and data.strip() and self._script.get("type") != "application/ld+json":
            self.inline.append(data)

    def handle_endtag(self, _):
        self._script = None


def assert_inert(page):
    markup = Markup(page)
    assert markup.elements & FOREIGN == set()
    assert [name for name in markup.attributes if name.startswith("on") or name in ("srcdoc", "autofocus")] == []
    assert [address for address in markup.addresses if address.strip().lower().startswith("javascript:")] == []
    assert markup.inline == []


@pytest.fixture(scope="module")
def client(tmp_path_factory, build_at):
    root = tmp_path_factory.mktemp("hostile") / "index"
    build_at(root, hostile_records())
    return TestClient(create_app(SearchEngine.open(root), Settings(index=root)))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?q=alert",
        *(f"/trials/NCT{number:08}" for number in range(1, len(PAYLOADS) + 1)),
        "/compare/NCT00000001/NCT00000002",
        "/widget?nct_id=NCT00000003",
        "/widget/page?nct_id=NCT00000002",
    ],
)
def test_no_payload_of_a_record_becomes_markup(client, path):
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200
    assert_inert(response.text)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_of_an_address_becomes_markup_where_the_snippet_is_pasted(client, payload):
    asked = {"nct_id": "NCT00000001", "country": payload}
    page = client.get("/widget", params=asked, headers={"Accept": "text/html"}).text
    snippet = unescape(page.partition('<code id="snippet">')[2].partition("</code>")[0])
    pasted = Markup(snippet)
    assert pasted.elements == {"script", "related-trials", "a"}
    assert pasted.attributes == {"type", "src", "integrity", "crossorigin", "nct-id", "country", "href"}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_of_an_address_becomes_markup(client, payload):
    for path, parameters in [
        ("/", {"q": payload}),
        ("/", {"q": "x", "status": payload}),
        ("/", {"q": "x", "country": payload, "condition": payload}),
        ("/widget", {"nct_id": payload}),
        ("/widget", {"nct_id": "NCT00000001", "country": payload}),
        (f"/trials/{payload.replace('/', '')}", {}),
    ]:
        response = client.get(path, params=parameters, headers={"Accept": "text/html"})
        assert response.headers["content-type"].startswith("text/html")
        assert_inert(response.text)
