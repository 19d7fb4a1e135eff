"""One pair of ears in its own process: pocketsphinx holds Python's lock while it decodes.

Speaks on stdin and stdout: a line of JSON, then (for "hear") that many bytes of PCM s16le 24 kHz;
one line of JSON answers each. Ends with its stdin, so it never outlives its parent.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import Any, BinaryIO

from deploy.local.providers.phrases import PhraseError, parse
from deploy.local.providers.pronunciation import PronunciationError
from deploy.local.providers.recognizer import Recognizer
from deploy.local.voice import VoiceError


def main() -> None:
    """Serve requests until stdin ends."""
    # Ctrl-C reaches the whole process group; the parent closes stdin when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    recognizer = Recognizer()
    requests: BinaryIO = sys.stdin.buffer
    for line in iter(requests.readline, b""):
        answer = _answer(recognizer, json.loads(line), requests)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _answer(recognizer: Recognizer, request: dict[str, Any], source: BinaryIO) -> dict[str, Any]:
    if request["do"] == "hear":
        heard = recognizer.hear(source.read(int(request["bytes"])))
        return {"heard": heard.words, "confidence": heard.confidence}
    try:
        recognizer.load([parse(written) for written in request["phrases"]])
    except (PhraseError, PronunciationError, VoiceError) as error:
        return {"error": str(error)}
    return {}


if __name__ == "__main__":
    main()
