"""The scorer as a live call feeds it: a turn at a time, each rise with its reason."""

from __future__ import annotations

import time
from typing import Any

import pytest

from agents.frustration import FrustrationWeights, Reason, Score, Scorer, Speaker, Turn

AGENT, TOOL = Speaker.AGENT, Speaker.TOOL


def caller(text: str, **more: Any) -> Turn:
    return Turn(speaker=Speaker.CALLER, text=text, **more)


def agent(text: str, **more: Any) -> Turn:
    return Turn(speaker=AGENT, text=text, **more)


def after(*turns: Turn, weights: FrustrationWeights | None = None) -> Score:
    scorer = Scorer(weights)
    for turn in turns:
        scorer.add(turn)
    return scorer.score


def reasons(*turns: Turn) -> set[Reason]:
    scorer = Scorer()
    for turn in turns:
        scorer.add(turn)
    return {contribution.reason for contribution in scorer.contributions}


@pytest.mark.parametrize(
    "words",
    [
        "Operator, please.",
        "Can I speak to a human?",
        "Representative!",
        "I would like to talk to somebody real.",
        "Put me through to one of your colleagues.",
        "I don't want to talk to a machine.",
        "Is there anybody there who can help?",
        "I want speak human person.",
    ],
)
def test_a_wish_for_a_person_is_enough_alone_and_names_its_turn(words: str) -> None:
    score = after(agent("How can I help?"), caller(words))
    assert score.transfer
    assert score.turn == 1
    assert [c.reason for c in score.new] == [Reason.ASKS_FOR_PERSON]


@pytest.mark.parametrize(
    "words",
    [
        "I'm a crane operator and I need a room for one person.",
        "My estate agent needs a letter from you.",
        "I'd like to speak to you about my order.",
        "I spoke to one of your colleagues yesterday, a kind person.",
        "Do you have the human body atlas?",
        "My boss is furious, he's been shouting at everyone.",
        "The weather here is terrible.",
        "I hate to bother you, I only need your address.",
        "My kettle is broken, it leaks terribly.",
        "That offer is killer, insane price.",
        "My husband says this is ridiculous, but I like it.",
    ],
)
def test_the_same_words_put_to_another_use_do_not_count(words: str) -> None:
    score = after(agent("How can I help?"), caller(words))
    assert not score.transfer
    assert score.value < 0.2


def test_yes_to_the_offer_of_a_person_is_a_wish_and_no_is_none() -> None:
    offer = agent("I cannot book that. Shall I connect you to a colleague?")
    assert after(offer, caller("Yes, please.")).transfer
    assert not after(offer, caller("No thanks, I'd rather do it with you.")).transfer


def test_the_score_rises_turn_by_turn_and_falls_when_things_go_well() -> None:
    scorer = Scorer()
    scorer.add(agent("How can I help?"))
    values = [
        scorer.add(caller("No. Four two seven one.")).value,
        scorer.add(caller("No, that is not what I said.")).value,
    ]
    assert 0 < values[0] < values[1]
    raised = scorer.score.value
    calm = (
        ("It comes on Tuesday.", "At my office?"),
        ("Where is that?", "Elm Road."),
        ("Fine.", "Bye."),
    )
    for reply, words in calm:
        scorer.add(agent(reply))
        scorer.add(caller(words))
    cooled = scorer.score.value
    assert cooled < raised
    scorer.add(caller("Perfect, thank you so much!"))
    assert scorer.score.value < cooled / 1.5
    assert scorer.score.peak >= raised, "the peak stays"


def test_the_same_failures_count_more_each_time() -> None:
    scorer = Scorer(FrustrationWeights(threshold=1.0))
    weights = []
    for _ in range(3):
        scorer.add(Turn(speaker=TOOL, text="order_status", ok=False))
        weights.append(scorer.contributions[-1].weight)
    assert weights == sorted(set(weights))
    assert not scorer.add(Turn(speaker=TOOL, ok=True)).new


