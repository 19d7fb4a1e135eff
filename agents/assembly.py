"""Puts one call together from its plan: session, agent, tools, and every behaviour, a line each."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aiohttp
from livekit import rtc
from livekit.agents import llm, tts

from agents import commands, fixed_speech, telemetry
from agents.behaviors import (
    dtmf,
    fillers,
    greeting,
    hangup,
    held,
    keypad,
    latency,
    loop_blocked,
    max_duration,
    mcp_tools,
    mood,
    nudges,
    overlap_ears,
    provider_errors,
    recording,
    silence,
    transcript,
)
from agents.call import LiveCall
from agents.call_context import CallClock
from agents.config import WorkerConfig
from agents.kept_phrases import kept_phrases, phrase_cache
from agents.ports import Handoff, Knowledge, Line, Store
from agents.providers import scribe_ears
from agents.providers.registry import build_voice, build_voices, feasible
from agents.providers.steady_model import SteadyModel
from agents.receptionist import Receptionist
from agents.recorder import Recorder
from agents.session import build_session
from agents.steady_voice import SteadyVoice
from agents.toolbox import ToolParts, build_tools
from agents.tools.end_call import EndCallTool
from agents.tools.runner import ToolRunner
from agents.tools.send_dtmf import SendDtmfTool
from agents.tools.transfer_to_human import TransferToHumanTool
from agents.transfer.board import Board
from agents.transfer.desk import Desk, DeskSettings
from agents.transfer.refusal import Refusals
from agents.turn_taking.conductor import Conductor
from agents.turn_taking.playout import Playout
from agents.turn_taking.speeches import Speeches
from agents.turn_taking.turn_model import TurnModel
from agents.turn_taking.turn_session import TurnSession
from telephony.contracts import CallPlan
from telephony.enums import EndingReason, EventKind, TransferCause, TurnDetection


class Assembly:
    """One call's parts, attached in the order in which they must hear events."""

    def __init__(
        self,
        plan: CallPlan,
        config: WorkerConfig,
        *,
        line: Line,
        store: Store,
        clock: CallClock,
        playout: Playout,
        knowledge: Knowledge | None = None,
        handoff: Handoff | None = None,
        http: aiohttp.ClientSession | None = None,
    ) -> None:
        plan = replace(plan, persona=feasible(plan.persona))
        resumed = plan.resumed
        if resumed is not None:
            clock.zero = resumed.answered_at.timestamp()
        recorder = Recorder(store, clock, takeover=resumed.takeover if resumed else 0)
        used = resumed.used if resumed is not None else ()
        self._runner = ToolRunner(recorder, clock, plan.call_id, used)
        self._sends_keys = SendDtmfTool()
        self._trusted = config.webhook_allowed_http_hosts
        tools = build_tools(
            self._runner,
            ToolParts(
                plan=plan,
                config=config,
                recorder=recorder,
                clock=clock,
                end_call=EndCallTool(say=self._say, end=self._goodbye),
                keypad=self._sends_keys,
                transfer=TransferToHumanTool(self._hand_over),
                knowledge=knowledge,
            ),
        )
        session = build_session(plan.persona, config, http, self._wrapped(plan))
        spare = build_voices(plan.persona, config, http)[1:]
        voices = [voice for voice in (session.tts, *spare) if voice is not None]

        def make_voice() -> tts.TTS[Any]:
            return build_voice(plan.persona, config, http)

        self.call = LiveCall(
            plan=plan,
            line=line,
            store=store,
            clock=clock,
            recorder=recorder,
            session=session,
            agent=Receptionist(plan.persona, tools, SteadyVoice(voices), resumed),
            make_voice=make_voice,
            phrases=phrase_cache(plan.persona, config, http),
        )
        self.desk = Desk(
            self.call,
            DeskSettings(config.recordings_dir, config.hold_music_file),
            handoff=handoff,
            make_ears=functools.partial(scribe_ears.build, plan.persona, config, http),
        )
        self._latency = latency.Latency(recorder)
        self._latency.observe(self.call.agent)
        self.call.session.output.audio = playout
        self.call.session.output.transcription = playout.text
        self._keypad = keypad.Keypad(self.call)
        self._keypad.on_held_key = self.desk.key
        self._keypad.on_operator = self._operator
        self._speeches = Speeches(self.call.session)
        self._conductor = self._conduct(playout) if self._conducts(plan) else None
        if self._conductor is not None:
            overlap_ears.attach(self.call, self._conductor, config, http)
        held.attach(self.call, self._conductor.hold if self._conductor else None)
        transcript.attach(self.call, self._latency.agent_turn)
        greeting.attach(self.call)
        failures = provider_errors.attach(self.call)
        self._watch = silence.ReplyWatch(self.call, playout, self._speeches)
        failures.on_retry = self._watch.owes_still
        self._nudges = nudges.Nudges(self.call, self._watch)
        if self._conductor is not None:
            self._nudges.turn_open = self._conductor.turn_open
        fillers.attach(self.call)
        loop_blocked.attach(self.call)
        mood.attach(self.call, self.desk)
        greeting_text, spoken = self.call.agent.greeting_text, plan.persona.language
        ready = kept_phrases(spoken, greeting_text, hands_over=bool(plan.teams))
        self.call.spawn(self.call.phrases.fill(ready), "phrases")
        self._recording = recording.attach(self.call, playout, config.recordings_dir)
        telemetry.attach(self.call, config.otlp_endpoint)  # last: the tape's figures are in it

    def attach_room(self, room: rtc.Room, caller_identity: str, board: Board | None = None) -> None:
        """Follow the caller's leg, from before the answer. No board: nobody is transferred."""
        if board is not None:
            self.desk.attach(board)
        hangup.attach(self.call, room, caller_identity)
        commands.attach(self.desk, room, Refusals(self.call, self.desk).tell)
        dtmf.attach(self.call, room, caller_identity)
        self._sends_keys.attach(room)
        self._keypad.attach_room(room, caller_identity)
        self._nudges.attach_room(room, caller_identity)

    def session_started(self) -> None:
        """The model and the voice connect while the caller still hears ringing."""
        self.call.caller.on_turn.append(self._turn_taken)
        if self._conductor is None:
            transcript.follow_server(self.call)
        if self.call.session.tts is not None:
            self.call.session.tts.prewarm()
        mcp_tools.attach(self.call, self._runner, self._trusted)

    def answered(self) -> None:
        """The caller is there, the clock runs: greet, and count the call's time."""
        if self._recording is not None:
            self._recording.start(self.call.session)
        greeting.say(self.call, self._watch)
        max_duration.attach(self.call)
        self._nudges.start()

    def _hand_over(self, why: str, team: str) -> bool:
        return self.desk.request(TransferCause.AGENT_DECIDED, why=why, team=team)

    def _operator(self) -> bool:
        return self.desk.request(TransferCause.OPERATOR_KEY)

    def _turn_taken(self, at: float) -> None:
        self._latency.committed(at, self.call.caller.spoken_until)

    @staticmethod
    def _conducts(plan: CallPlan) -> bool:
        return plan.persona.turn_taking.turn_detection is TurnDetection.CLIENT

    def _wrapped(self, plan: CallPlan) -> Callable[[llm.RealtimeModel], llm.RealtimeModel]:
        """The model as the conductor needs it; the server's own turn taking needs none."""
        conducts = self._conducts(plan)

        def wrap(model: llm.RealtimeModel) -> llm.RealtimeModel:
            if isinstance(model, SteadyModel):
                model.on_switch = self._model_switched
                model.on_unheard = self._unheard
            return TurnModel(model, self._model_session) if conducts else model

        return wrap

    def _model_switched(self, provider: str) -> None:
        detail = {"source": "realtime_model", "provider": provider}
        self.call.recorder.event(EventKind.PROVIDER_SWITCHED, detail=detail)

    def _unheard(self) -> None:
        if not self.call.held:  # else they spoke to nobody of ours
            self._keypad.misheard()

    def _model_session(self, session: TurnSession) -> None:
        self.call.unsay = session.unsay
        if self._conductor is not None:
            self._conductor.attach(session)

    def _conduct(self, playout: Playout) -> Conductor:
        call = self.call
        conductor = Conductor(
            call.plan.persona,
            caller=call.caller,
            recorder=call.recorder,
            session=call.session,
            playout=playout,
            speeches=self._speeches,
            prepare=call.agent.prepare,
        )
        self._runner.may_act = conductor.may_act
        conductor.on_unsure = self._keypad.misheard
        conductor.on_reply = self._latency.speculated
        self._latency.wasted_tokens = conductor.wasted_tokens
        return conductor

    async def _say(self, text: str) -> None:
        await fixed_speech.say(self.call, text).wait_for_playout()

    async def _goodbye(self) -> None:
        """Hang up, unless the caller speaks into a goodbye that may not be stopped."""
        stoppable = self.call.plan.persona.turn_taking.interruptible_greeting
        if not stoppable and await self._nudges.spoke_up(self._nudges.acts):
            return
        self.call.recorder.event(EventKind.HANGUP_BY_AGENT)
        self.call.end(EndingReason.AGENT_GOODBYE)
