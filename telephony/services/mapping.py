"""Models to contracts and back, in one place.

What a caller says or a SIP header carries is hostile until shown otherwise: text loses what a
database cannot hold (NUL, lone surrogates) and is cut to its column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from telephony import contracts
from telephony.contracts import (
    CallPlan,
    EventRecord,
    OpeningHoursSpec,
    PersonaSpec,
    ToolCallRecord,
    ToolSpec,
    TurnMetricRecord,
    TurnRecord,
    TurnTakingSpec,
    WebhookSpec,
)
from telephony.enums import (
    BuiltinTool,
    RealtimeProvider,
    ToolKind,
    TurnDetection,
    VoiceProvider,
)
from telephony.models import (
    Call,
    CallEvent,
    OpeningHours,
    PersonaVersion,
    Tool,
    ToolCall,
    TranscriptTurn,
    TurnMetric,
    TurnTakingProfile,
)


def clean_text(text: str, limit: int | None = None) -> str:
    cleaned = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return cleaned if limit is None else cleaned[:limit]


def clean_json(value: Any) -> Any:
    """JSON that PostgreSQL's jsonb takes: text cleaned, keys strings, nothing but JSON types."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {clean_text(str(key)): clean_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item) for item in value]
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return None
    if isinstance(value, float) and value != value:  # NaN
        return None
    if value is None or isinstance(value, bool | int | float):
        return value
    return clean_text(str(value))


# --- contract -> model --------------------------------------------------------------------------


def turn_row(call_id: UUID, record: TurnRecord) -> TranscriptTurn:
    return TranscriptTurn(
        call_id=call_id,
        key=clean_text(record.key, 128),
        speaker=record.speaker.value,
        text=clean_text(record.text),
        start_ms=record.start_ms,
        end_ms=record.end_ms,
        interrupted=record.interrupted,
        confidence=record.confidence,
    )


def event_row(call_id: UUID, record: EventRecord) -> CallEvent:
    return CallEvent(
        call_id=call_id,
        key=clean_text(record.key, 128),
        kind=record.kind.value,
        at_ms=record.at_ms,
        occurred_at=record.occurred_at,
        detail=clean_json(record.detail),
    )


def tool_call_row(call_id: UUID, record: ToolCallRecord) -> ToolCall:
    return ToolCall(
        call_id=call_id,
        key=clean_text(record.key, 128),
        name=clean_text(record.name, 128),
        arguments=clean_json(record.arguments),
        outcome=record.outcome.value,
        result=clean_json(record.result),
        start_ms=record.start_ms,
        duration_ms=record.duration_ms,
    )


def metric_row(call_id: UUID, record: TurnMetricRecord) -> TurnMetric:
    return TurnMetric(
        call_id=call_id,
        turn_key=clean_text(record.turn_key, 128),
        endpointing_ms=record.endpointing_ms,
        first_token_ms=record.first_token_ms,
        first_audio_ms=record.first_audio_ms,
        framework_ms=record.framework_ms,
    )


# --- draft -> published version -----------------------------------------------------------------


def turn_taking_snapshot(profile: TurnTakingProfile | None) -> dict[str, Any]:
    if profile is None:
        return asdict(TurnTakingSpec())
    return {name: getattr(profile, name) for name in asdict(TurnTakingSpec())}


def tool_snapshot(tool: Tool) -> dict[str, Any]:
    return {
        "id": tool.pk,
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "kind": tool.kind,
        "builtin": tool.builtin,
        "url": tool.url,
        "timeout_ms": tool.timeout_ms,
    }


# --- model -> contract --------------------------------------------------------------------------


def call_plan(call: Call, version: PersonaVersion) -> CallPlan:
    hours = call.phone_number.opening_hours if call.phone_number else None
    return CallPlan(
        call_id=call.id,
        called_number=call.called_number,
        caller_number=call.caller_number,
        persona=persona_spec(version),
        opening_hours=opening_hours_spec(hours) if hours else None,
        max_duration_s=version.max_duration_s,
    )


def persona_spec(version: PersonaVersion) -> PersonaSpec:
    secrets = dict(
        Tool.objects.filter(pk__in=[tool["id"] for tool in version.tools]).values_list(
            "pk", "secret"
        )
    )
    turn_taking = dict(version.turn_taking)
    turn_taking["turn_detection"] = TurnDetection(turn_taking["turn_detection"])
    return PersonaSpec(
        name=version.name,
        version=version.version,
        instructions=version.instructions,
        greeting=version.greeting,
        language=version.language,
        realtime_provider=RealtimeProvider(version.realtime_provider),
        realtime_model=version.realtime_model,
        voice_provider=VoiceProvider(version.voice_provider),
        voice_model=version.voice_model,
        voice_id=version.voice_id,
        # A tool deleted since is gone for new calls too: deleting is the way to stop one.
        tools=tuple(
            _tool_spec(tool, secrets[tool["id"]]) for tool in version.tools if tool["id"] in secrets
        ),
        turn_taking=TurnTakingSpec(**turn_taking),
    )


def _tool_spec(tool: Mapping[str, Any], secret: str) -> ToolSpec:
    kind = ToolKind(tool["kind"])
    return ToolSpec(
        name=tool["name"],
        description=tool["description"],
        parameters=tool["parameters"],
        kind=kind,
        builtin=BuiltinTool(tool["builtin"]) if kind is ToolKind.BUILTIN else None,
        webhook=WebhookSpec(url=tool["url"], secret=secret) if kind is ToolKind.WEBHOOK else None,
        timeout_ms=tool["timeout_ms"],
    )


def opening_hours_spec(hours: OpeningHours) -> OpeningHoursSpec:
    return OpeningHoursSpec(
        timezone=hours.timezone,
        periods=tuple(
            contracts.OpeningPeriod(
                weekday=period.weekday, opens=period.opens, closes=period.closes
            )
            for period in hours.periods.all()
        ),
    )
