"""Models to contracts and back, in one place; teams and transfers in handoff_mapping.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from telephony import contracts
from telephony.contracts import (
    CallPlan,
    EventRecord,
    McpServerSpec,
    McpToolSpec,
    MessageRecord,
    OpeningHoursSpec,
    PersonaSpec,
    RecordingRecord,
    ResumedCall,
    SaidTurn,
    ToolCallBegun,
    ToolCallRecord,
    ToolSpec,
    TurnMetricRecord,
    TurnRecord,
    TurnTakingSpec,
    UsedTool,
    WebhookSpec,
)
from telephony.enums import (
    BuiltinTool,
    OverlapEars,
    RealtimeProvider,
    Speaker,
    ToolKind,
    ToolOutcome,
    TurnDetection,
    VoiceProvider,
)
from telephony.models import (
    Call,
    CallEvent,
    CallRecording,
    Message,
    OpeningHours,
    PersonaVersion,
    Tool,
    ToolCall,
    TranscriptTurn,
    TurnMetric,
    TurnTakingProfile,
)
from telephony.services.handoff_mapping import handoff_spec
from telephony.services.humans import plan_teams
from telephony.services.texts import clean_json, clean_text

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


def tool_call_row(call_id: UUID, record: ToolCallBegun | ToolCallRecord) -> ToolCall:
    ended = record if isinstance(record, ToolCallRecord) else None
    return ToolCall(
        call_id=call_id,
        key=clean_text(record.key, 128),
        name=clean_text(record.name, 128),
        arguments=clean_json(record.arguments),
        outcome=ended.outcome.value if ended else ToolOutcome.UNKNOWN.value,
        result=clean_json(ended.result) if ended else {},
        start_ms=record.start_ms,
        duration_ms=ended.duration_ms if ended else 0,
        attempt=record.attempt,
        idempotency_key=clean_text(record.idempotency_key, 200),
    )


def message_row(call_id: UUID, record: MessageRecord, teams: Mapping[str, int]) -> Message:
    """``teams``: the ids of teams by key."""
    return Message(
        call_id=call_id,
        key=clean_text(record.key, 128),
        caller_name=clean_text(record.caller_name, 200),
        callback_number=clean_text(record.callback_number, 64),
        text=clean_text(record.text),
        team_id=teams.get(record.team),
        path=clean_text(record.path, 255),
        at_ms=record.at_ms,
        occurred_at=record.occurred_at,
    )


def metric_row(call_id: UUID, record: TurnMetricRecord) -> TurnMetric:
    return TurnMetric(
        call_id=call_id,
        turn_key=clean_text(record.turn_key, 128),
        endpointing_ms=record.endpointing_ms,
        first_token_ms=record.first_token_ms,
        first_audio_ms=record.first_audio_ms,
        on_wire_ms=record.on_wire_ms,
        framework_ms=record.framework_ms,
        speculated=record.speculated,
        wasted_tokens=record.wasted_tokens,
        tape_ms=record.tape_ms,
    )


def recording_row(call_id: UUID, record: RecordingRecord) -> CallRecording:
    return CallRecording(
        call_id=call_id,
        key=clean_text(record.key, 128),
        path=clean_text(record.path, 255),
        started_ms=record.started_ms,
        duration_ms=record.duration_ms,
        channels=record.channels,
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
        "mcp_server": tool.mcp_server_id,
        "mcp_tool": tool.mcp_tool,
        "timeout_ms": tool.timeout_ms,
        "idempotent": tool.idempotent,
        "max_uses": tool.max_uses,
        "sensitive_arguments": tool.sensitive_names,
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
        recording=call.phone_number is not None and call.phone_number.recording,
        teams=plan_teams(
            call=call, keys=version.handoff.get("teams", []), language=version.language
        ),
        resumed=_resumed(call),
    )


def _resumed(call: Call) -> ResumedCall | None:
    if call.worker_lost_at is None or call.answered_at is None:
        return None
    said = [
        SaidTurn(speaker=Speaker(turn.speaker), text=turn.text, start_ms=turn.start_ms)
        for turn in call.turns.exclude(text="")
    ]
    return ResumedCall(takeover=1, answered_at=call.answered_at, said=tuple(said), used=_used(call))


def _used(call: Call) -> tuple[UsedTool, ...]:
    """Each use by its last attempt, which is what came of it."""
    last = {row.idempotency_key or row.key: row for row in call.tool_calls.order_by("attempt")}
    return tuple(
        UsedTool(
            name=row.name,
            arguments=row.arguments,
            outcome=ToolOutcome(row.outcome),
            result=row.result,
            start_ms=row.start_ms,
        )
        for row in last.values()
    )


def persona_spec(version: PersonaVersion) -> PersonaSpec:
    # What is stored with the tool itself: its secret and its server are the newest, always.
    rows = Tool.objects.select_related("mcp_server").in_bulk([tool["id"] for tool in version.tools])
    return replace(
        toolless_spec(version),
        # A tool deleted since is gone for new calls too: deleting is the way to stop one.
        tools=tuple(
            tool_spec(tool, rows[tool["id"]])
            for tool in version.tools
            if tool["id"] in rows and not _is_switched_off(rows[tool["id"]])
        ),
    )


def toolless_spec(version: PersonaVersion) -> PersonaSpec:
    """Without what asks for secrets."""
    turn_taking = dict(version.turn_taking)
    turn_taking["turn_detection"] = TurnDetection(turn_taking["turn_detection"])
    if "overlap_ears" in turn_taking:  # a version published before it was there has the default
        turn_taking["overlap_ears"] = OverlapEars(turn_taking["overlap_ears"])
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
        turn_taking=TurnTakingSpec(**turn_taking),
        handoff=handoff_spec(version),
    )


def _is_switched_off(row: Tool) -> bool:
    return row.mcp_server is not None and not row.mcp_server.active


def tool_spec(tool: Mapping[str, Any], row: Tool) -> ToolSpec:
    """Of a snapshot. A version published before a field was there has the field's default."""
    kind = ToolKind(tool["kind"])
    webhook = WebhookSpec(url=tool["url"], secret=row.secret) if kind is ToolKind.WEBHOOK else None
    mcp = None
    if kind is ToolKind.MCP and (server := row.mcp_server) is not None:
        mcp = McpToolSpec(
            server=McpServerSpec(name=server.name, url=server.url, secret=server.secret),
            tool=tool["mcp_tool"],
        )
    return ToolSpec(
        name=tool["name"],
        description=tool["description"],
        parameters=tool["parameters"],
        kind=kind,
        builtin=BuiltinTool(tool["builtin"]) if kind is ToolKind.BUILTIN else None,
        webhook=webhook,
        mcp=mcp,
        timeout_ms=tool["timeout_ms"],
        idempotent=tool.get("idempotent", False),
        max_uses=tool.get("max_uses", 20),
        sensitive_arguments=tuple(tool.get("sensitive_arguments", ())),
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
        closed=tuple(hours.closed_dates.values_list("date", flat=True)),
    )
