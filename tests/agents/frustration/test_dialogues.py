"""The score on dialogues of our own: who is handed on, and who is not, for the same words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents.frustration import Reason
from agents.frustration.dialogues import read_lines, score

HERE = Path(__file__).parent
FILES = ("tuning", "held_out", "one_turn", "unseen")
RECALL = PRECISION = 0.9


def judged(name: str) -> list[tuple[str, bool, bool]]:
    """Of each dialogue: its id, whether it should be handed on, whether it is."""
    lines = (HERE / f"{name}.jsonl").read_bytes().splitlines()
    wanted = [bool(json.loads(line)["transfer"]) for line in lines]
    given = [score(dialogue) for dialogue in read_lines(lines)]
    return [(g["id"], w, g["transfer"]) for w, g in zip(wanted, given, strict=True)]


@pytest.mark.parametrize("name", FILES)
def test_nine_of_ten_frustrated_callers_are_found_and_nine_of_ten_found_are_frustrated(
    name: str,
) -> None:
    results = judged(name)
    hits = [i for i, wanted, given in results if wanted and given]
    missed = [i for i, wanted, given in results if wanted and not given]
    false = [i for i, wanted, given in results if given and not wanted]
    assert len(results) >= 90
    assert len(hits) / len(hits + missed) >= RECALL, f"missed: {missed}"
    assert len(hits) / len(hits + false) >= PRECISION, f"no reason for: {false}"


def test_each_file_has_frustrated_callers_and_others_and_no_dialogue_twice() -> None:
    ids = [i for name in FILES for i, _, _ in judged(name)]
    assert len(set(ids)) == len(ids)
    for name in FILES:
        wanted = [w for _, w, _ in judged(name)]
        assert 0.35 < sum(wanted) / len(wanted) < 0.65


def test_every_reason_is_explained_in_the_readme_and_has_a_weight() -> None:
    from agents.frustration import FrustrationWeights

    readme = (HERE.parents[2] / "agents" / "frustration" / "README.md").read_text()
    weights = FrustrationWeights()
    for reason in Reason:
        assert f"`{reason.value}`" in readme
        assert 0 < weights.of(reason) <= 1
