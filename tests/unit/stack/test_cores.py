"""The parts that carry sound go before the others: in nice, and in Linux's groups of a session."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
AUTOGROUP = Path("/proc/self/autogroup")
CAP_SYS_NICE = 23  # linux/capability.h
SHOW = "print(os.getpriority(os.PRIO_PROCESS, 0), *(p.read_text().split()[-1] for p in GROUP))"


def shown(*code: str) -> list[str]:
    """Printed by a process in a session of its own; ``SHOW``: its nice and its session's."""
    group = [str(AUTOGROUP)] if AUTOGROUP.exists() else []
    head = (
        "import os, pathlib",
        "from deploy.local.cores import go_first, going_first",
        f"GROUP = [pathlib.Path(p) for p in {group}]",
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
    first, usual = ("-10 -10", "0 0") if AUTOGROUP.exists() else ("-10", "0")
    expected = first if may_go_first() else usual

    assert shown("go_first()", SHOW) == [expected]
    assert shown("with going_first():", f"    {SHOW}", SHOW) == [expected, usual]
