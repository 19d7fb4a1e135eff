"""Messages in the manner of RFC 4475: each is answered as it deserves, and none opens a room."""

from __future__ import annotations

import pytest

from tests.support.datagrams import SipPeer
from tests.support.rooms import rooms_of
from tests.support.stack import ROOT, Json
from tests.support.torture import TortureMessage, read_torture_message

MESSAGES = [
    read_torture_message(path)
    for path in sorted((ROOT / "tests" / "interop" / "torture").glob("*.sip"))
]
NOBODY = "+15559998"
SILENCE_S = 0.7
ANSWER_WITHIN_S = 2.0


async def test_torture_messages_are_answered_as_they_deserve(stack: Json) -> None:
    """All in one test: the service that outlives one has to take the next."""
    wrong = []
    for message in MESSAGES:
        statuses, alive = await play(stack, message)
        if statuses[-1] not in message.answers:
            wrong.append(f"{message.name} ({message.title}): {statuses}, not {message.answers}")
        if not alive:
            pytest.fail(f"after {message.name} ({message.title}) OPTIONS is not answered")
    assert not wrong, "\n".join(wrong)
    await rooms_of(stack, "torture-", count=0)


async def play(stack: Json, message: TortureMessage) -> tuple[list[int], bool]:
    """Send one message: its statuses in order (0: silence); is OPTIONS answered after it?"""
    host, port = stack["sip"]["host"], stack["sip"]["port"]
    async with SipPeer.open(stack) as peer:
        peer.send(
            message.datagram(
                number=stack["numbers"]["shop"],
                nobody=NOBODY,
                service=f"{host}:{port}",
                peer=f"127.0.0.1:{peer.port}",
                caller=f"torture-{message.name}",
            )
        )
        statuses: list[int] = []
        patience_s = SILENCE_S if 0 in message.answers else ANSWER_WITHIN_S
        while not statuses or statuses[-1] == 100:  # ringing is an answer, and a wrong one
            answer = await peer.receive(patience_s)
            statuses.append(int(answer.split()[1]) if answer.startswith("SIP/2.0 ") else 0)
        return statuses, (await peer.options()).startswith("SIP/2.0 200 ")
