"""What is said during a transfer. What has no names or numbers in it is kept ready as audio.

English, and the key to every other language (agents/languages). What is in {} is filled in there.
"""

from __future__ import annotations

from telephony.enums import NobodyFree

# To the caller
CONNECTING = "I'm connecting you to a colleague. One moment."
STILL_TRYING = "I am still trying to reach somebody. One moment, please."
ALL_BUSY = "I am sorry, all of my colleagues are busy right now."
CLOSED = "I am sorry, nobody is here to take your call at this hour."
NOBODY_TOOK_IT = "I am sorry, none of my colleagues could take your call."
NOT_CONNECTED = "I am sorry, I could not connect you."
STILL_HERE = "I am still here. What can I do for you?"
BACK_AGAIN = "I am back with you. Is there anything else I can do for you?"
NEXT_IN_LINE = "You are next in line. Please hold."
IN_LINE = "You are number {place} in line. Please hold."
GO_ON_WAITING = (
    "To go on waiting, say yes or press 1. To stop, say no or press 2. For a message, press 3."
)
GOING_ON = "Thank you. Please hold."
LEAVE_MESSAGE = "Please leave a message after the tone. When you are done, press hash."
MESSAGE_TAKEN = "Thank you, I have your message. Goodbye."
NO_MESSAGE = "I did not hear a message."
ASK_RATING = "How was this call? Please press a key from 1, bad, to 5, very good."
THANKS = "Thank you for calling. Goodbye."
OFFER = "Would you like me to connect you to a colleague?"
# Yes to these is heard as a yes to a human (agents/frustration/person.py).
OFFER_TO_WAIT = (
    "All of my colleagues are busy right now. "
    "Would you like me to connect you as soon as one is free?"
)
OFFER_MESSAGE = (
    "None of my colleagues is free right now. "
    "Would you like me to put you through to leave a message for them?"
)
# A yes to one of these asks for a human.
OFFERS = (OFFER, OFFER_TO_WAIT, OFFER_MESSAGE)

# To the human
PRESS = "Press 1 to take the call, 2 to decline."
CALLER_GONE = "The caller has hung up."
CALLER_RETURNED = "The caller is with the agent again. Goodbye."
CODE = "The code is {code}."

# To the human, as parts of the briefing
CALLER_NUMBER = "Caller with number ending {digits}."
CALLER_NO_NUMBER = "Caller with no number."
ASKED_FOR_PERSON = "They asked for a person."
ASKED_FOR_OPERATOR = "They asked for an operator."
NOT_GETTING_ON = "They are not getting on with the agent."
AGENT_FAULT = "The agent had a fault."
SUPERVISED = "A supervisor hands them over."
TRIED = "Tried: {tools}."
TOOL_WORKED = "{tool} worked"
TOOL_FAILED = "{tool} failed"
THEY_SAID = "They said: {words}"
BECAUSE_THEY_SAID = "they said: {words}"
VERY_FRUSTRATED = "They are very frustrated."
ANNOYED = "They are annoyed."
CALM = "They are calm."

TO_CALLER = (
    CONNECTING,
    ALL_BUSY,
    NOBODY_TOOK_IT,
    STILL_HERE,
    NOT_CONNECTED,
    CLOSED,
    STILL_TRYING,
    BACK_AGAIN,
    NEXT_IN_LINE,
    GO_ON_WAITING,
    GOING_ON,
    LEAVE_MESSAGE,
    MESSAGE_TAKEN,
    NO_MESSAGE,
    ASK_RATING,
    THANKS,
    OFFER,
    OFFER_TO_WAIT,
    OFFER_MESSAGE,
)
# Enough for a human to take over from an agent that has lost its voice.
HANDS_OVER_WITHOUT_VOICE = (CONNECTING, AGENT_FAULT, PRESS)
ALL = (*TO_CALLER[:4], PRESS, AGENT_FAULT, CALLER_GONE, *TO_CALLER[4:], CALLER_RETURNED)


def no_human(why: NobodyFree | None) -> str:
    """Why no human comes, as the caller is told."""
    if why is NobodyFree.CLOSED:
        return CLOSED
    return NOBODY_TOOK_IT if why is NobodyFree.NONE_LEFT else ALL_BUSY


def position(place: int) -> str:
    return NEXT_IN_LINE if place <= 1 else IN_LINE
