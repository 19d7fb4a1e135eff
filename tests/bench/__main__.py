"""``make bench``: runs every bench, or those named: ``python -m tests.bench bridge``."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path


def main(names: list[str]) -> None:
    known = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem != "__main__")
    known = [name for name in known if "_" not in name]  # the others are parts of a bench
    if unknown := set(names) - set(known):
        sys.exit(f"no bench {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    for name in names or known:
        sys.argv = [name]
        runpy.run_module(f"tests.bench.{name}", run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
