"""The server for assistants, asked by the client of the protocol's own package."""

import json
import re
import subprocess
import sys
from pathlib import Path

import anyio
import jsonschema_rs
import pytest

from api.engine_slot import EngineSlot
from api.settings import Settings
from tests.records import study

mcp = pytest.importorskip("mcp")

from mcp.client.streamable_http import streamable_http_client  # noqa: E402

from api.mcp_server import mcp_server  # noqa: E402

COMMAND = str(Path(sys.executable).with_name("trialkin"))
ASKED, OTHER = "NCT06853522", "NCT01221428"


def told(server, *calls):
    """What `server` answers to calls of (tool, arguments), one after another on one connection."""

    async def ask():
        async with mcp.Client(server) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    return anyio.run(ask)


def refusal(server, name, **arguments):
    (result,) = told(server, (name, arguments))
    assert result.is_error
    return result.content[0].text


@pytest.fixture(scope="module")
def server(seeds_engine):
    return mcp_server(EngineSlot(seeds_engine, Settings()))


def test_four_tools_are_described_so_that_an_assistant_can_call_them(server):
    async def listed():
        async with mcp.Client(server) as client:
            return client.instructions, (await client.list_tools()).tools

    instructions, tools = anyio.run(listed)
    assert "no medical advice" in instructions.replace("\n", " ")
    assert [tool.name for tool in tools] == ["similar_trials", "search_trials", "get_trial", "compare_trials"]
    for tool in tools:
        assert tool.description
        assert tool.annotations.read_only_hint
        assert tool.input_schema["additionalProperties"] is False
        assert all("description" in schema for schema in tool.input_schema["properties"].values()), tool.name
    required = {tool.name: tool.input_schema["required"] for tool in tools}
    assert required["similar_trials"] == ["trial_id"]
    assert required["search_trials"] == ["text"]


@pytest.mark.parametrize(
    ("tool", "arguments", "path"),
    [
        (
            "similar_trials",
            {"trial_id": ASKED, "k": 3, "country": ["China"]},
            f"/similar/{ASKED}?k=3&country=China",
        ),
        ("search_trials", {"text": "stem cells for colitis", "k": 4}, "/search?q=stem+cells+for+colitis&k=4"),
        ("get_trial", {"trial_id": "nct06853522"}, f"/trials/{ASKED}"),
        ("compare_trials", {"trial_id": ASKED, "other_id": OTHER}, f"/compare/{ASKED}/{OTHER}"),
    ],
)
def test_a_tool_answers_what_the_api_does(server, client, tool, arguments, path):
    (result,) = told(server, (tool, arguments))
    assert not result.is_error
    assert result.structured_content == json.loads(result.content[0].text) == client.get(path).json()


def test_an_answer_is_true_to_the_schema_that_its_tool_tells(server):
    async def ask():
        async with mcp.Client(server) as client:
            tools = (await client.list_tools()).tools
            return tools[0].output_schema, await client.call_tool("similar_trials", {"trial_id": ASKED, "k": 100})

    schema, result = anyio.run(ask)
    jsonschema_rs.Draft202012Validator(schema).validate(result.structured_content)
    assert len(result.structured_content["hits"]) == 100


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        (
            "get_trial",
            {"trial_id": "NCT99999999"},
            "no trial NCT99999999 in this index; check the id, or search by text instead",
        ),
        ("similar_trials", {"trial_id": ASKED, "k": 0}, "k: Input should be greater than or equal to 1"),
        ("similar_trials", {}, "trial_id: Field required"),
        (
            "compare_trials",
            {"trial_id": ASKED, "other_id": ASKED},
            f"{ASKED} and {ASKED} are one trial; name two to compare",
        ),
        (
            "get_trial",
            {"trial_id": ASKED, "trial": 1},
            "unknown parameter 'trial'; did you mean trial_id? known: trial_id",
        ),
        ("find", {}, "no tool 'find'; known: similar_trials, search_trials, get_trial, compare_trials"),
    ],
)
def test_a_mistake_is_an_error_of_the_tool_in_words_that_help(server, tool, arguments, words):
    assert refusal(server, tool, **arguments) == words


def test_a_fault_of_the_server_shows_nothing_of_its_inside():
    class Failing:
        def trial(self, identifier):  # noqa: ARG002 - whatever is asked
            raise RuntimeError("/srv/secret")

    words = refusal(mcp_server(EngineSlot(Failing(), Settings())), "get_trial", trial_id=ASKED)
    assert words == "this is a fault of the server, which has logged it; the same request may work again later"


def test_without_an_index_a_call_says_which_command_builds_one_and_later_is_answered(root, build):
    server = mcp_server(EngineSlot(None, Settings(index=root)))
    assert refusal(server, "get_trial", trial_id="NCT00000001").endswith(f"trialkin rebuild-index --index {root}")
    build([study("NCT00000001", "Aspirin for migraine")])
    (first,) = told(server, ("get_trial", {"trial_id": "NCT00000001"}))
    assert first.structured_content["title"] == "Aspirin for migraine"
    build([study("NCT00000001", "Aspirin for migraine, again")])
    (second,) = told(server, ("get_trial", {"trial_id": "NCT00000001"}))
    assert second.structured_content["title"] == "Aspirin for migraine, again"


def test_an_assistant_that_starts_it_is_answered_over_standard_input_and_output(seeds_root, client):
    parameters = mcp.StdioServerParameters(command=COMMAND, args=["mcp", "--index", str(seeds_root)])
    answered, refused = told(
        mcp.stdio_client(parameters),
        ("similar_trials", {"trial_id": ASKED, "k": 2}),
        ("get_trial", {"trial_id": "NCT99999999"}),
    )
    assert answered.structured_content == client.get(f"/similar/{ASKED}?k=2").json()
    assert refused.is_error
    assert refused.content[0].text.startswith("no trial NCT99999999")


def test_over_http_it_answers_the_same_and_ends_in_peace(seeds_root, client):
    process = subprocess.Popen(
        [COMMAND, "mcp", "--http", "--port", "0", "--index", str(seeds_root)], stderr=subprocess.PIPE, text=True
    )
    try:
        said = process.stderr.readline()
        address = re.fullmatch(r"serving assistants at (http://127\.0\.0\.1:\d+/mcp); stop with Ctrl-C\n", said)[1]
        answered, refused = told(
            streamable_http_client(address),
            ("search_trials", {"text": "stem cells for colitis", "k": 2}),
            ("search_trials", {"text": " "}),
        )
        assert answered.structured_content == client.get("/search?q=stem+cells+for+colitis&k=2").json()
        assert refused.content[0].text == "nothing to look for in ''; name a condition, an intervention or both"
        process.terminate()
        assert process.wait(timeout=30) == 0
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_without_the_extra_one_line_says_how_to_install_it():
    start = (
        "import sys; sys.modules['mcp'] = None; sys.argv = ['trialkin', 'mcp']; from search.cli.app import main; main()"
    )
    refused = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, timeout=60)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "error: the server for assistants needs mcp; install it with: pip install 'trialkin[mcp]'\n"
    )
