"""What the callers of the benches say: lines with a person's pauses in them, as 8 kHz sound.

The words are those of voice.yaml, which knows the answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from deploy.local.phone.audio import speech
from deploy.local.phone.detector import speech_segments
from deploy.local.providers.phrases import DIGIT_WORDS, normalize
from deploy.local.providers.scenario import load

SCENARIO = Path(__file__).with_name("voice.yaml")
BYTES_PER_MS = 16  # 8 kHz mono s16le


@dataclass(frozen=True)
class Voice:
    """An espeak-ng voice and its pace."""

    name: str
    words_per_minute: int


# Two people, each in two moods. The stand-in's ears know both at these paces.
VOICES = (
    Voice("en-us", 150),
    Voice("en-us+f3", 165),
    Voice("en-us", 170),
    Voice("en-us+f3", 150),
)

Line = tuple[str | int, ...]
"""Words, and pauses in ms where the speaker hesitates."""

TENT: tuple[Line, ...] = (
    ("I am looking for a tent.",),
    ("Two people", 250, "and a dog."),
    ("How heavy is it?",),
    ("How much does it cost?",),
    ("Do you have it in green?",),
    ("The green one, please.",),
    ("My customer number is", 400, "four two seven one."),
    ("No, thank you, that was all.",),
)
ORDER: tuple[Line, ...] = (
    ("I am calling about my order.",),
    ("The order number is", 350, "six one eight four."),
    ("When will it arrive?",),
    ("Can I change", 300, "the address?"),
    ("What happens when I am not at home?",),
    ("That is good to know.",),
    ("No, thank you, that was all.",),
)
RETURN: tuple[Line, ...] = (
    ("I would like to", 450, "return a backpack."),
    ("It is too small for me.",),
    ("I would like the money back.",),
    ("I bought it last week.",),
    ("Do I need the old box?",),
    ("How long does that take?",),
    ("Yes, please do that.",),
    ("No, thank you, that was all.",),
)
DIALOGUES = (TENT, ORDER, RETURN)

LONG_QUESTION: Line = ("Tell me about your tents.",)
INTERRUPTIONS = (
    "Stop.",
    "Wait a moment.",
    "No, I meant the family tent.",
    "Hold on a second.",
    "How much is the storm tent?",
    "Stop, please.",
)
BACKCHANNELS = ("Mm-hmm.", "Yeah.", "Okay.", "Uh-huh.")


@lru_cache
def answer_to(text: str) -> str:
    """What the scenario says to these words."""
    [persona] = load(SCENARIO).personas
    heard = normalize(text)
    found = [
        (match.length, rule.say or "")
        for rule in persona.rules
        for phrase in rule.heard
        if (match := phrase.match(heard))
    ]
    return max(found, key=lambda pair: pair[0])[1]


def dictates(text: str) -> bool:
    """Whether digits are dictated: then the product waits longer, on purpose."""
    return len([word for word in normalize(text).split() if word in DIGIT_WORDS]) > 2


def words(line: Line) -> str:
    """The line as one would write it."""
    return " ".join(part for part in line if isinstance(part, str))


@lru_cache(maxsize=512)
def sound(line: Line, voice: Voice) -> bytes:
    """The line spoken, without silence at its ends; its pauses are as long as it says.

    Blocks for about 20 ms a part.
    """
    pieces = []
    for part in line:
        if isinstance(part, int):
            pieces.append(bytes(part * BYTES_PER_MS))
            continue
        spoken = speech(part, voice.name, voice.words_per_minute)
        inside = speech_segments(spoken)
        pieces.append(spoken[inside[0][0] * BYTES_PER_MS : inside[-1][1] * BYTES_PER_MS])
    return b"".join(pieces)
