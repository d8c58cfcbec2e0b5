"""The Model Context Protocol by its official SDK: the server over a toolbox, over stdio and as one exchange over HTTP.

The only module that imports the SDK (half a second, forty megabytes): it is imported when the first message comes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError

from odlinked.cage.turns import Caller
from odlinked.version import __version__
from odlinked.web.assistants.toolbox import TOOLS, Toolbox, ToolOutcome

NAME: Final = "odlinked"
AT_ONCE: Final = 8
"""Calls that are answered at a time over stdio; more wait."""

_log = logging.getLogger("odlinked.web")
_NOTES: Final = types.ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
_TEXT: Final = {"type": "string"}
_OUTPUT: Final[dict[str, Any]] = {
    "type": "object", "required": ["iri", "release", "licence", "completeness", "answer"],
    "properties": {
        "iri": {"type": "array", "items": _TEXT},
        "release": {"type": "object", "required": ["name", "created", "catalog"],
                    "properties": {"name": _TEXT, "created": _TEXT, "catalog": _TEXT}},
        "licence": {"type": "array", "items": {"type": "object"}},
        "completeness": {"type": "object", "required": ["complete", "text"],
                         "properties": {"complete": {"type": "boolean"}, "text": _TEXT}},
        "answer": {"type": "object"},
    },
}
"""The schema of every answer; `answer` is the tool's own."""

RunInRequest = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs a function within a request of the application and returns what it returns."""


def server(toolbox: Toolbox, run: RunInRequest, language: str) -> Server[Any]:
    """Return a server whose tools are those of a toolbox; `run` runs what asks it, in `language` it says what it is."""

    async def listed(_: Any, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        found = await run(toolbox.described)
        return types.ListToolsResult(tools=[types.Tool(
            name=one.name, title=one.title, description=one.text, input_schema=dict(one.schema), output_schema=_OUTPUT,
            annotations=_NOTES) for one in found])

    async def called(_: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        if params.name not in TOOLS:
            raise MCPError(types.INVALID_PARAMS, f"there is no tool {params.name[:80]!r}; the tools are {', '.join(TOOLS)}")
        outcome: ToolOutcome = await run(partial(toolbox.call, params.name, params.arguments or {}))
        return types.CallToolResult(content=[types.TextContent(text=outcome.text)], structured_content=outcome.answer,
                                    is_error=outcome.answer is None)

    made: Server[Any] = Server(NAME, version=__version__, title=toolbox.texts.general("title", language),
                               instructions=toolbox.texts.general("instructions", language), on_list_tools=listed,
                               on_call_tool=called)
    made.middleware.clear()  # the SDK's own: traces for an exporter, and none of ours goes anywhere
    return made


@dataclass(frozen=True)
class HttpMessage:
    """An HTTP request, or the answer to one; a request has method and path, an answer a status."""

    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    status: int = 0


def exchange(toolbox: Toolbox, message: HttpMessage, path: str, language: str, hosts: Sequence[str],
             origins: Sequence[str]) -> HttpMessage:
    """Answer one POST of the Streamable HTTP transport, without a session and in JSON; called within a request, in its thread.

    `hosts` and `origins` are those that a request may state (against DNS rebinding).
    """
    return asyncio.run(_exchange(toolbox, message, path, language, TransportSecuritySettings(
        enable_dns_rebinding_protection=True, allowed_hosts=list(hosts), allowed_origins=list(origins))))


async def _exchange(toolbox: Toolbox, message: HttpMessage, path: str, language: str,
                    security: TransportSecuritySettings) -> HttpMessage:
    async def run(function: Callable[[], Any]) -> Any:
        return function()  # this thread, and this loop, are the request's own

    status, headers, parts, sent = 0, list[tuple[bytes, bytes]](), list[bytes](), False

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if sent:
            await asyncio.Event().wait()
        sent = True
        return {"type": "http.request", "body": message.body, "more_body": False}

    async def send(event: Mapping[str, Any]) -> None:
        nonlocal status, headers
        if event["type"] == "http.response.start":
            status, headers = event["status"], list(event.get("headers", ()))
        else:
            parts.append(event.get("body", b""))

    manager = StreamableHTTPSessionManager(server(toolbox, run, language), json_response=True, stateless=True,
                                           security_settings=security, max_request_body_size=max(1, len(message.body)))
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http", "path": path,
             "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": list(message.headers)}
    async with manager.run():
        await manager.handle_request(scope, receive, send)
    return HttpMessage(headers, b"".join(parts), status)


def quiet() -> None:
    """Keep the SDK from writing what strangers sent into the log; what fails here is logged here."""
    logging.getLogger("mcp").setLevel(logging.CRITICAL)


async def over_stdio(toolbox: Toolbox, within: Callable[[Caller], AbstractContextManager[Any]], language: str) -> None:
    """Serve one client over stdin and stdout until it closes them; `within` makes a request of the application for a caller."""
    threads = ThreadPoolExecutor(AT_ONCE, "odlinked-mcp")

    async def run(function: Callable[[], Any]) -> Any:
        caller = Caller()

        def inside() -> Any:
            try:
                with within(caller):
                    return function()
            except Exception as error:
                _log.error("a message could not be answered", exc_info=error)
                raise

        try:
            return await asyncio.get_running_loop().run_in_executor(threads, inside)
        except asyncio.CancelledError:
            caller.leave()  # what is asked of the sandbox ends now
            raise

    made = server(toolbox, run, language)
    async with stdio_server() as (incoming, outgoing):
        await made.run(incoming, outgoing, made.create_initialization_options())