def test_a_raised_voice_counts_unless_it_is_glad() -> None:
    scorer_of = lambda text: after(caller("Hello", level_db=0), caller(text, level_db=12))  # noqa: E731
    assert scorer_of("It is the boiler.").value > 0
    assert scorer_of("Oh that is wonderful, thank you!").value == 0


def test_interruptions_count_from_the_second_and_overlaps_when_there_are_many() -> None:
    once = [agent("We have many", interrupted=True)]
    assert Reason.INTERRUPTIONS not in reasons(*once)
    assert Reason.INTERRUPTIONS in reasons(*once, agent("And more", interrupted=True))
    assert Reason.OVERLAPS not in reasons(agent("A long story", overlaps=2))
    assert Reason.OVERLAPS in reasons(agent("A long story", overlaps=2), agent("So", overlaps=2))


def test_misheard_digits_and_questions_asked_again_are_seen_in_what_was_said_before() -> None:
    digits = (caller("Nine one six two."), agent("I heard nine one five two."))
    assert Reason.MISHEARD_DIGITS in reasons(*digits, caller("No, nine one six two."))
    question = caller("When is the water back in Mill Lane?")
    assert Reason.ASKS_AGAIN in reasons(question, agent("We open at nine."), question)
    assert Reason.ASKS_AGAIN not in reasons(question, agent("Could you repeat that?"), question)


def test_weights_and_threshold_are_the_personas() -> None:
    words = caller("Operator, please.")
    assert not after(words, weights=FrustrationWeights(asks_for_person=0.0)).transfer
    assert not after(words, weights=FrustrationWeights(threshold=0.99)).transfer


def test_the_same_dialogue_gives_the_same_score() -> None:
    turns = (agent("Hello"), caller("This is ridiculous, you never listen."), caller("Forget it."))
    assert after(*turns) == after(*turns)


def test_an_empty_call_and_empty_turns_score_nothing() -> None:
    assert after() == Score(value=0.0, peak=0.0, turn=None, transfer=False, new=())
    assert after(caller(""), agent(""), caller("...")).peak == 0


def test_a_turn_takes_less_than_5_ms_however_hostile() -> None:
    scorer = Scorer()
    scorer.add(caller("Warm up: this is ridiculous."))
    turn = caller("I want to find out when my parcel comes, I asked you twice already.")
    began = time.process_time()
    for _ in range(50):
        scorer.add(turn)
    assert (time.process_time() - began) / 50 < 0.005
    began = time.process_time()
    scorer.add(caller("can i not speak to you about the thing that " * 20_000))
    assert time.process_time() - began < 0.1


def test_a_long_reply_is_compared_with_the_last_ones_in_no_time() -> None:
    scorer = Scorer()
    took = []
    for reply in range(8):
        words = [
            f"{'bcdfghjk'[reply]}{'aeiou'[i % 5]}{'lmnprstv'[i // 5 % 8]}o" for i in range(200)
        ]
        sentences = [" ".join(words[(i * 37 + j * 11) % 200] for j in range(9)) for i in range(30)]
        began = time.process_time()
        scorer.add(agent(". ".join(sentences) + "."))
        took.append(time.process_time() - began)
    assert min(took[5:]) < 0.03


def test_of_a_reply_without_end_its_end_is_read() -> None:
    endless = agent(
        "The parcel is at the depot by the river. " * 5_000 + "Shall I connect you to a colleague?"
    )
    began = time.process_time()
    score = after(endless, caller("Yes, please."))
    assert time.process_time() - began < 0.1
    assert [c.reason for c in score.new] == [Reason.ASKS_FOR_PERSON]


def test_failures_alone_hand_nobody_over_before_the_caller_has_answered() -> None:
    fails = [Turn(speaker=TOOL, text="order_status", ok=False)] * 4
    assert not after(*fails, agent("We have many", interrupted=True)).transfer
    assert not after(*fails, caller("No problem, take your time.")).transfer
    assert after(*fails, caller("And what am I supposed to do now?")).transfer


def test_an_angry_word_that_aims_at_nobody_counts_in_full_only_after_trouble() -> None:
    waste = caller("It's a complete waste of money.")
    assert not after(waste).transfer
    assert after(
        agent("Your reading is due."), caller("I've sent it."), agent("Your reading is due."), waste
    ).transfer


