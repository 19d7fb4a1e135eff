"""Where a human is asked for, whoever asks: one transfer at a time, and none without a team."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from agents import fixed_speech
from agents.call import LiveCall
from agents.ports import Handoff
from agents.transfer import music, sentences
from agents.transfer.acceptance import SILENCE_S
from agents.transfer.aside import Aside
from agents.transfer.board import Board, BoardError
from agents.transfer.briefing import Notes
from agents.transfer.caller_keys import CallerKeys
from agents.transfer.humans import Humans
from agents.transfer.isolation import Isolation
from agents.transfer.leader import Leader
from agents.transfer.preparation import Preparation
from agents.transfer.scene import Scene
from agents.transfer.scribe import MakeEars, Scribe
from agents.transfer.steps import Request, Steps
from agents.transfer.voice import Voice
from telephony.contracts import TeamSpec
from telephony.enums import EndingReason, TransferCause, TransferState

logger = logging.getLogger(__name__)

# A persona that hands over again and again helps nobody.
MOST_TRANSFERS = 5


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """``music`` None: the generated one. ``silence_s``: how long a human may say nothing."""

    recordings_dir: Path
    music: Path | None = None
    silence_s: float = SILENCE_S


class Desk:
    """One call's. Without a board (``attach`` not called) there is nobody to be asked."""

    def __init__(
        self,
        call: LiveCall,
        settings: DeskSettings,
        *,
        handoff: Handoff | None,
        make_ears: MakeEars | None,
    ) -> None:
        self.notes = Notes(call.plan.caller_number, call.language)
        self._call = call
        self._settings = settings
        self._handoff = handoff
        self._preparation = Preparation(call, handoff, self.notes)
        self._scribe = Scribe(make_ears)
        self._board: Board | None = None
        self._leader: Leader | None = None
        self._transfers = 0
        call.recorder.watchers.append(self.notes.on_record)
        if call.plan.teams:
            call.rescue = self._rescue

    def attach(self, board: Board) -> None:
        self._board = board

    @property
    def busy(self) -> bool:
        """A transfer is going on."""
        return self._leader is not None or self._call.held

    @property
    def open(self) -> bool:
        """Somebody could be asked for."""
        call = self._call
        return (
            self._board is not None
            and bool(call.plan.teams)
            and call.answered
            and call.ending is None
            and self._transfers < MOST_TRANSFERS
        )

    def team(self, key: str = "") -> TeamSpec | None:
        """The team of this key; of none, the persona's default one, else the first by name."""
        teams = {team.key: team for team in self._call.plan.teams}
        if key:
            return teams.get(key)
        first = next(iter(teams.values()), None)
        return teams.get(self._call.plan.persona.handoff.default_team, first)

    def request(self, cause: TransferCause, *, why: str = "", team: str = "") -> bool:
        """Begin a transfer; the agent is out of the conversation when this returns.

        False: there is no such team, one is going on already, or it was tried too often.
        """
        spec = self.team(team)
        if self.busy or not self.open or spec is None:
            return False
        self._transfers += 1
        self._call.hold()
        asked = Request(cause=cause, team=spec, why=" ".join(why.split())[:500])
        steps = Steps(self._call.recorder, self._call.clock, self._key(), asked)
        steps.tell(TransferState.REQUESTED)
        self._call.spawn(self._run(steps), "transfer")
        return True

    def prepare(self) -> None:
        """A transfer may come: look who is free and draft the briefing, beside the call."""
        if not self.busy and self.open and (team := self.team()) is not None:
            self._preparation.begin(team)

    def offer(self) -> str:
        """The question that offers a human now; empty: none can be offered."""
        team = self.team()
        if self.busy or not self.open or team is None:
            return ""
        return self._preparation.offer(team)

    def cancel(self) -> None:
        """Somebody in the admin wants it to stop."""
        if self._leader is not None:
            self._leader.cancel()

    def take_back(self) -> None:
        """Somebody in the admin wants the caller back with the agent."""
        if self._leader is not None:
            self._leader.take_back()

    def key(self, key: str) -> None:
        """The caller pressed it, on hold."""
        if self._leader is not None:
            self._leader.key(key)

    def _key(self) -> str:
        takeover = self._call.plan.resumed.takeover if self._call.plan.resumed else 0
        return f"{f'r{takeover}' if takeover else ''}t{self._transfers}"

    def _rescue(self, reason: EndingReason) -> bool:
        """The agent cannot go on: a human can."""
        return self.request(TransferCause.AGENT_FAILED, why=f"the agent failed: {reason.value}")

    async def _run(self, steps: Steps) -> None:
        board, call = self._board, self._call
        assert board is not None  # noqa: S101 - nobody could have asked without it
        try:
            await self._transfer(board, steps)
        except Exception as error:
            # A held call hears nobody but us: whatever broke, the agent has the caller again.
            logger.error("no transfer: %s", type(error).__name__, exc_info=error)
            if not steps.over:
                code = str(error) if isinstance(error, BoardError) else type(error).__name__
                steps.tell(TransferState.FAILED, detail=code)
            if call.held and call.ending is None:
                board.permit(None)
                self._give_up()

    async def _transfer(self, board: Board, steps: Steps) -> None:
        """Raises what its set-up and its last words raise; what breaks between has a way out."""
        call = self._call
        hold = await board.open_track("hold")
        aside = Aside(call.tap(hold.source))
        scene = Scene(
            call=call,
            board=board,
            steps=steps,
            humans=Humans(self._handoff, call.plan.call_id, steps.key, steps.request.team),
            isolation=Isolation(board, hold),
            caller=Voice(call, aside, key=steps.key, to_caller=True),
            music=music.chosen(self._settings.music),  # the worker process has loaded it
            notes=self.notes,
            scribe=self._scribe,
            caller_keys=CallerKeys(),
            silence_s=self._settings.silence_s,
            recordings_dir=self._settings.recordings_dir,
        )
        self._leader = Leader(scene)
        try:
            await board.heard(hold, 1.0)
            await self._leader.run()
        finally:
            self._leader = None
            await aside.aclose()
            await board.close_track(hold)

    def _give_up(self) -> None:
        """The agent's own voice is all there is."""
        self._call.release()
        try:
            fixed_speech.say(self._call, sentences.NOT_CONNECTED)
        except RuntimeError as error:
            logger.warning("the caller cannot be told: %s", error)
