"""The closed vocabulary of reasons. What each means is in this folder's README."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    # What the caller says
    ASKS_FOR_PERSON = "asks_for_person"
    ASKS_FOR_CALLBACK = "asks_for_callback"
    SAYS_FRUSTRATED = "says_frustrated"
    COMPLAINT = "complaint"
    SWEARING = "swearing"
    SARCASM = "sarcasm"
    GIVING_UP = "giving_up"
    THREATENS_TO_LEAVE = "threatens_to_leave"
    NOT_UNDERSTOOD = "not_understood"
    SAYS_IT_AGAIN = "says_it_again"
    ASKS_AGAIN = "asks_again"
    CORRECTION = "correction"
    CORRECTIONS_IN_A_ROW = "corrections_in_a_row"
    EXASPERATION = "exasperation"
    NEGATIVE_SENTIMENT = "negative_sentiment"
    IMPATIENT_WORDS = "impatient_words"
    SHOUTED_WORDS = "shouted_words"
    CONTENT = "content"
    # How they say it
    RAISED_LEVEL = "raised_level"
    INTERRUPTIONS = "interruptions"
    OVERLAPS = "overlaps"
    # What goes wrong
    TOOL_FAILURE = "tool_failure"
    MISHEARD_DIGITS = "misheard_digits"
    AGENT_DID_NOT_UNDERSTAND = "agent_did_not_understand"
    AGENT_REPEATED_ITSELF = "agent_repeated_itself"


# Groups of them, as the scorer treats them
NO_TROUBLE = {
    Reason.SHOUTED_WORDS,
    Reason.IMPATIENT_WORDS,
    Reason.ASKS_FOR_CALLBACK,
    Reason.NEGATIVE_SENTIMENT,
}
# What the caller has not answered yet: it lifts the score, what they say next carries it over.
EVENTS = {
    Reason.INTERRUPTIONS,
    Reason.OVERLAPS,
    Reason.TOOL_FAILURE,
    Reason.AGENT_DID_NOT_UNDERSTAND,
    Reason.AGENT_REPEATED_ITSELF,
}
# However nicely something is asked beside them
HARSH = {
    Reason.SWEARING,
    Reason.SAYS_FRUSTRATED,
    Reason.THREATENS_TO_LEAVE,
    Reason.NOT_UNDERSTOOD,
    Reason.GIVING_UP,
    Reason.SARCASM,
}
CRIES = {Reason.EXASPERATION, Reason.SWEARING}  # of anger or of joy
OF_JOY = CRIES | {Reason.SHOUTED_WORDS, Reason.NEGATIVE_SENTIMENT, Reason.IMPATIENT_WORDS}
OF_PRAISE = {Reason.SARCASM, Reason.EXASPERATION, Reason.IMPATIENT_WORDS}
SAME_AGAIN = {Reason.MISHEARD_DIGITS, Reason.ASKS_AGAIN}
MILD = {Reason.CORRECTION, Reason.MISHEARD_DIGITS, Reason.EXASPERATION, Reason.IMPATIENT_WORDS}
