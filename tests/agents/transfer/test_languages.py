"""A call in another language: what is said is said, stored and understood in it."""

from __future__ import annotations

from agents.languages import language_of
from agents.transfer import sentences
from telephony.enums import EndingReason, TransferCause
from tests.agents.transfer.conftest import Handover
from tests.agents.transfer.fake_board import accepts, rings_on

GERMAN = language_of("de-DE")


async def test_a_transfer_speaks_the_callers_language_to_both_sides(handover: Handover) -> None:
    await handover.begin(accepts, language="de-DE", greeting="Guten Tag.")
    assert handover.desk.request(TransferCause.OPERATOR_KEY)
    await handover.state("merged")
    briefing = handover.studio.store.transfers[-1].briefing or next(
        step.briefing for step in handover.studio.store.transfers if step.briefing
    )
    assert "Gewünscht wurde die Zentrale." in briefing
    handover.board.legs[0].on_left(0)
    assert (await handover.studio.over()).reason is EndingReason.HUMAN_HUNG_UP
    assert handover.said() == [
        "Guten Tag.",
        GERMAN.say(sentences.CONNECTING),
        GERMAN.say(sentences.THANKS),
    ]


async def test_a_plain_wish_for_a_person_is_heard_in_it(handover: Handover) -> None:
    await handover.begin(rings_on, language="de", greeting="Guten Tag.")
    now = handover.call.clock.now()
    for number, text in ((1, "Die Maschine war die ganze Woche kaputt."), (2, "Operator bitte.")):
        assert not handover.states
        handover.call.recorder.caller_turn(f"caller:{number}", text=text, start=now, end=now)
    await handover.state("ringing")
    (first, *_) = handover.studio.store.transfers
    assert first.cause is TransferCause.CALLER_ASKED
    assert first.why == "gewünscht wurde: Operator bitte."
