"""Overlap is a question before it is an interruption: a handful of our own set, from the tapes.

The whole set is `make bench-overlap`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.bench.overlap import run
from tests.bench.overlap_cases import Case, read_cases
from tests.support.overlap_set import write_set
from tests.support.stack import Json

HANDFUL = ("02-backchannel-clean", "08-interruption-clean", "16-question-clean", "50-cough-clean")
# Each kind, background and echo in turn.
EVERY = 5
CALLS_AT_ONCE = 3


async def test_backchannels_and_coughs_leave_the_agent_speaking_and_words_that_mean_it_stop_it(
    stack: Json, tmp_path: Path
) -> None:
    write_set(tmp_path)
    cases = [case for case in read_cases(tmp_path) if case.name in HANDFUL]
    assert len(cases) == len(HANDFUL)
    await all_are_right(stack, cases)


@pytest.mark.full
@pytest.mark.alone
@pytest.mark.timeout(420)
async def test_over_noise_and_echo_they_are_told_apart_as_well(stack: Json, tmp_path: Path) -> None:
    write_set(tmp_path)
    await all_are_right(stack, read_cases(tmp_path)[1::EVERY])


@pytest.fixture(autouse=True)
async def heard_as_before(stack: Json) -> AsyncIterator[None]:
    """The ears forget the set again: they would hear it in the words of the tests that follow."""
    yield
    async with httpx.AsyncClient() as http:
        (await http.post(f"{stack['providers']['control_url']}/reset")).raise_for_status()


async def all_are_right(stack: Json, cases: list[Case]) -> None:
    report = await run(stack, cases, CALLS_AT_ONCE, tapes=None)
    wrong = {row["case"] for row in report["turns"] if not row["right"]}
    if wrong:  # a busy machine may cost a case; the same one twice is ours
        report = await run(stack, [c for c in cases if c.name in wrong], 1, tapes=None)
    assert [row for row in report["turns"] if not row["right"]] == []
