"""How long what is said over the agent's voice is waited for, looked at and paused for."""

from __future__ import annotations

PAUSE_MS = 100
# Less is enough where it surely is speech. That is two of the detector's windows: one is a click.
SURE_PAUSE_MS = 60
LONG_MS = 1000
LONGEST_LISTENING_MS = 2000
# Each time so much more of it has come, its words so far are asked for.
LOOK_MS = 600
# How much of an overlap has come when it is compared with what the agent says.
ECHO_LOOKS_MS = (100, 200, 400)
# What made no words must not have been our own voice for this long.
UNCLEAR_LOOK_MS = 700
# After the end of an utterance its words are due so soon.
WORDS_WITHIN_MS = 700
# With slow words the agent goes on meanwhile, if it has paused for this long.
SLOW_WORDS_MS = 400
LONGEST_PAUSE_MS = 850
# Words later than that are still waited for, while the agent speaks on: "stop" is never ignored.
LATE_WORDS_S = 3.0
# With less than this left to say, "yes" answers the question that is being asked.
NEARLY_DONE_S = 1.2
# What was let go ("um") is heard together with what follows it this soon ("wait").
JOINED_WITHIN_S = 0.8
