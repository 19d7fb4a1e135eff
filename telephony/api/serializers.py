"""Calls as JSON. Times in a call are ms on its clock, whose zero is the answer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from telephony.models import (
    Call,
    CallEvent,
    CallRecording,
    ToolCall,
    TranscriptTurn,
    Transfer,
    TransferStep,
    TurnMetric,
)


class PersonaSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.IntegerField()


class EndingSerializer(serializers.Serializer[Call]):
    result = serializers.CharField(source="ending_result")
    reason = serializers.CharField(source="ending_reason")


class TurnSerializer(serializers.ModelSerializer[TranscriptTurn]):
    class Meta:
        model = TranscriptTurn
        fields = ("key", "speaker", "text", "start_ms", "end_ms", "interrupted", "confidence")


class ToolCallSerializer(serializers.ModelSerializer[ToolCall]):
    class Meta:
        model = ToolCall
        fields = (
            "key",
            "name",
            "arguments",
            "outcome",
            "result",
            "start_ms",
            "duration_ms",
            "attempt",
            "idempotency_key",
        )


class EventSerializer(serializers.ModelSerializer[CallEvent]):
    at_ms = serializers.IntegerField(source="clock_ms")

    class Meta:
        model = CallEvent
        fields = ("key", "kind", "at_ms", "occurred_at", "detail")


class MetricSerializer(serializers.ModelSerializer[TurnMetric]):
    class Meta:
        model = TurnMetric
        fields = (
            "turn_key",
            "endpointing_ms",
            "first_token_ms",
            "first_audio_ms",
            "on_wire_ms",
            "framework_ms",
            "speculated",
            "wasted_tokens",
            "tape_ms",
        )


class RecordingSerializer(serializers.ModelSerializer[CallRecording]):
    """That there is a tape, not the tape: it is played and downloaded in the admin."""

    class Meta:
        model = CallRecording
        fields = ("key", "started_ms", "duration_ms", "channels", "deleted_at")


class TransferStepSerializer(serializers.ModelSerializer[TransferStep]):
    # A choice field would get an unreadable name in the schema, beside the call's own state.
    state = serializers.CharField()
    human = serializers.CharField(source="human.name", default=None)

    class Meta:
        model = TransferStep
        fields = ("step", "state", "mode", "at_ms", "occurred_at", "human", "sip_status", "detail")


class TransferSerializer(serializers.ModelSerializer[Transfer]):
    """A hand-over to a human. ``steps`` from 1,000,000 on are what no worker told."""

    state = serializers.CharField()
    team = serializers.CharField(source="team.key", default=None)
    human = serializers.CharField(source="human.name", default=None)
    steps = TransferStepSerializer(many=True)

    class Meta:
        model = Transfer
        fields = (
            "key",
            "state",
            "cause",
            "mode",
            "team",
            "human",
            "sip_status",
            "why",
            "briefing",
            "rating",
            "started_at",
            "merged_at",
            "ended_at",
            "steps",
        )


class CallSummarySerializer(serializers.ModelSerializer[Call]):
    trunk = serializers.CharField(source="trunk.name", default=None)
    persona = PersonaSerializer(source="persona_version", allow_null=True)
    ending = serializers.SerializerMethodField()
    duration_s = serializers.SerializerMethodField()

    class Meta:
        model = Call
        fields: tuple[str, ...] = (
            "id",
            "direction",
            "state",
            "called_number",
            "caller_number",
            "trunk",
            "persona",
            "room_name",
            "sip_call_id",
            "livekit_call_id",
            "started_at",
            "claimed_at",
            "answered_at",
            "caller_left_at",
            "ended_at",
            "duration_s",
            "ending",
            "ending_detail",
        )

    @extend_schema_field(EndingSerializer(allow_null=True))
    def get_ending(self, call: Call) -> dict[str, Any] | None:
        return dict(EndingSerializer(call).data) if call.ending_reason else None

    def get_duration_s(self, call: Call) -> float | None:
        """From the answer to the end; null while the call lasts or when it was never answered."""
        return call.duration.total_seconds() if call.duration is not None else None


class CallSerializer(CallSummarySerializer):
    transcript = TurnSerializer(source="turns", many=True)
    tool_calls = ToolCallSerializer(many=True)
    events = EventSerializer(many=True)
    metrics = MetricSerializer(many=True)
    recordings = RecordingSerializer(many=True)
    transfers = TransferSerializer(many=True)

    class Meta(CallSummarySerializer.Meta):
        fields = (
            *CallSummarySerializer.Meta.fields,
            "transcript",
            "tool_calls",
            "events",
            "metrics",
            "recordings",
            "transfers",
        )
