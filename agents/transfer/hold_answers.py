"""What a caller on hold says when asked whether to go on waiting: the same as three keys do.

Only a short utterance that is nothing else counts, as others may talk beside the telephone. What is
not clear is no answer, and who gives none goes on waiting; so it is the no that must be certain.
No word of the question itself is an answer: a telephone's echo must not give one.
"""

from __future__ import annotations

import re

GO_ON, STOP, MESSAGE = "1", "2", "3"
MOST_WORDS = 9

_FILLER = r"(?:(?:oh|well|um|uh|hm|okay|ok|hi|hello|actually|please) )*"
_POLITE = r"(?: (?:please|thanks|thank you|sorry))*"
_WAIT = r"(?:wait|hold|stay|go on|keep on|keep|continue)(?: (?:waiting|holding|on))?"
_I_WILL = r"(?:(?:yes|no|sure) )*(?:i will|i'll|i can|i want to|i would like to|i'd like to) "
_LONGER = r"(?: (?:any more|anymore|any longer|a bit longer|a little longer|longer))?"
_NOT = r"(?:i )?(?:do not|don't|can not|cannot|can't|will not|won't)(?: (?:want|like) to)?"
_MEANS = {
    GO_ON: rf"(?:yes|yeah|yep|sure)(?: {_WAIT})?|(?:{_I_WILL})?{_WAIT}{_LONGER}",
    STOP: (
        rf"(?:no |yes )*(?:stop(?: waiting| holding)?|{_NOT} {_WAIT}{_LONGER}|"
        r"i want to stop(?: waiting)?|i give up|forget it|never mind)"
        r"|no|nope|no thank you|no thanks"
    ),
    MESSAGE: (
        r"(?:yes |no )*(?:(?:i will|i'll|i want to|i would like to|i'd like to|can i|let me) )?"
        r"leave (?:a|you a|them a) (?:voice )?message"
    ),
}
_KEYS = {key: re.compile(rf"^{_FILLER}(?:{means}){_POLITE}$") for key, means in _MEANS.items()}


def key_of(said: str) -> str | None:
    """The key that these words stand for, if they do."""
    text = " ".join(re.sub(r"[^a-z' ]", " ", said.lower().replace("\u2019", "'")).split())
    if len(text.split()) > MOST_WORDS:
        return None
    return next((key for key, pattern in _KEYS.items() if pattern.match(text)), None)
