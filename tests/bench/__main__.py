"""``make bench``: runs every bench, or those named: ``python -m tests.bench bridge``.

Options after the names go to the bench: ``python -m tests.bench voice --parts one_call``.
"""

from __future__ import annotations

import itertools
import runpy
import sys
from pathlib import Path


def main(words: list[str]) -> None:
    names = list(itertools.takewhile(lambda word: not word.startswith("-"), words))
    options = words[len(names) :]
    known = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem != "__main__")
    known = [name for name in known if "_" not in name]  # the others are parts of a bench
    if unknown := set(names) - set(known):
        sys.exit(f"no bench {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    missed: list[str] = []  # a bench that misses a target does not keep the others from running
    for name in names or known:
        sys.argv = [name, *options]
        try:
            runpy.run_module(f"tests.bench.{name}", run_name="__main__")
        except SystemExit as ended:
            if ended.code:
                missed.append(f"{name}: {ended.code}")
    if missed:
        sys.exit("; ".join(missed))


if __name__ == "__main__":
    main(sys.argv[1:])
