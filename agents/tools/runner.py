"""Runs every tool the same way: arguments checked, uses counted, time bounded, failures as data.

The model is given ``{"ok": true, ...}`` or ``{"ok": false, "error": code, "message": sentence}``.
Codes: invalid_arguments, limit_reached, timeout, unavailable, blocked, bad_response, too_large,
failed, not_understood, cancelled, and ``http_NNN``. Every attempt leaves a record.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from livekit.agents import RunContext, StopResponse, function_tool
from livekit.agents.llm import RawFunctionTool
from livekit.agents.voice import SpeechHandle
from referencing import Registry

from agents.call_context import CallClock
from agents.recorder import Recorder, ToolAttempt
from agents.tools.redaction import holds, redact, redact_quotes
from agents.tools.results import MAX_RESULT_CHARS, Result, ToolFailure, clean_text, success
from telephony.contracts import ToolSpec, UsedTool
from telephony.contracts.json_schema import check_schema_is_harmless
from telephony.enums import ToolKind, ToolOutcome

logger = logging.getLogger(__name__)

MAX_ARGUMENT_CHARS = 8_000
# Of an idempotent tool. All of them share the tool's one time-out: a caller waits.
MAX_ATTEMPTS = 3
RETRY_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One use of a tool. ``id`` is the model's call id, unique in the call.

    ``idempotency_key`` is unique among all uses of all calls, and the same on a retry.
    """

    id: str
    arguments: Mapping[str, Any]
    context: RunContext[Any]
    idempotency_key: str = ""


class ToolFinished(Exception):
    """Raised by a tool that has done everything: the model must not answer its result."""


class Tool(Protocol):
    """The code behind a ToolSpec. May raise ToolFailure or ToolFinished."""

    async def __call__(self, call: ToolCall) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What came of one; ``passing``: another one may fare better."""

    outcome: ToolOutcome
    result: Result
    passing: bool = False
    finished: bool = False


class ToolRunner:
    """Makes livekit-agents tools of specs, for one call."""

    def __init__(
        self, recorder: Recorder, clock: CallClock, call_id: UUID, used: Iterable[UsedTool] = ()
    ) -> None:
        """``used``: uses in this call by the worker before this one, which count as well.

        ``may_act`` is asked before a tool begins; of what it refuses there is no attempt.
        """
        self.may_act = _at_once
        self._recorder = recorder
        self._clock = clock
        self._call_id = call_id
        self._at_work: Counter[str] = Counter()  # tools of a speech, by its id
        self._uses = Counter(use.name for use in used if use.outcome not in _NOT_COUNTED)

    def build(self, spec: ToolSpec, tool: Tool) -> RawFunctionTool[..., Any]:
        """Return the tool as the session takes it. Raises as ``check_schema``."""
        check_schema(spec)

        async def run(raw_arguments: dict[str, object], context: RunContext[Any]) -> str:
            call = ToolCall(context.function_call.call_id, raw_arguments, context)
            stopped = context.speech_handle.interrupted
            if not await self.may_act():
                return json.dumps(_NOT_UNDERSTOOD)
            if context.speech_handle.interrupted and not stopped:
                return json.dumps(_CANCELLED)  # the caller took back what was waited for
            async with self._kept(spec, context.speech_handle):
                # livekit-agents would give the model Python's repr of a dict.
                return json.dumps(await self.run(spec, tool, call), ensure_ascii=False)

        schema = {
            "name": spec.name,
            "description": spec.description,
            "parameters": dict(spec.parameters),
        }
        made: Callable[..., Awaitable[Any]] = run
        # The model may ask again while it waits: what is under way is not done twice.
        return function_tool(
            made, raw_schema=schema, on_duplicate="reject", duplicate_scope="name_and_args"
        )

    async def run(self, spec: ToolSpec, tool: Tool, call: ToolCall) -> Result:
        """Run one use, whatever happens. Raises StopResponse for ToolFinished.

        Only an idempotent tool is tried again, and only after what may pass.
        """
        call = replace(call, idempotency_key=f"{self._call_id}:{call.id}")
        loop = asyncio.get_running_loop()
        deadline = loop.time() + spec.timeout_ms / 1000
        most = MAX_ATTEMPTS if spec.idempotent else 1
        for attempt in range(1, most + 1):
            left_s = deadline - loop.time()
            # Half of what is left, so that a server that hangs once leaves time for a second try.
            bound_s = left_s if attempt == most else left_s / 2
            done = await self._attempt(spec, tool, call, attempt, bound_s)
            if not done.passing or deadline - loop.time() <= 2 * RETRY_PAUSE_S:
                break
            if attempt < most:
                await asyncio.sleep(RETRY_PAUSE_S)
        if done.finished:
            raise StopResponse
        return done.result

    @contextlib.asynccontextmanager
    async def _kept(self, spec: ToolSpec, speech: SpeechHandle) -> AsyncIterator[None]:
        """What is said meanwhile is a turn of its own. An interruption would leave the outside
        system with half a request, and the model without its answer."""
        if spec.kind is ToolKind.BUILTIN or (speech.interrupted and not self._at_work[speech.id]):
            yield
            return
        self._at_work[speech.id] += 1
        speech.allow_interruptions = False
        try:
            yield
        finally:
            self._at_work[speech.id] -= 1
            if not self._at_work[speech.id]:
                speech.allow_interruptions = True  # its answer may be spoken over

    async def _attempt(
        self, spec: ToolSpec, tool: Tool, call: ToolCall, attempt: int, bound_s: float
    ) -> _Attempt:
        hidden = spec.sensitive_arguments
        told = ToolAttempt(
            call_id=call.id,
            name=spec.name,
            arguments=_recordable(redact(call.arguments, hidden)),
            start=self._clock.now(),
            number=attempt,
            idempotency_key=call.idempotency_key,
        )
        done = _Attempt(ToolOutcome.CANCELLED, _CANCELLED)
        try:
            if attempt == 1:
                check_arguments(spec.parameters, call.arguments, hidden)
                self._count(spec)
            # Before anything is sent: a worker killed now leaves a trace of what it was doing.
            self._recorder.tool_begun(told)
            async with asyncio.timeout(bound_s):
                done = _Attempt(ToolOutcome.OK, _bounded(success(await tool(call))))
        except ToolFinished:
            done = _Attempt(ToolOutcome.OK, {"ok": True}, finished=True)
        except ToolFailure as failure:
            done = _Attempt(failure.outcome, failure.as_result(), passing=failure.passing)
        except TimeoutError:
            done = _Attempt(ToolOutcome.TIMEOUT, _TIMED_OUT, passing=True)
        except Exception as error:
            # No traceback: it may quote arguments, which are a caller's words.
            logger.error("tool %s broke: %s", spec.name, type(error).__name__)
            done = _Attempt(ToolOutcome.FAILED, _BROKEN)
        finally:
            result = redact_quotes(done.result, call.arguments, hidden)
            self._recorder.tool_call(told, outcome=done.outcome, result=result)
        return done

    def _count(self, spec: ToolSpec) -> None:
        if self._uses[spec.name] >= spec.max_uses:
            raise ToolFailure(
                "limit_reached",
                "This was used as often as one call may. Say so, and offer other help.",
                ToolOutcome.LIMIT_REACHED,
            )
        self._uses[spec.name] += 1


async def _at_once() -> bool:
    return True


def check_schema(spec: ToolSpec) -> None:
    """Raise ValueError when the tool's parameters are no schema, or one that could harm a call."""
    parameters = dict(spec.parameters)
    if spec.kind is not ToolKind.BUILTIN:
        check_schema_is_harmless(parameters)
    try:
        Draft202012Validator.check_schema(parameters)
    except SchemaError as error:
        raise ValueError(f"tool {spec.name}: {error.message}") from error


