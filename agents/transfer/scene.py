"""What all steps of one transfer share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agents.call import LiveCall
from agents.transfer.board import Board
from agents.transfer.briefing import Notes
from agents.transfer.caller_keys import CallerKeys
from agents.transfer.humans import Humans
from agents.transfer.isolation import Isolation
from agents.transfer.scribe import Scribe
from agents.transfer.steps import Steps
from agents.transfer.voice import Voice
from agents.turn_taking.line_audio import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """``caller``: the voice on the caller's own track. ``music`` plays there on hold."""

    call: LiveCall
    board: Board
    steps: Steps
    humans: Humans
    isolation: Isolation
    caller: Voice
    music: Samples
    notes: Notes
    scribe: Scribe
    caller_keys: CallerKeys
    silence_s: float
    recordings_dir: Path
