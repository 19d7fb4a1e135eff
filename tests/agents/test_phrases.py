"""A phrase goes to the voice when it is complete, not when the next one begins."""

from __future__ import annotations

from agents.providers.phrases import PhraseTokenizer


async def phrases(*chunks: str, opening_words: int = 0) -> list[str]:
    stream = PhraseTokenizer(opening_words).stream()
    for chunk in chunks:
        stream.push_text(chunk)
    stream.end_input()
    return [token.token async for token in stream]


async def test_a_sentence_leaves_at_its_full_stop() -> None:
    stream = PhraseTokenizer().stream()
    stream.push_text("Your order")
    stream.push_text(" has shipped.")
    assert (await stream.__anext__()).token == "Your order has shipped."
    await stream.aclose()


async def test_a_long_first_sentence_begins_to_sound_at_a_comma() -> None:
    said = await phrases("If you tell me your order number please,", " I can", " look, and tell.")
    assert said == ["If you tell me your order number please,", "I can look, and tell."]


async def test_a_voice_that_goes_on_with_its_intonation_begins_with_the_first_words() -> None:
    words = ("Then", " I", " would", " take", " the", " light", " one.", " It", " is", " blue.")
    said = await phrases(*words, opening_words=4)
    assert said == ["Then I would take", "the light one.", "It is blue."]
    assert await phrases("Of", " course.", " It", " is.", opening_words=4) == [
        "Of course.",
        "It is.",
    ]


async def test_a_long_sentence_goes_on_before_the_voice_has_said_its_beginning() -> None:
    now = 0.0
    stream = PhraseTokenizer(2, lambda: now).stream()
    for word in ("We", " have", " three", " kinds"):  # quicker than anybody speaks
        stream.push_text(word)
        now += 0.02
    now = 0.3
    stream.push_text(" of")
    stream.push_text(" tents.")
    stream.end_input()
    assert [token.token async for token in stream] == ["We have", "three kinds of", "tents."]


async def test_abbreviations_and_short_words_end_nothing() -> None:
    assert await phrases("We open at 9 a.m.", " and Dr.", " Bell comes.") == [
        "We open at 9 a.m. and Dr. Bell comes."
    ]
    assert await phrases("Yes.", " It is.") == ["Yes. It is."]


async def test_nothing_is_lost_and_nothing_is_empty() -> None:
    text = "Hello there! How are you? I said: 3.5 apples, please. And then"
    assert " ".join(await phrases(text)) == text
    assert await phrases("  ") == []
