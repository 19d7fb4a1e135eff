"""``python -m agents.frustration``: JSON lines in and out, and a clear word for what is none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agents.frustration", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def lines(tmp_path: Path, *content: str | bytes) -> str:
    path = tmp_path / "dialogues.jsonl"
    path.write_bytes(b"\n".join(c if isinstance(c, bytes) else c.encode() for c in content))
    return str(path)


def dialogue(*turns: Any, **more: Any) -> str:
    return json.dumps({"id": "one", "turns": turns} | more)


def test_each_dialogue_gives_a_line_with_its_reasons(tmp_path: Path) -> None:
    angry = dialogue(
        {"speaker": "agent", "text": "Hello.", "interrupted": False, "overlaps": 1, "mood": "?"},
        {"speaker": "tool", "text": "order_status", "ok": False},
        {"speaker": "caller", "text": "Operator!", "level_db": 3.5},
        label="ignored",
    )
    calm = dialogue({"speaker": "caller", "text": "Good morning."}, id=2)
    ended = run(lines(tmp_path, angry, "", calm, ""))
    assert ended.returncode == 0, ended.stderr
    first, second = (json.loads(line) for line in ended.stdout.splitlines())
    assert set(first) == {"id", "peak", "turn", "transfer", "reasons"}
    assert (first["id"], first["turn"], first["transfer"]) == ("one", 2, True)
    assert first["reasons"][-1] == {"reason": "asks_for_person", "turn": 2, "weight": 0.95}
    assert second == {"id": "2", "peak": 0.0, "turn": None, "transfer": False, "reasons": []}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not JSON"),
        ("[]", "object"),
        ("[" * 100_000, "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        ('{"turns": []}', "id"),
        ('{"id": "x"}', "turns"),
        ('{"id": "x", "turns": ["hi"]}', "turn 0"),
        (dialogue({"speaker": "robot", "text": ""}), "caller, agent, tool"),
        (dialogue({"speaker": "caller"}), "text"),
        (dialogue({"speaker": "caller", "text": "x", "level_db": "loud"}), "level_db"),
        (dialogue({"speaker": "agent", "text": "x", "interrupted": "yes"}), "interrupted"),
        (dialogue({"speaker": "tool", "text": "x", "ok": 1}), "ok"),
    ],
)
def test_a_line_that_is_no_dialogue_is_named_with_its_number(
    tmp_path: Path, line: str | bytes, words: str
) -> None:
    ended = run(lines(tmp_path, dialogue(), line))
    assert ended.returncode == 2
    assert "line 2: " in ended.stderr
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    ended = run(str(tmp_path / "nowhere.jsonl"))
    assert ended.returncode == 2
    assert "No such file" in ended.stderr
