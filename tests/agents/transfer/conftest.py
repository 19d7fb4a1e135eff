"""A call that can be handed over, in a room that is none; see fake_board.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from agents.call import LiveCall
from agents.config import WorkerConfig
from agents.ports import Handoff
from agents.transfer.desk import Desk
from telephony.contracts import HandoffSpec, HumanSpec, TeamSpec
from tests.agents.transfer.fake_board import FakeBoard, Human
from tests.support.studio import Studio
from tests.unit.sipbridge import rig

ANNA = HumanSpec(id=1, name="Anna", user="anna", host="127.0.0.1:1", ring_s=1)
BERT = HumanSpec(id=2, name="Bert", user="bert", host="127.0.0.1:1", ring_s=1)
TEAM = TeamSpec(key="service", name="Service", humans=(ANNA,))


@dataclass
class Handover:
    """``begin`` a call with a team, then ask for a human."""

    studio: Studio
    board: FakeBoard = field(default_factory=FakeBoard)

    @property
    def call(self) -> LiveCall:
        return self.studio.call

    @property
    def desk(self) -> Desk:
        return self.studio.parts.desk

    @property
    def states(self) -> list[str]:
        return self.studio.store.states

    async def begin(
        self,
        *humans: Human,
        team: TeamSpec = TEAM,
        humans_of: Handoff | None = None,
        handoff: HandoffSpec | None = None,
        **more: Any,
    ) -> LiveCall:
        self.board = FakeBoard(*humans)
        call = await self.studio.start(
            *more.pop("tools", ()),
            teams=more.pop("teams", (team,)),
            board=self.board,
            humans=humans_of,
            handoff=handoff or HandoffSpec(default_team="service"),
            nudge_after_s=0,
            **more,
        )
        self.desk._settings = replace(self.desk._settings, silence_s=0.3)
        await self.studio.agent_turns(1)
        return call

    async def state(self, *wanted: str, timeout_s: float = 15.0) -> None:
        """Wait until the last step told is one of these."""
        try:
            await self.studio.until(lambda: self.states and self.states[-1] in wanted, timeout_s)
        except TimeoutError:
            told = [(r.state.value, r.detail) for r in self.studio.store.transfers]
            raise AssertionError(f"{wanted} did not come, only {told}") from None

    async def over(self, timeout_s: float = 15.0) -> None:
        try:
            await self.studio.until(lambda: not self.desk.busy, timeout_s)
        except TimeoutError:
            raise AssertionError(f"not over: {self.states}, said {self.said()}") from None

    def said(self) -> list[str]:
        """What the caller heard the agent say."""
        return [text for who, text in self.studio.store.said if who == "agent"]


@pytest.fixture(scope="session")
def server() -> Iterator[rig.Server]:
    with rig.livekit_server() as running:
        yield running


@pytest.fixture(scope="session")
def bridge(
    server: rig.Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[rig.BridgeProcess]:
    with rig.bridge(server, tmp_path_factory.mktemp("bridge")) as running:
        yield running


@pytest.fixture(scope="session")
def kept_phrases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthesised once, not once a test."""
    return tmp_path_factory.mktemp("phrases")


@pytest.fixture
async def handover(
    config: WorkerConfig, tmp_path: Path, kept_phrases: Path
) -> AsyncIterator[Handover]:
    studio = Studio(
        replace(config, recordings_dir=tmp_path / "recordings", phrase_cache_dir=kept_phrases)
    )
    yield Handover(studio)
    await studio.aclose()
