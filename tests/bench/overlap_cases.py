"""A set of overlap cases: a folder with ``cases.csv`` and the WAV files it names."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

EXPECTED = ("continue", "stop")
_COLUMNS = {"wav", "expected", "text", "note"}


class CasesError(Exception):
    """A set that cannot be run; the message names the line."""


@dataclass(frozen=True)
class LineEcho:
    """What comes back of the agent's own voice: ``loss_db`` quieter, ``delay_ms`` later."""

    loss_db: float
    delay_ms: int


@dataclass(frozen=True)
class Case:
    """One sound over the agent's sentence. ``expected`` is for the judge alone."""

    wav: Path
    expected: str
    text: str
    note: str
    echo: LineEcho | None

    @property
    def name(self) -> str:
        return self.wav.stem


def read_cases(folder: Path) -> list[Case]:
    """The cases in the order of the file. Raises CasesError.

    Columns ``wav`` (relative to the folder), ``expected``, ``text``, ``note``. A set may say in
    ``echo_db`` and ``echo_delay_ms`` that the line gives back the agent's voice as it is heard,
    during the whole call; a recorded echo would go on while the agent pauses.
    """
    table = folder / "cases.csv"
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            missing = _COLUMNS - set(rows.fieldnames or ())
            if missing:
                raise CasesError(f"{table} lacks the column {', '.join(sorted(missing))}")
            cases = [_case(folder, row, f"{table}:{rows.line_num}") for row in rows]
    except OSError as error:
        raise CasesError(f"{table} cannot be read: {error}") from error
    if not cases:
        raise CasesError(f"{table} has no cases")
    return cases


def _case(folder: Path, row: dict[str, str], where: str) -> Case:
    expected = (row["expected"] or "").strip().lower()
    if expected not in EXPECTED:
        raise CasesError(f"{where}: expected is {expected!r}, not one of {', '.join(EXPECTED)}")
    wav = folder / (row["wav"] or "").strip()
    if not wav.is_file():
        raise CasesError(f"{where}: there is no {wav}")
    loss_db = (row.get("echo_db") or "").strip()
    echo = LineEcho(float(loss_db), int(row.get("echo_delay_ms") or 0)) if loss_db else None
    return Case(wav, expected, (row["text"] or "").strip(), (row["note"] or "").strip(), echo)
