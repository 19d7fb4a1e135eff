"""The parts that carry sound go before the others: in nice, and in Linux's groups of a session."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
AUTOGROUP = Path("/proc/self/autogroup")
CAP_SYS_NICE = 23  # linux/capability.h
SHOW_NICE = "print(os.getpriority(os.PRIO_PROCESS, 0))"
SHOW = f"{SHOW_NICE[:-1]}, *GROUP.read_text().split()[-1:])"


def shown(*code: str, autogroup: Path = AUTOGROUP) -> list[str]:
    """Printed by a process in a session of its own; ``SHOW``: its nice and its session's."""
    head = (
        "import os, pathlib",
        "from deploy.local import cores",
        "from deploy.local.cores import go_first, going_first",
        f"GROUP = cores._AUTOGROUP = pathlib.Path({str(autogroup)!r})",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*head, *code])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        start_new_session=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def may_go_first() -> bool:
    found = re.search(r"^CapEff:\s*(\w+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    return bool(found and int(found[1], 16) >> CAP_SYS_NICE & 1)


def test_goes_first_and_so_does_its_session():
    show, first, usual = SHOW, "-10 -10", "0 0"
    if not AUTOGROUP.exists():
        show, first, usual = SHOW_NICE, "-10", "0"
    expected = first if may_go_first() else usual

    assert shown("go_first()", show) == [expected]
    assert shown("with going_first():", f"    {show}", show) == [expected, usual]


@pytest.mark.parametrize("made", [True, False], ids=["empty", "missing"])
def test_goes_first_in_no_group_of_a_session(tmp_path: Path, made: bool):
    """Empty: a process of the first session of all; missing: a kernel without such groups."""
    autogroup = tmp_path / "proc" / "autogroup"
    if made:
        autogroup.parent.mkdir()
        autogroup.touch()

    code = ("with going_first():", f"    {SHOW_NICE}", SHOW_NICE)
    expected = "-10" if may_go_first() else "0"
    assert shown(*code, autogroup=autogroup) == [expected, "0"]
