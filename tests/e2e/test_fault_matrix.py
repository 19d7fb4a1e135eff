"""Each fault of the stand-ins, once, in the middle of a call: no turn is lost, no long silence.

Two at a time, and lastingly, they are tried by ``make bench NAME=faults`` (half an hour).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.faults_cases import FAULTS
from tests.support.stack import ROOT

BENCH = (sys.executable, "-m", "tests.bench", "faults", "--modes", "once", "--sizes", "1")


def marked(output: Path, *more: str) -> dict[str, str]:
    """What was missed, by fault; all marks are listed in tests/bench/README.md."""
    done = subprocess.run(
        [*BENCH, "--output", str(output), *more], cwd=ROOT, capture_output=True, text=True
    )
    assert output.exists(), done.stdout + done.stderr
    turns = json.loads(output.read_text())["turns"]
    return {" + ".join(turn["faults"]): turn["marks"] for turn in turns}


@pytest.mark.full
@pytest.mark.alone
@pytest.mark.timeout(420)
def test_no_fault_alone_costs_a_turn_or_five_seconds_of_silence(tmp_path: Path) -> None:
    found = marked(tmp_path / "all.json")
    assert set(found) == set(FAULTS)
    missed = [fault for fault, marks in found.items() if marks]
    if missed:  # a busy machine may cost a case; the same one twice is ours
        found = marked(tmp_path / "again.json", "--only", ",".join(missed))
    assert not {fault: marks for fault, marks in found.items() if marks}
