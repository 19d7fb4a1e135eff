"""Runs every tool the same way: arguments checked, time bounded, failures as data, a record each.

The model is given ``{"ok": true, ...}`` or ``{"ok": false, "error": code, "message": sentence}``.
Codes: invalid_arguments, timeout, unavailable, bad_response, too_large, failed, and ``http_NNN``.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from livekit.agents import RunContext, StopResponse, function_tool
from livekit.agents.llm import RawFunctionTool

from agents.call_context import CallClock
from agents.recorder import Recorder
from agents.tools.results import MAX_RESULT_CHARS, Result, ToolFailure, clean_text, success
from telephony.contracts import ToolSpec
from telephony.enums import ToolOutcome

logger = logging.getLogger(__name__)

MAX_ARGUMENT_CHARS = 8_000


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One use of a tool. ``id`` is the model's call id, unique in the call."""

    id: str
    arguments: Mapping[str, Any]
    context: RunContext[Any]


class ToolFinished(Exception):
    """Raised by a tool that has done everything: the model must not answer its result."""


class Tool(Protocol):
    """The code behind a ToolSpec. May raise ToolFailure or ToolFinished."""

    async def __call__(self, call: ToolCall) -> Mapping[str, Any]: ...


class ToolRunner:
    """Makes livekit-agents tools of specs, for one call."""

    def __init__(self, recorder: Recorder, clock: CallClock) -> None:
        self._recorder = recorder
        self._clock = clock

    def build(self, spec: ToolSpec, tool: Tool) -> RawFunctionTool[..., Any]:
        """Return the tool as the session takes it. Raises ValueError when its schema is none."""
        parameters = dict(spec.parameters)
        try:
            Draft202012Validator.check_schema(parameters)
        except SchemaError as error:
            raise ValueError(f"tool {spec.name}: {error.message}") from error

        async def run(raw_arguments: dict[str, object], context: RunContext[Any]) -> str:
            call = ToolCall(context.function_call.call_id, raw_arguments, context)
            # livekit-agents would give the model Python's repr of a dict.
            return json.dumps(await self.run(spec, tool, call), ensure_ascii=False)

        schema = {"name": spec.name, "description": spec.description, "parameters": parameters}
        made: Callable[..., Awaitable[Any]] = run
        return function_tool(made, raw_schema=schema)

    async def run(self, spec: ToolSpec, tool: Tool, call: ToolCall) -> Result:
        """Run one use and record it, whatever happens. Raises StopResponse for ToolFinished."""
        start = self._clock.now()
        outcome, result, finished = ToolOutcome.CANCELLED, _CANCELLED, False
        try:
            check_arguments(spec.parameters, call.arguments)
            async with asyncio.timeout(spec.timeout_ms / 1000):
                result = _bounded(success(await tool(call)))
            outcome = ToolOutcome.OK
        except ToolFinished:
            outcome, result, finished = ToolOutcome.OK, {"ok": True}, True
        except ToolFailure as failure:
            outcome, result = failure.outcome, failure.as_result()
        except TimeoutError:
            outcome, result = ToolOutcome.TIMEOUT, _TIMED_OUT
        except Exception as error:
            # No traceback: it may quote arguments, which are a caller's words.
            logger.error("tool %s broke: %s", spec.name, type(error).__name__)
            outcome, result = ToolOutcome.FAILED, _BROKEN
        finally:
            self._recorder.tool_call(
                call.id,
                name=spec.name,
                arguments=_recordable(call.arguments),
                outcome=outcome,
                result=result,
                start=start,
            )
        if finished:
            raise StopResponse
        return result


def check_arguments(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> None:
    """Raise ToolFailure naming the first wrong argument, in words that the model can act on."""
    if len(json.dumps(arguments, default=str)) > MAX_ARGUMENT_CHARS:
        raise ToolFailure(
            "invalid_arguments", "The arguments are too long.", ToolOutcome.INVALID_ARGUMENTS
        )
    validator = Draft202012Validator(dict(schema))
    errors: list[ValidationError] = sorted(
        validator.iter_errors(arguments), key=lambda e: list(map(str, e.absolute_path))
    )
    if not errors:
        return
    first = errors[0]
    where = ".".join(str(part) for part in first.absolute_path)
    sentence = f"{where}: {first.message}" if where else first.message
    raise ToolFailure(
        "invalid_arguments",
        f"{clean_text(sentence)[:300]}. Ask the caller if you do not know it.",
        ToolOutcome.INVALID_ARGUMENTS,
    )


def _bounded(result: Result) -> Result:
    if len(json.dumps(result, default=str)) > MAX_RESULT_CHARS:
        raise ToolFailure("too_large", "The answer was too long to be used.")
    return result


def _recordable(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    size = len(json.dumps(arguments, default=str))
    return arguments if size <= MAX_ARGUMENT_CHARS else {"omitted_chars": size}


_CANCELLED: Result = {
    "ok": False,
    "error": "cancelled",
    "message": "The caller interrupted before the tool had finished.",
}
_TIMED_OUT: Result = {
    "ok": False,
    "error": "timeout",
    "message": "The system did not answer in time. Say so, and offer to try again.",
}
_BROKEN: Result = {
    "ok": False,
    "error": "failed",
    "message": "This cannot be looked up right now. Say so, and offer other help.",
}
