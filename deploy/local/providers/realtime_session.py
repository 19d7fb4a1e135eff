"""One realtime session: the client's events in, the service's events out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from deploy.local.providers.conversation import (
    Conversation,
    Item,
    ProtocolError,
    item_of,
    new_id,
    turn_of,
)
from deploy.local.providers.ears import Ears
from deploy.local.providers.journal import SessionRecord
from deploy.local.providers.mind import Mind, Prompt, Reply
from deploy.local.providers.realtime_input import InputAudio
from deploy.local.providers.realtime_response import Response, SocketDropped
from deploy.local.providers.session_config import SessionConfig
from deploy.local.providers.settings import Settings

Event = dict[str, Any]


class RealtimeSession:
    """State of one connection. ``drop`` aborts it; ``close`` ends it politely."""

    def __init__(
        self,
        *,
        config: SessionConfig,
        send_json: Callable[[Event], Awaitable[None]],
        drop: Callable[[], None],
        close_socket: Callable[[], Awaitable[None]],
        ears: Ears,
        mind: Mind,
        settings: Settings,
        record: SessionRecord,
    ) -> None:
        self._send_json = send_json
        self._drop = drop
        self._close_socket = close_socket
        self._mind = mind
        self._settings = settings
        self._record = record
        self._config = config
        self._conversation = Conversation()
        self._input = InputAudio(
            config=self._config,
            conversation=self._conversation,
            ears=ears,
            settings=settings,
            record=record,
            send=self._send,
            on_speech=self._speech_started,
            on_turn=self._turn_ended,
        )
        self._input.configure()
        self._response: Response | None = None
        self._task: asyncio.Task[None] | None = None
        self._handlers: dict[str, Callable[[Event], Awaitable[None]]] = {
            "session.update": self._session_update,
            "input_audio_buffer.append": self._append,
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": self._clear,
            "conversation.item.create": self._item_create,
            "conversation.item.delete": self._item_delete,
            "conversation.item.retrieve": self._item_retrieve,
            "conversation.item.truncate": self._item_truncate,
            "response.create": self._response_create,
            "response.cancel": self._response_cancel,
        }

    async def open(self) -> None:
        """Greet the client with session.created."""
        await self._send("session.created", session=self._config.wire)

    async def handle(self, data: str) -> None:
        """Take one message. A request that is refused is answered with an error event."""
        event: object = None
        try:
            try:
                event = json.loads(data)
            except json.JSONDecodeError as error:
                raise ProtocolError("The message is not JSON.", code="invalid_json") from error
            kind = event.get("type") if isinstance(event, dict) else None
            handler = self._handlers.get(kind) if isinstance(kind, str) else None
            if handler is None or not isinstance(event, dict):
                names = ", ".join(f"'{name}'" for name in self._handlers)
                raise ProtocolError(
                    f"Invalid value: '{kind}'. Supported values are: {names}.",
                    code="invalid_value",
                    param="type",
                )
            self._record.took(str(kind), data)
            await handler(event)
        except ProtocolError as error:
            await self._refuse(error, event)

    async def fatal(self, code: str, message: str, kind: str = "invalid_request_error") -> None:
        """Send an error that no retry can mend, and close."""
        await self._refuse(ProtocolError(message, code=code, kind=kind), None)
        await self._close_socket()

    async def close(self) -> None:
        """Stop what is running."""
        self._input.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _send(self, kind: str, **fields: Any) -> None:
        await self._send_json({"type": kind, "event_id": new_id("event"), **fields})

    async def _refuse(self, error: ProtocolError, event: object) -> None:
        self._record.errors.append(error.code)
        event_id = event.get("event_id") if isinstance(event, dict) else None
        await self._send(
            "error",
            error={
                "type": error.kind,
                "code": error.code,
                "message": str(error),
                "param": error.param,
                "event_id": event_id if isinstance(event_id, str) else None,
            },
        )

    async def _session_update(self, event: Event) -> None:
        before = dict(self._config.input)
        self._config.update(event.get("session"))
        if self._config.input != before:
            self._input.configure()
        await self._send("session.updated", session=self._config.wire)

    async def _append(self, event: Event) -> None:
        await self._input.append(event.get("audio"))

    async def _commit(self, event: Event) -> None:
        if self._settings.strikes_at("realtime_drop_socket", "on_commit"):
            self._drop()
            return
        await self._input.commit()

    async def _clear(self, event: Event) -> None:
        await self._input.clear()

    async def _item_create(self, event: Event) -> None:
        item = item_of(event.get("item"))
        self._conversation.check_call_output(item.wire)
        previous = self._conversation.insert(item, event.get("previous_item_id"))
        await self._send("conversation.item.added", previous_item_id=previous, item=item.wire)
        await self._send("conversation.item.done", previous_item_id=previous, item=item.wire)

    async def _item_delete(self, event: Event) -> None:
        self._conversation.delete(event.get("item_id"))
        await self._send("conversation.item.deleted", item_id=event["item_id"])

    async def _item_retrieve(self, event: Event) -> None:
        await self._send("conversation.item.retrieved", item=self._item(event).wire)

    async def _item_truncate(self, event: Event) -> None:
        item = self._item(event)
        if item.role != "assistant":
            raise ProtocolError(
                "Only model output audio messages can be truncated.",
                code="invalid_value",
                param="item_id",
            )
        # Of text there is no audio to cut: the item stays as it is, as with the real service.
        await self._send(
            "conversation.item.truncated",
            item_id=item.id,
            content_index=event.get("content_index", 0),
            audio_end_ms=event.get("audio_end_ms", 0),
        )

    def _item(self, event: Event) -> Item:
        found = self._conversation.find(str(event.get("item_id")))
        if found is None:
            raise ProtocolError(
                f"The item with id '{event.get('item_id')}' does not exist.",
                code="item_not_found",
                param="item_id",
            )
        return found

    async def _response_create(self, event: Event) -> None:
        params = event.get("response") or {}
        if not isinstance(params, dict):
            raise ProtocolError("Invalid 'response'.", code="invalid_value", param="response")
        if self._settings.strikes("realtime_insufficient_quota"):
            await self.fatal(
                "insufficient_quota",
                "You exceeded your current quota, please check your plan and billing details.",
                "insufficient_quota",
            )
            return
        if self._settings.strikes_at("realtime_stall", "on_create"):
            return
        if self._response is not None:
            raise ProtocolError(
                "Conversation already has an active response in progress: "
                f"{self._response.id}. Wait until the response is finished before creating a "
                "new one.",
                code="conversation_already_has_active_response",
            )
        await self._start(params)

    async def _start(self, params: Event) -> None:
        response = Response(
            conversation=self._conversation,
            send=self._send,
            drop=self._drop,
            settings=self._settings,
            metadata=params.get("metadata"),
            started_at=asyncio.get_running_loop().time(),
        )
        read = self._config.instructions or str(params.get("instructions") or "")
        response.input_text_tokens = len(read) // 4  # paid for, however soon it is cancelled
        self._response = response
        await response.created()
        self._task = asyncio.create_task(self._run(response, params))

    async def _run(self, response: Response, params: Event) -> None:
        try:
            if self._settings.strikes("realtime_failed_response"):
                self._note(response, "failed")
                error = {"type": "server_error", "code": "server_error"}
                await response.done("failed", {"type": "failed", "error": error})
                return
            prompt = await self._prompt(params)
            reply = self._mind.answer(prompt)
            response.input_text_tokens += sum(len(t.text) for t in prompt.turns) // 4
            response.input_audio_s = self._input.heard_audio_s
            await response.run(reply)
            self._note(response, "completed", reply)
        except SocketDropped:
            self._note(response, "dropped")
        finally:
            if self._response is response:
                self._response = None

    async def _prompt(self, params: Event) -> Prompt:
        instructions = self._config.instructions
        asked = str(params.get("instructions") or "")
        # The client sends the session's instructions and its own; the mind wants them apart.
        extra = asked.removeprefix(instructions).strip() if asked else ""
        given = params.get("tools")
        tools = given if isinstance(given, list) else self._config.wire["tools"]
        # As it is now: what is deleted while the ears are still at work would hide what follows it.
        items = list(self._conversation.items)
        return Prompt(
            instructions=instructions or asked,
            turns=tuple([await turn_of(item) for item in items]),
            tools=frozenset(str(tool.get("name")) for tool in tools if isinstance(tool, dict)),
            extra=extra,
            tool_choice=params.get("tool_choice") or self._config.wire["tool_choice"],
        )

    async def _response_cancel(self, event: Event) -> None:
        wanted = event.get("response_id")
        if self._response is None or wanted not in (None, self._response.id):
            raise ProtocolError(
                "Cancellation failed: no active response found", code="response_cancel_not_active"
            )
        await self._cancel("client_cancelled")

    async def _cancel(self, reason: str) -> None:
        response, task = self._response, self._task
        if response is None or task is None:
            return
        task.cancel()
        await asyncio.wait({task})
        self._response = None
        self._note(response, "cancelled")
        await response.done("cancelled", {"type": "cancelled", "reason": reason})

    async def _speech_started(self) -> None:
        detection = self._config.input["turn_detection"] or {}
        if detection.get("interrupt_response", True) is not False:
            await self._cancel("turn_detected")

    async def _turn_ended(self) -> None:
        detection = self._config.input["turn_detection"] or {}
        # While a response still runs uninterrupted, the caller's words wait for the next one.
        if detection.get("create_response", True) is not False and self._response is None:
            await self._start({})

    def _note(self, response: Response, status: str, reply: Reply | None = None) -> None:
        text = reply.text if reply is not None else ""
        self._record.responses.append({"id": response.id, "status": status, "text": text})
        for call in reply.calls if reply is not None else ():
            self._record.tool_calls.append({"name": call.name, "arguments": call.arguments})
