"""No personal data in logs: what is printed is what was classified, and numbers are masked."""

from __future__ import annotations

import ast
import io
import json
import logging
import logging.config
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from contactcenter.logging import SAFE_KEYS, logging_config, mask_numbers

ROOT = Path(__file__).resolve().parents[2]


class LogLines:
    """What the configured handler wrote, a dictionary a line."""

    def __init__(self) -> None:
        self.buffer = io.StringIO()

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.buffer.getvalue().splitlines()]


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logging.config.dictConfig(logging_config(level="INFO", log_format="json"))
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    lines = LogLines()
    handler.setStream(lines.buffer)
    yield lines
    root.handlers[:], root.level = before
    structlog.contextvars.clear_contextvars()


def test_the_call_id_that_was_bound_is_on_every_line(log_lines: LogLines) -> None:
    structlog.contextvars.bind_contextvars(call_id="c-1")
    structlog.get_logger("ours").info("answered", duration_ms=12)
    logging.getLogger("theirs").info("something")

    ours, theirs = log_lines.read()
    assert (ours["call_id"], ours["event"], ours["duration_ms"]) == ("c-1", "answered", 12)
    assert (theirs["call_id"], theirs["event"]) == ("c-1", "something")


def test_a_key_that_nobody_classified_says_nothing(log_lines: LogLines) -> None:
    structlog.get_logger("ours").info("turn", text="my name is Jo", caller="Jo", call_id="c-1")
    logging.getLogger("theirs").info("turn", extra={"transcript": "my name is Jo"})

    lines = log_lines.read()
    assert [line["event"] for line in lines] == ["turn", "turn"]
    assert "Jo" not in json.dumps(lines)


@pytest.mark.parametrize(
    "text",
    [
        "call from +15550199 refused",
        "GET /api/calls/?number=%2B15550199 HTTP/1.1",
        "GET /api/calls/?number=15550199",
        "room call_15550199_x7 and sip_+15550199",
        "INVITE sip:15550199@host",
        "tel:+49 30 1234-5678",
    ],
)
def test_numbers_are_masked_in_messages(text: str) -> None:
    assert "5550199" not in mask_numbers(text)
    assert "1234" not in mask_numbers(text)
    assert "[number]" in mask_numbers(text)


def test_what_is_not_a_number_stays() -> None:
    text = "listening on 127.0.0.1:54321 after 1234567 us, 2026-11-21T09:00:00Z, id 0123456789"
    assert mask_numbers(text) == text


def test_a_traceback_is_masked_too(log_lines: LogLines) -> None:
    try:
        raise ValueError("no persona for +15550199")
    except ValueError:
        logging.getLogger("theirs").exception("failed for %s", "+15550199")

    (line,) = log_lines.read()
    assert "ValueError" in line["exception"]
    assert "15550199" not in json.dumps(line)


def test_every_key_that_we_log_is_classified() -> None:
    keys = {
        keyword.arg
        for folder in ("telephony", "contactcenter")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("log", "logger")
        for keyword in node.keywords
    }

    assert keys - {"exc_info"}, "the search found no log line at all"
    assert keys - {"exc_info"} <= SAFE_KEYS
