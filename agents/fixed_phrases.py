"""What the product itself says, whoever the persona is: all of it, so that it can be kept ready.

Every sentence here is synthesised ahead (phrase_cache.py), and can then be heard when neither the
model nor the voice answers. English, and the key to every other language (agents/languages).
"""

from __future__ import annotations

SAY_AGAIN = "I am sorry, I did not catch that. Could you say it again?"
KEYPAD_OFFER = "I still did not catch that. You can also type numbers on your telephone's keypad."
NO_MODEL = "I am sorry, I cannot go on with this call right now. Please call again later. Goodbye."
SHUTDOWN = "I am sorry, this call has to end now. Please call again. Goodbye."
TIME_LIMIT = "I am sorry, we have reached the longest time for a call. Please call again. Goodbye."
GOODBYE = "Thank you for calling. Goodbye."
RESUMED_GREETING = "I'm sorry, I lost you for a moment. Please go on."

# The reply is late; then still late.
BRIDGES = ("One moment, please.", "I am sorry, just a little longer.")
# A tool takes its time. Said in turn, so never the same twice in a row.
FILLERS = (
    "Let me look that up.",
    "I am still looking.",
    "This takes a moment. Thank you for waiting.",
)
# The caller says nothing.
NUDGES = ("Are you still there?", "I cannot hear you. Is there anything I can help you with?")
NUDGE_GOODBYE = "I cannot hear anybody, so I will hang up now. Please call again. Goodbye."

# The most urgent first: a call in trouble may need them before all are ready.
ALL = (
    BRIDGES[0],
    NO_MODEL,
    FILLERS[0],
    *BRIDGES[1:],
    *FILLERS[1:],
    SHUTDOWN,
    *NUDGES,
    NUDGE_GOODBYE,
    TIME_LIMIT,
    SAY_AGAIN,
    KEYPAD_OFFER,
    GOODBYE,
    RESUMED_GREETING,
)


class FixedText(str):
    """Text that the product says by the voice, not the model. The framework hands it on untouched,
    so the mouth knows that it is no reply."""

    __slots__ = ()
