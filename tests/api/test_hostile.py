"""What is sent to break in or to break down is refused in words, or is a text like any other."""

import pytest

SQL, HTML = "'; DROP TABLE trials;--", "<script>alert(1)</script>"


def refused(response):
    """Why: a problem of the client's, which shows no fault of the server's."""
    assert 400 <= response.status_code < 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert "Traceback" not in problem["detail"]
    return problem["detail"]


@pytest.mark.parametrize("route", ["similar", "trials"])
@pytest.mark.parametrize(
    "identifier",
    [
        *[
            SQL,
            HTML,
            "NCT0685352٢",
            "NCT\uff10\uff16\uff18\uff15\uff13\uff15\uff12\uff12",
            "NCT06853522%00",
            "%00",
            "\U0001d7d8" * 8,
            "\U0001f9ec",
        ],
        *["..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "%ff%fe", "%ED%A0%80", "%0d%0aSet-Cookie:x", "{{7*7}}"],
    ],
)
def test_what_is_no_id_is_refused(client, route, identifier):
    response = client.get(f"/{route}/{identifier}")
    refused(response)
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    ("query", "name"),
    [
        *[(f"k={value}", "k") for value in ("-1", "0", "1e9", "NaN", "9" * 5000, "٣", "0x10", "1;2")],
        *[(f"weights=condition:{value}", "weights") for value in ("NaN", "inf", "-1", "1e999", SQL)],
        *[(f"weights={value}", "weights") for value in (HTML, "title")],
        *[(f"status={value}", "status") for value in (SQL, HTML, "\U0001f9ec")],
        *[(f"start_from={value}", "start_from") for value in ("0000-00-00", "2015-99", "-2015", SQL)],
        *[(f"{SQL}=1", "unknown parameter"), (f"{HTML}=1", "unknown parameter")],
        ("sponsor=%00", "null character"),
        ("&" * 500, "parameters"),
    ],
)
def test_what_is_no_value_is_refused_by_the_name_of_its_parameter(client, query, name):
    for route in ("/similar/NCT06853522?", "/search?q=colitis&"):
        assert name in refused(client.get(route + query))


@pytest.mark.parametrize("text", ["%00", "colitis%00", "\U0001f9ec\U0001f9ec", "%ff%fe", "%20", "--", "a" * 10_001])
def test_a_text_without_words_with_a_null_or_without_end_is_refused(client, text):
    refused(client.get(f"/search?q={text}"))


def test_what_is_longer_than_anything_asked_in_earnest_is_refused_unread(client):
    response = client.get("/search", headers={"X-Long": "a" * 10_000_000})
    assert response.status_code == 431
    assert refused(client.get(f"/search?q={'a' * 20_000}")).startswith("path and query are longer than 16,384 bytes")


@pytest.mark.parametrize(
    "text", [f"colitis {SQL}", f"colitis {HTML}", "colitis \U0001f9ec", "colitis ../../etc/passwd"]
)
def test_a_text_with_words_in_it_is_a_text_whatever_else_it_holds(client, text):
    response = client.get("/search", params={"q": text, "k": 1})
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.json()["query"]["text"] == text


@pytest.mark.parametrize(
    "path", ["/../etc/passwd", "/widget/../settings.py", "/widget/%2e%2e/settings.py", "//etc/passwd"]
)
@pytest.mark.parametrize("prefix", ["", "/v1", "/static-offline-docs"])
def test_no_path_leads_out_of_what_is_served(client, prefix, path):
    response = client.get(prefix + path)
    assert response.status_code == 404
    refused(response)