def check_arguments(
    schema: Mapping[str, Any], arguments: Mapping[str, Any], hidden: Sequence[str] = ()
) -> None:
    """Raise ToolFailure naming the first wrong argument, in words that the model can act on, and
    that quote no value under a ``hidden`` name."""
    if len(json.dumps(arguments, default=str)) > MAX_ARGUMENT_CHARS:
        raise ToolFailure(
            "invalid_arguments", "The arguments are too long.", ToolOutcome.INVALID_ARGUMENTS
        )
    # jsonschema's own registry fetches what a $ref names, from anywhere and while the loop waits.
    validator = Draft202012Validator(dict(schema), registry=Registry())
    errors: list[ValidationError] = sorted(
        validator.iter_errors(arguments), key=lambda e: list(map(str, e.absolute_path))
    )
    if not errors:
        return
    first = errors[0]
    where = ".".join(str(part) for part in first.absolute_path)
    wrong = _unquoted(first) if _may_quote(first, hidden) else first.message
    sentence = f"{where}: {wrong}" if where else wrong
    raise ToolFailure(
        "invalid_arguments",
        f"{clean_text(sentence)[:300]}. Ask the caller if you do not know it.",
        ToolOutcome.INVALID_ARGUMENTS,
    )


def _may_quote(error: ValidationError, hidden: Sequence[str]) -> bool:
    """Most of jsonschema's messages quote the wrong value: escaped, and whole objects."""
    if error.validator in _NAMES_ONLY:
        return False
    if error.validator is None:  # the schema ``false``, which does not tell where it stands
        return bool(hidden)
    above = {str(part).casefold() for part in error.absolute_path}
    return not above.isdisjoint(map(str.casefold, hidden)) or holds(error.instance, hidden)


def _unquoted(error: ValidationError) -> str:
    if error.validator is None:
        return "there is a value where none is allowed"
    return f"the value does not fit {error.validator}: {error.validator_value}"


def _bounded(result: Result) -> Result:
    if len(json.dumps(result, default=str)) > MAX_RESULT_CHARS:
        raise ToolFailure("too_large", "The answer was too long to be used.")
    return result


def _recordable(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    size = len(json.dumps(arguments, default=str))
    return arguments if size <= MAX_ARGUMENT_CHARS else {"omitted_chars": size}


# Keywords whose messages tell names of arguments and no value.
_NAMES_ONLY = frozenset({"required", "dependentRequired", "additionalProperties"})
# Refused before they were uses.
_NOT_COUNTED = frozenset({ToolOutcome.INVALID_ARGUMENTS, ToolOutcome.LIMIT_REACHED})
_CANCELLED: Result = {
    "ok": False,
    "error": "cancelled",
    "message": "The caller interrupted before the tool had finished.",
}
_NOT_UNDERSTOOD: Result = {
    "ok": False,
    "error": "not_understood",
    "message": "The caller was not understood, and is asked to say it again.",
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
