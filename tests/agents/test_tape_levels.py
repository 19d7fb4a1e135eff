"""The silence before a reply, as the tape has it."""

from __future__ import annotations

import time

import numpy as np
import pytest

from agents.recording.levels import TapeLevels, levels_dbfs
from tests.support.tapes import RATE, silence, tone


def measured(caller: np.ndarray, agent: np.ndarray, reply_s: float) -> int | None:
    levels = TapeLevels()
    length = max(len(caller), len(agent))
    padded = [np.pad(side, (0, length - len(side))) for side in (caller, agent)]
    levels.add(*(levels_dbfs(side.astype(np.int16), RATE) for side in padded))
    return levels.gap_ms(round(reply_s * 1000))


def test_the_gap_is_from_the_callers_last_sound_to_the_agents_first() -> None:
    rng = np.random.default_rng(5)
    speech = np.concatenate([silence(1.0), tone(0.6), silence(0.2), tone(0.2), silence(5.0)])
    noise = rng.normal(0, 120, len(speech)).astype(np.int16)
    click = speech.copy()
    click[round(2.3 * RATE) : round(2.31 * RATE)] = 20_000
    reply = np.concatenate([silence(2.75), tone(1.0)])
    for caller in (speech, speech + noise, click):
        assert measured(caller, reply, 2.7) == pytest.approx(750, abs=10)
    assert measured(speech, reply, 20.0) is None, "no reply there"
    assert measured(silence(5.0), reply, 2.7) is None, "nobody spoke before it"
    over = np.concatenate([silence(1.0), tone(2.5)])
    assert measured(over, reply, 2.7) is None, "the caller was speaking"


def test_a_gap_after_half_an_hour_costs_no_more_than_one_at_the_start() -> None:
    levels = TapeLevels()
    quiet = levels_dbfs(silence(0.5), RATE)
    for _ in range(2 * 60 * 30):
        levels.add(quiet, quiet)
    caller = np.concatenate([silence(1.0), tone(1.0), silence(2.0)])
    levels.add(
        levels_dbfs(caller, RATE), levels_dbfs(np.concatenate([silence(2.75), tone(1.25)]), RATE)
    )
    began = time.process_time()
    for _ in range(20):
        assert levels.gap_ms(1_802_700) == pytest.approx(750, abs=10)
    assert (time.process_time() - began) / 20 < 0.002
