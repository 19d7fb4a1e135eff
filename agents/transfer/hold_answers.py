"""What a caller on hold says when asked whether to go on waiting: the same as three keys do.

Only a short utterance that is nothing else counts, as others may talk beside the telephone. What is
not clear is no answer, and who gives none goes on waiting; so it is the no that must be certain.
No word of the question itself is an answer: a telephone's echo must not give one.
"""

from __future__ import annotations

from agents.languages import ENGLISH, Language
from agents.languages.answers import bare

GO_ON, STOP, MESSAGE = "1", "2", "3"
MOST_WORDS = 9


def key_of(said: str, language: Language = ENGLISH) -> str | None:
    """The key that these words stand for, if they do."""
    text, answers = bare(said), language.answers
    if len(text.split()) > MOST_WORDS:
        return None
    keys = ((GO_ON, answers.go_on), (STOP, answers.stop), (MESSAGE, answers.message))
    return next((key for key, pattern in keys if pattern.match(text)), None)
