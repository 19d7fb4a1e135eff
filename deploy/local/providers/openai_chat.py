"""A chat completion of the stand-in: messages in, paced chunks out as server-sent events."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any

from aiohttp import web

from deploy.local.providers.conversation import new_id
from deploy.local.providers.journal import SessionRecord
from deploy.local.providers.mind import Call, Prompt, Reply, Turn
from deploy.local.providers.settings import Settings

_TOKEN = re.compile(r"\s*\S{1,6}")
_UNSAID = re.compile(r"\(.*\)")
_LEAKED_TOKEN = "<|audio_text|>"  # noqa: S105 - a control token of the model, not a secret


def prompt_of(body: dict[str, Any]) -> Prompt:
    """The request as the mind sees it. Raises ValueError for what the service would refuse."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ValueError("Missing required parameter: 'messages'.")
    if body.get("stream") is not True:
        raise ValueError("The stand-in streams only: 'stream' must be true.")
    turns: list[Turn] = []
    instructions = ""
    if not all(isinstance(message, dict) for message in messages):
        raise ValueError("Invalid 'messages'.")
    for message in messages:
        if message.get("role") in ("system", "developer") and not turns and not instructions:
            instructions = _text_of(message)
        else:
            turns.extend(_turns_of(message))
    _check_calls(turns)
    _check_roles(messages)
    tools = body.get("tools") or ()
    return Prompt(
        instructions=instructions,
        turns=tuple(turns),
        tools=frozenset(str(tool.get("function", {}).get("name")) for tool in tools),
        tool_choice=_choice_of(body.get("tool_choice", "auto")),
    )


def _turns_of(message: dict[str, Any]) -> list[Turn]:
    role, text = message.get("role"), _text_of(message)
    if role == "tool":
        call_id = str(message.get("tool_call_id"))
        return [Turn("function_call_output", text, call_id=call_id)]
    if role == "user":
        # Pieces of one turn come as lines; what stands in brackets was not said.
        lines = text.split("\n")
        return [Turn("system" if _UNSAID.fullmatch(line) else "user", line) for line in lines]
    if role in ("system", "developer"):
        return [Turn("system", text)]
    if role != "assistant":
        raise ValueError(f"Invalid value: '{role}'.")
    turns = [Turn("assistant", text)] if text else []
    for call in message.get("tool_calls") or ():
        function = call.get("function", {})
        name, arguments = str(function.get("name")), str(function.get("arguments"))
        turns.append(Turn("function_call", arguments, name, str(call.get("id"))))
    return turns


def _text_of(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))


def _check_calls(turns: list[Turn]) -> None:
    """The service refuses a call without its result, and a result without its call."""
    asked = {turn.call_id for turn in turns if turn.kind == "function_call"}
    told = {turn.call_id for turn in turns if turn.kind == "function_call_output"}
    if asked - told:
        raise ValueError(
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'."
        )
    if told - asked:
        raise ValueError(
            "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
        )


def _check_roles(messages: list[dict[str, Any]]) -> None:
    """The service takes any order. Servers in the house refuse what the chat template of their
    model does, in these words Mistral's."""
    talk = [message for message in messages if message["role"] in ("user", "assistant")]
    roles = [message["role"] for message in talk if not message.get("tool_calls")]
    if any(role != ("user", "assistant")[i % 2] for i, role in enumerate(roles)):
        raise ValueError(
            "After the optional system message, conversation roles must alternate user and "
            "assistant roles except for tool calls and results."
        )


def _choice_of(choice: Any) -> Any:
    if isinstance(choice, dict):  # the Realtime API writes the name one level higher
        return {"type": "function", "name": choice.get("function", {}).get("name")}
    return choice


async def stand_still(request: web.Request) -> None:
    """Send nothing more, until the client has given up."""
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - aiohttp tells nobody
        await asyncio.sleep(0.1)


class Chat:
    """One completion. ``started_at`` is the loop's clock."""

    def __init__(
        self,
        request: web.Request,
        body: dict[str, Any],
        settings: Settings,
        started_at: float,
    ) -> None:
        self._request = request
        self._body = body
        self._settings = settings
        self._started_at = started_at
        self._id = new_id("chatcmpl")
        self._response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        self._tokens = 0

    async def run(self, reply: Reply, prompt: Prompt, record: SessionRecord) -> web.StreamResponse:
        """Send the whole reply at its pace."""
        loop, settings = asyncio.get_running_loop(), self._settings
        note = {"id": self._id, "status": "cancelled", "text": reply.text}
        record.responses.append(note)
        for call in reply.calls:
            record.tool_calls.append({"name": call.name, "arguments": call.arguments})
        await asyncio.sleep(
            self._started_at + settings.seconds("first_token_delay_ms") - loop.time()
        )
        await self._response.prepare(self._request)
        await self._delta({"role": "assistant", "content": ""})
        text = reply.text
        if text and settings.strikes("realtime_leak_control_tokens"):
            text = f"{_LEAKED_TOKEN}{text} {_LEAKED_TOKEN}"
        tokens = _TOKEN.findall(text)
        middle = len(tokens) // 2
        drops = bool(text) and settings.strikes_at("realtime_drop_socket", "mid_response")
        stalls = bool(text) and settings.strikes_at("realtime_stall", "mid_response")
        begin = loop.time()
        for index, token in enumerate(tokens):
            if index == middle and stalls:
                await stand_still(self._request)
                note["status"] = "stalled"
                return self._response
            if index == middle and drops:
                note["status"] = "dropped"
                if self._request.transport is not None:
                    self._request.transport.abort()
                return self._response
            await asyncio.sleep(begin + index / settings.number("tokens_per_second") - loop.time())
            self._tokens += 1
            await self._delta({"content": token})
        for index, call in enumerate(reply.calls):
            await self._call(index, call)
        await self._delta({}, finish="tool_calls" if reply.calls else "stop")
        if (self._body.get("stream_options") or {}).get("include_usage"):
            await self._send({"choices": [], "usage": self._usage(prompt)})
        await self._response.write(b"data: [DONE]\n\n")
        await self._response.write_eof()
        note["status"] = "completed"
        return self._response

    async def _call(self, index: int, call: Call) -> None:
        self._tokens += 8 + len(call.arguments) // 4
        function = {"name": call.name, "arguments": ""}
        head = {"index": index, "id": new_id("call"), "type": "function", "function": function}
        await self._delta({"tool_calls": [head]})
        for start in range(0, len(call.arguments), 8):
            piece = {"arguments": call.arguments[start : start + 8]}
            await self._delta({"tool_calls": [{"index": index, "function": piece}]})

    async def _delta(self, delta: dict[str, Any], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        await self._send({"choices": [choice]})

    async def _send(self, fields: dict[str, Any]) -> None:
        chunk = {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": self._body.get("model"),
            **fields,
        }
        await self._response.write(f"data: {json.dumps(chunk)}\n\n".encode())

    def _usage(self, prompt: Prompt) -> dict[str, Any]:
        letters = len(prompt.instructions) + sum(len(turn.text) for turn in prompt.turns)
        tokens_in = letters // 4
        return {
            "prompt_tokens": tokens_in,
            "completion_tokens": self._tokens,
            "total_tokens": tokens_in + self._tokens,
            # The service caches prefixes in blocks.
            "prompt_tokens_details": {"cached_tokens": tokens_in // 128 * 128},
        }
