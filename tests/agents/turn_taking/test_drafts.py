"""A reply that is begun early has never been, until the turn is over: no tool of it runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from telephony.contracts import ToolSpec
from telephony.enums import BuiltinTool, EventKind, ToolKind
from tests.support.chains import EVERY_CHAIN

if TYPE_CHECKING:
    from tests.agents.conftest import Providers, Studio

END_CALL = ToolSpec(
    name="end_call",
    description="Says goodbye and hangs up.",
    parameters={"type": "object", "properties": {}},
    kind=ToolKind.BUILTIN,
    builtin=BuiltinTool.END_CALL,
    timeout_ms=20_000,
)


async def test_a_draft_thrown_away_before_it_began_is_counted(studio: Studio) -> None:
    await studio.start()
    await studio.agent_turns(1)
    conductor = studio.parts._conductor
    assert conductor is not None
    conductor.draft()
    conductor.discard()
    await studio.until(lambda: studio.store.events(EventKind.SPECULATION_DISCARDED))
    (event,) = studio.store.events(EventKind.SPECULATION_DISCARDED)
    # Not by conductor.wasted_tokens(): the greeting's own figures may have taken it along.
    assert event.detail["tokens"] > 0


@EVERY_CHAIN
async def test_a_draft_given_up_before_its_first_word_is_charged_for_its_prompt(
    studio: Studio, providers: Providers
) -> None:
    await studio.start()
    await studio.agent_turns(1)
    providers.set(first_token_delay_ms=2_500)
    conductor = studio.parts._conductor
    assert conductor is not None
    conductor.draft()
    await asyncio.sleep(0.5)
    conductor.discard()
    await studio.until(lambda: studio.store.events(EventKind.SPECULATION_DISCARDED))
    (event,) = studio.store.events(EventKind.SPECULATION_DISCARDED)
    assert event.detail["tokens"] > 0


async def test_a_draft_that_nobody_asked_for_answers_no_later_turn(studio: Studio) -> None:
    """Its turn was taken, and interrupted before the framework came to ask for the reply."""
    await studio.start()
    await studio.agent_turns(1)
    session = studio.parts._conductor._open  # type: ignore[union-attr]
    draft = session.draft(studio.call.agent.prepare)
    assert session.adopt() is draft
    session.reclaim(draft)
    await studio.until(lambda: studio.store.events(EventKind.SPECULATION_DISCARDED))
    await studio.speak("Wait a moment.")
    await studio.until(lambda: studio.store.said[-1] == ("agent", "Of course."))


async def test_no_tool_runs_for_half_a_sentence(studio: Studio) -> None:
    """ "That is all." alone would hang up, without a word."""
    await studio.start(END_CALL, min_endpointing_ms=4_000)
    await studio.agent_turns(1)
    await studio.speak("That is all.")
    session = studio.parts._conductor._open  # type: ignore[union-attr]
    await studio.until(lambda: session._draft is not None and session._draft._item_ids)
    await asyncio.sleep(0.5)  # the tool has been asked for: it would have run by now
    assert studio.store.tools == []
    await studio.speak("Wait a moment.")
    await studio.until(lambda: studio.store.events(EventKind.SPECULATION_DISCARDED))
    await studio.until(lambda: studio.store.said[-1] == ("agent", "Of course."))
    assert studio.store.tools == []
    assert studio.line.hung_up_at is None
    kept = studio.call.agent.realtime_llm_session.chat_ctx.items
    assert [item for item in kept if item.type == "function_call"] == []
