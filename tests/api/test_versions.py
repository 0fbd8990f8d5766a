"""Every route has a versioned form beside the bare one, and is documented once."""

import pytest

PATHS = ["/similar/NCT06853522?k=3", "/search?q=colitis&k=3", "/trials/NCT06853522", "/version", "/health/ready"]


@pytest.mark.parametrize("path", PATHS)
def test_the_versioned_form_answers_what_the_bare_one_does(client, path):
    bare, versioned = client.get(path), client.get(f"/v1{path}")
    assert bare.status_code == versioned.status_code == 200
    assert versioned.json() == bare.json()


def test_a_problem_of_the_versioned_form_names_the_path_that_was_asked(client):
    problem = client.get("/v1/trials/NCT99999999").json()
    assert (problem["status"], problem["instance"]) == (404, "/v1/trials/NCT99999999")


def test_every_documented_route_answers_under_every_documented_server(client):
    document = client.get("/openapi.json").json()
    assert [server["url"] for server in document["servers"]] == ["/", "/v1"]
    assert not [path for path in document["paths"] if path.startswith("/v1")]
    for server in document["servers"]:
        for path, methods in document["paths"].items():
            allowed = client.options(server["url"].rstrip("/") + path).headers.get("allow", "")
            assert {method.upper() for method in methods} <= set(allowed.split(", ")), (server, path)


def test_a_version_that_is_not_there_is_not_found(client):
    assert client.get("/v2/version").status_code == 404
