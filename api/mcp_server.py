"""The engine's answers as tools of the Model Context Protocol, for assistants."""

import logging
from importlib.metadata import version
from typing import Any

import anyio
import anyio.to_thread

from api.engine_slot import EngineSlot
from api.problems import SERVER_FAULT
from api.tools import TOOLS, Tool
from search.errors import MissingExtra, TrialkinError

try:
    import mcp.types as protocol
    from mcp.server import Server
    from mcp.server.stdio import stdio_server
except ModuleNotFoundError as error:
    raise MissingExtra("the server for assistants needs mcp; install it with: pip install 'trialkin[mcp]'") from error

LOG = logging.getLogger(__name__)
INSTRUCTIONS = (
    "Trialkin finds related clinical trials in a local index of registry records. Begin with similar_trials where a "
    "trial's id is known, else with search_trials. Scores say how related two registered texts are; they are no "
    "medical advice and no judgement of whether a person can take part. Fewer trials than asked for is an answer: "
    "`note` says why."
)
HTTP_PATH = "/mcp"


def mcp_server(slot: EngineSlot) -> "Server[Any]":
    """The server on the engine of `slot`, which follows the live build from one call to the next."""
    tools = {tool.name: tool for tool in TOOLS}

    async def list_tools(_: object, __: object) -> "protocol.ListToolsResult":
        return protocol.ListToolsResult(tools=[_described(tool) for tool in TOOLS])

    async def call_tool(_: object, asked: "protocol.CallToolRequestParams") -> "protocol.CallToolResult":
        tool = tools.get(asked.name)
        if tool is None:
            return _refused(f"no tool {asked.name!r}; known: {', '.join(tools)}")
        return await anyio.to_thread.run_sync(_answered, tool, slot, asked.arguments or {})

    return Server(
        "trialkin",
        version=version("trialkin"),
        title="Trialkin",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def serve_stdio(server: "Server[Any]") -> None:
    """Answer on standard output what is asked on standard input, until that ends."""
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def _answered(tool: Tool, slot: EngineSlot, given: dict[str, Any]) -> "protocol.CallToolResult":
    """What `tool` answers; what goes wrong is told as the tool's error, so that the assistant can mend it."""
    try:
        answer = tool.call(slot(), given)
    except TrialkinError as error:
        return _refused(str(error))
    except Exception:
        LOG.exception("%s failed", tool.name)
        return _refused(SERVER_FAULT)
    return protocol.CallToolResult(
        content=[protocol.TextContent(type="text", text=answer.model_dump_json())],
        structured_content=answer.model_dump(mode="json"),
    )


def _refused(words: str) -> "protocol.CallToolResult":
    return protocol.CallToolResult(content=[protocol.TextContent(type="text", text=words)], is_error=True)


def _described(tool: Tool) -> "protocol.Tool":
    return protocol.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.arguments.model_json_schema(),
        output_schema=tool.answer.model_json_schema(mode="serialization"),
        annotations=protocol.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
    )
