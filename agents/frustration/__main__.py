"""``python -m agents.frustration FILE.jsonl``: scores dialogues, a JSON line each."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from agents.frustration.dialogues import DialogueError, read_lines, score


def main(arguments: list[str] | None = None) -> int:
    """Return 0, or 2 when the file cannot be read or a line of it is no dialogue."""
    parser = argparse.ArgumentParser(prog="python -m agents.frustration", description=__doc__)
    parser.add_argument("file", type=Path, help="dialogues as JSON lines; - reads standard input")
    path: Path = parser.parse_args(arguments).file
    try:
        content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        for dialogue in read_lines(content.split(b"\n")):
            sys.stdout.write(json.dumps(score(dialogue)) + "\n")
    except OSError as error:
        sys.stderr.write(f"{path}: {error.strerror}\n")
        return 2
    except DialogueError as error:
        sys.stderr.write(f"{path}: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
