"""Of a message cut short, the words that had begun to sound are kept."""

from __future__ import annotations

import pytest
from livekit.agents.types import TimedString

from agents.turn_taking.heard_text import HeardText


async def test_words_with_times_are_kept_up_to_the_cut() -> None:
    heard = HeardText()
    for number, word in enumerate(("Our ", "tents ", "are ", "light.")):
        await heard.capture_text(TimedString(word, start_time=number * 0.3))
    assert heard.until(0.0) == ""
    assert heard.until(0.65) == "Our tents are "
    assert heard.until(5.0) == "Our tents are light."


async def test_text_without_times_is_kept_at_a_voices_pace() -> None:
    heard = HeardText()
    await heard.capture_text("Are you still there, or shall I call you back later today?")
    assert heard.until(0.05) == "Are "
    assert len(heard.until(1.0)) == pytest.approx(15, abs=7)
    assert heard.until(10.0).endswith("today?")


async def test_the_next_message_replaces_the_last() -> None:
    heard = HeardText()
    await heard.capture_text(TimedString("Hello. ", start_time=0.0))
    heard.flush()
    assert heard.until(1.0) == "Hello. "
    await heard.capture_text(TimedString("Yes?", start_time=0.0))
    assert heard.until(1.0) == "Yes?"
