"""The OpenAPI document: every route, answer and error is in it, and its examples are true to its schemas."""

import json

import jsonschema_rs
import pytest

from tests.openapi import GOLDEN
from tests.openapi import document as current_document

OPERATIONS = {
    ("get", "/similar/{trial_id}"): {"200", "404", "406", "422", "500", "503"},
    ("get", "/similar/{trial_id}/feed"): {"200", "404", "406", "422", "500", "503"},
    ("post", "/similar"): {"200", "400", "404", "406", "422", "500", "503"},
    ("post", "/similar/batch"): {"200", "400", "406", "422", "500", "503"},
    ("get", "/search"): {"200", "404", "406", "422", "500", "503"},
    ("get", "/trials/{trial_id}"): {"200", "404", "406", "422", "500", "503"},
    ("get", "/trials"): {"200", "406", "422", "500", "503"},
    ("get", "/compare/{trial_id}/{other_id}"): {"200", "404", "406", "422", "500", "503"},
    ("get", "/suggest"): {"200", "406", "422", "500", "503"},
    ("get", "/version"): {"200", "406", "422", "500", "503"},
    ("get", "/health/live"): {"200", "500"},
    ("get", "/health/ready"): {"200", "500", "503"},
}
REFUSED = {"get": {"414", "429", "431"}, "post": {"408", "413", "414", "429", "431"}}
"""What any route may answer."""
IN_JSON = [operation for operation in OPERATIONS if not operation[1].endswith("/feed")]


@pytest.fixture(scope="module")
def document(client):
    return client.get("/openapi.json").json()


def validator_of(document, schema):
    """Reads `schema`, whose references are into `document`."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]}, validate_formats=True)


def example_of(document, schema):
    """What a reader of the document is shown for `schema`: the first example, else put together from its parts."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if schema.get("type") == "object" and "properties" in schema:
        return {name: example_of(document, part) for name, part in schema["properties"].items()}
    if schema.get("type") == "array":
        return [example_of(document, schema["items"])]
    raise AssertionError(f"no example in {schema}")


def operation_of(document, operation):
    method, path = operation
    return document["paths"][path][method]


def test_every_route_and_every_error_is_documented(document):
    found = {(method, path): told for path, methods in document["paths"].items() for method, told in methods.items()}
    assert {operation: set(told["responses"]) for operation, told in found.items()} == {
        operation: statuses | REFUSED[operation[0]] - ({"429"} if operation[1].startswith("/health") else set())
        for operation, statuses in OPERATIONS.items()
    }
    for told in found.values():
        assert told["summary"]
        assert told["description"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_error_is_a_problem_with_an_example_of_it(document, operation):
    for status, told in operation_of(document, operation)["responses"].items():
        if status == "200":
            continue
        if "$ref" in told:
            told = document["components"]["responses"][told["$ref"].rpartition("/")[2]]
        content = told["content"]
        assert list(content) == ["application/problem+json"]
        problem = content["application/problem+json"]
        assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert problem["example"]["status"] == int(status)
        validator_of(document, problem["schema"]).validate(problem["example"])


@pytest.mark.parametrize("operation", IN_JSON, ids=str)
def test_every_field_of_every_answer_has_an_example_true_to_the_schema(document, operation):
    schema = operation_of(document, operation)["responses"]["200"]["content"]["application/json"]["schema"]
    validator_of(document, schema).validate(example_of(document, schema))


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_parameter_says_what_it_is_and_its_examples_are_true_to_its_schema(document, operation):
    for parameter in operation_of(document, operation).get("parameters", []):
        assert parameter["description"], parameter["name"]
        for example in parameter["schema"].get("examples", []):
            validator_of(document, parameter["schema"]).validate(example)


@pytest.mark.parametrize("path", ["/similar", "/similar/batch"])
def test_every_field_of_a_body_says_what_it_is_and_the_example_of_it_is_answered(document, client, path):
    content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    body = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    assert [name for name, schema in body["properties"].items() if "description" not in schema] == []
    (example,) = (
        content["examples"].values() if isinstance(content.get("examples"), dict) else content["schema"]["examples"]
    )
    validator_of(document, {"$ref": content["schema"]["$ref"]}).validate(example)
    assert client.post(path, json=example).status_code == 200


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/similar/{trial_id}", "/similar/NCT06853522?k=100"),
        ("/search", "/search?q=colitis&k=100"),
        ("/trials/{trial_id}", "/trials/NCT06853522"),
        ("/trials", "/trials?ids=NCT06853522,NCT99999999"),
        ("/compare/{trial_id}/{other_id}", "/compare/NCT06853522/NCT01221428"),
        ("/suggest", "/suggest?q=colit"),
        ("/version", "/version"),
    ],
)
def test_what_is_answered_is_true_to_the_schema_to_the_last_field(document, client, path, asked):
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    answer = client.get(asked).json()
    validator_of(document, schema).validate(answer)
    name = schema["$ref"].rpartition("/")[2]
    assert set(answer) == set(document["components"]["schemas"][name]["properties"])


def test_the_example_of_a_score_has_the_parts_of_a_real_one_and_adds_up(document, client):
    example = example_of(document, {"$ref": "#/components/schemas/HitItem"})
    (hit,) = client.get("/similar/NCT06853522?k=1").json()["hits"]
    assert set(example["parts"]) == set(hit["parts"])
    assert round(sum(example["parts"].values()), 3) == round(example["score"], 3)


def differences(old, new, where=""):
    """Every place at which two documents differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            place
            for name in sorted({*old, *new})
            for place in differences(old.get(name), new.get(name), f"{where}/{name}")
        ]
    return [] if old == new else [where]


def test_the_schema_is_the_one_that_was_last_looked_at():
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert differences(golden, current_document()) == [], (
        "the API's schema has changed; if that is meant: make openapi, and read git diff tests/golden/openapi.json"
    )


def test_every_link_leads_from_an_answer_to_a_documented_operation(document):
    operations = {told["operationId"]: told for methods in document["paths"].values() for told in methods.values()}
    assert len(operations) == len(OPERATIONS)
    links = [
        (told["operationId"], name, link)
        for told in operations.values()
        for name, link in told["responses"]["200"].get("links", {}).items()
    ]
    assert {origin for origin, _, _ in links} == {"similar", "search", "trials", "trial", "similar_to_all"}
    for _, name, link in links:
        assert link["operationId"] == name
        wanted = {f"{part['in']}.{part['name']}" for part in operations[name]["parameters"] if part["required"]}
        assert set(link["parameters"]) == wanted