def test_a_cry_after_good_news_is_joy() -> None:
    cry = caller("Bloody hell! Are you kidding me? That's insane!", level_db=11.0)
    assert not after(agent("Congratulations, your loan was approved."), cry).transfer
    assert after(
        agent("Your loan was refused."), caller("Why?"), agent("Your loan was refused."), cry
    ).transfer


def test_what_is_quoted_is_not_meant() -> None:
    assert not after(caller("Is it the film with 'I'm mad as hell, you useless idiots'?")).transfer


def test_an_answer_given_again_counts_when_the_reply_has_not_got_it() -> None:
    turns = [caller("Larch Road."), agent("March Road?"), caller("Larch."), agent("Marsh Road?")]
    assert Reason.ASKS_AGAIN in reasons(*turns, caller("Larch."))
    got = [caller("Larch Road."), agent("Larch Road?"), caller("Larch Road.")]
    assert Reason.ASKS_AGAIN not in reasons(*got[:2], caller("Yes, that one."))


def test_the_same_question_about_another_number_is_not_asked_again() -> None:
    sorry = agent("I am sorry, I cannot look up orders right now. Would you like to try another?")
    broken = Turn(speaker=TOOL, text="order_status", ok=False)
    orders = [caller(f"Hello, where is my order {n}?") for n in ("9061", "5140", "4271")]
    other = (orders[0], broken, sorry, orders[1], broken, sorry, orders[2])
    assert Reason.ASKS_AGAIN not in reasons(*other)
    assert Reason.ASKS_AGAIN in reasons(orders[0], broken, sorry, orders[0])


def test_a_reply_that_is_no_help_makes_weak_words_count() -> None:
    words = caller("Oh, well done.")
    assert after(agent("I could not find your parcel."), words).transfer
    assert not after(agent("Your parcel is booked for ten."), words).transfer


def test_a_calm_report_with_hard_words_does_not_make_the_next_cry_count() -> None:
    report = caller("The driver was rude to the cyclist in front, unreal. I left my scarf.")
    found = agent("We have a red scarf here.")
    assert not after(agent("Taxi central."), report, found, caller("That's mine!")).transfer


def test_one_person_is_a_number_when_the_agent_asks_how_many() -> None:
    assert not after(agent("How many people?"), caller("Just one person.")).transfer
    assert after(agent("What can I do for you?"), caller("Just one person, a real one!")).transfer


def test_no_to_the_offer_of_a_person_is_no_correction() -> None:
    offer = agent("I can't reach the meter service. I could connect you with an operator.")
    assert not reasons(offer, caller("No, I don't need an operator, I'll ring tomorrow."))
    assert after(offer, caller("Please do.")).transfer


def test_who_breaks_in_to_agree_is_eager_and_who_breaks_in_louder_is_not() -> None:
    eager = [agent("Would you like", interrupted=True), caller("Yes, please, by the window.")] * 3
    assert Reason.INTERRUPTIONS not in reasons(*eager)
    late = [agent("Your flight is late by"), caller("Yes, I know it's late.", level_db=0)]
    cross = caller("I know! I want my connection!", level_db=8)
    assert after(*late, agent("by three hours", interrupted=True), cross).transfer


def test_a_word_that_no_reply_takes_up_counts_the_third_time() -> None:
    turns = [
        caller("Can I bring a dog?"),
        agent("We sail four times a day."),
        caller("Okay, and a dog?"),
        agent("Tickets start at forty."),
        caller("The dog. Yes or no."),
    ]
    assert after(*turns).transfer
    turns[3] = agent("A dog travels free. Tickets start at forty.")
    assert not after(*turns).transfer


def test_a_question_tag_does_not_mean_somebody_else_in_the_room() -> None:
    made_up = "You've made that up to keep my deposit, haven't you."
    assert Reason.COMPLAINT in reasons(caller(made_up))
    assert not reasons(caller("You useless thing! No, not you, the dog."))
