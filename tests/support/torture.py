r"""Torture messages: text files that become datagrams.

A file begins with two lines of ``# ``: its title, and ``# answer:`` with the status codes that are
right (``none``: silence). The rest is the message; line ends are sent as CRLF. Filled in are
``{number}``, ``{nobody}`` (a number nobody owns), ``{service}``, ``{peer}`` (host:port),
``{caller}``, ``{id}`` (fresh for each message), ``{length}`` (bytes of the body), ``{hex:00ff}``,
``{repeat:N:text}`` and ``{lines:N:text}``.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

_WORD = re.compile(rb"\{(\w+)(?::([^{}]*))?\}")


@dataclass(frozen=True)
class TortureMessage:
    """One file, read; ``answers`` are status codes, 0 for silence."""

    name: str
    title: str
    answers: frozenset[int]
    template: bytes

    def datagram(self, **words: str) -> bytes:
        """The message on the wire, ``words`` filled in. Raises KeyError for an unknown one."""
        filled = {name: value.encode() for name, value in words.items()}
        filled.setdefault("id", secrets.token_hex(6).encode())
        head, gap, body = self.template.replace(b"\n", b"\r\n").partition(b"\r\n\r\n")
        body = _fill(body.removesuffix(b"\r\n") if not body.strip() else body, filled)
        filled["length"] = str(len(body)).encode()
        return _fill(head, filled) + gap + body


def _fill(text: bytes, words: dict[str, bytes]) -> bytes:
    def value(match: re.Match[bytes]) -> bytes:
        name, argument = match[1].decode(), match[2]
        if argument is None:
            return words[name]
        if name == "hex":
            return bytes.fromhex(argument.decode())
        count, _, part = argument.partition(b":")
        return (b"\r\n" if name == "lines" else b"").join([part] * int(count))

    return _WORD.sub(value, text)


def read_torture_message(path: Path) -> TortureMessage:
    """Raises ValueError when the file has no title or no answer."""
    title, answer, template = path.read_bytes().split(b"\n", 2)
    if not (title.startswith(b"# ") and answer.startswith(b"# answer: ")):
        raise ValueError(f"{path} does not begin with '# title' and '# answer: ...'")
    words = answer.decode().removeprefix("# answer: ").split()
    answers = frozenset(0 if word == "none" else int(word) for word in words)
    return TortureMessage(path.stem, title.decode()[2:], answers, template)
