"""English: the sentences themselves are the keys (fixed_phrases.py, transfer/sentences.py)."""

from __future__ import annotations

import dataclasses
import re

from agents.languages.answers import Answers, whole
from agents.languages.language import Language
from agents.languages.turns import ANY_SCRIPT, ASCII, TurnWords, digit_words, word_set

_TURNS = TurnWords(
    spelling=ASCII,
    listening=word_set(
        "mm mhm hm hmm mmm mmhm mmhmm mmm uhhuh uh huh ah oh aha ok okay yeah yep yes yup right "
        "sure good great fine nice cool perfect alright really exactly indeed gotcha wow true "
        "absolutely definitely totally certainly correct understood interesting lovely excellent "
        "amazing awesome brilliant wonderful fantastic super whoa"
    ),
    listening_phrases=re.compile(
        r"\b(?:i see(?: what you mean)?|(?:i )?got (?:it|you)|i get (?:it|that|you)"
        r"|(?:all ?right|okay|ok|right|fine|go on) then|all right|of course|for sure|fair enough"
        r"|i (?:understand|understood|know|hear you)|i(?:'m| am) (?:listening|with you)"
        r"|(?:please )?(?:go on|go ahead|carry on|keep going|continue)"
        r"|(?:that )?makes (?:(?:perfect|total) )?sense|good to know|no (?:problem|worries)"
        r"|(?:that )?sounds (?:good|great|fine|nice|lovely|perfect)"
        r"|(?:(?:that's|that is) )?(?:that's|that is|how|very|really|so|pretty) "
        r"(?:right|true|correct|good|fine|great|nice|lovely|cool|interesting|amazing|awesome"
        r"|wonderful|excellent|perfect|helpful|okay|ok)"
        r"|thank you(?: (?:very|so) much)?|thanks(?: a lot)?)\b"
    ),
    hesitation=word_set("um umm uhm uh er erm eh hm hmm mm"),
    open_ends=word_set(
        "and or but because if when which who the a an my your our their to of for with from at "
        "i'm it's i than as um umm uhm uh er erm"
    ),
    announces=re.compile(r"\b(?:number|name|code|address|pin|birth|birthday|id) (?:is|was|are)$"),
    dictation=re.compile(
        r"\b(?:number|code|digits?|pin|zip|postcode|account|extension|date of birth|spell)\b"
    ),
    request=re.compile(r"please|^(?:tell|give|say)"),
    digits=digit_words("zero/oh one two three four five six seven eight nine"),
    leads_in=word_set("number is was are it's that's"),
    before_a_count=re.compile(
        "at|in|on|by|from|to|until|till|since|before|after|around|about|for|of|over|under|than|past"
        "|costs?|paid|january|february|march|april|may|june|july|august|september|october|november"
        "|december"
    ),
    one="one",
)

_FILLER = r"(?:(?:hi|hello|oh|um|uh|okay|ok|right|sure|well|please) )*"
_TAKE = r"(?:i will|i'll|i can) (?:take|have) (?:it|them|him|her|the call|this)(?: one)?"
_CANNOT = r"i (?:can not|cannot|can't|will not|won't)(?: take (?:it|this|the call|them))?"

_BEFORE = "oh|well|um|uh|hm|okay|ok|hi|hello|actually|please"
_AFTER = "please|thanks|thank you|sorry"
_WAIT = r"(?:wait|hold|stay|go on|keep on|keep|continue)(?: (?:waiting|holding|on))?"
_I_WILL = r"(?:(?:yes|no|sure) )*(?:i will|i'll|i can|i want to|i would like to|i'd like to) "
_LONGER = r"(?: (?:any more|anymore|any longer|a bit longer|a little longer|longer))?"
_NOT = r"(?:i )?(?:do not|don't|can not|cannot|can't|will not|won't)(?: (?:want|like) to)?"

_ANSWERS = Answers(
    accepts=re.compile(
        rf"^{_FILLER}(?:yes|yeah|yep|(?:yes |yeah )?{_TAKE}|"
        r"(?:yes )?(?:put|connect) (?:them|him|her|me)(?: through)?|(?:yes )?go ahead|"
        r"i accept|accept)(?: please)?$"
    ),
    declines=re.compile(
        rf"^{_FILLER}(?:no|nope|no thanks?(?: you)?|not now|decline|i decline|"
        rf"{_CANNOT}(?: now| right now)?)"
        r"(?: sorry)?$"
    ),
    go_on=whole(
        _BEFORE,
        rf"(?:yes|yeah|yep|sure)(?: {_WAIT})?|(?:{_I_WILL})?{_WAIT}{_LONGER}",
        _AFTER,
    ),
    stop=whole(
        _BEFORE,
        rf"(?:no |yes )*(?:stop(?: waiting| holding)?|{_NOT} {_WAIT}{_LONGER}|"
        r"i want to stop(?: waiting)?|i give up|forget it|never mind)"
        r"|no|nope|no thank you|no thanks",
        _AFTER,
    ),
    message=whole(
        _BEFORE,
        r"(?:yes |no )*(?:(?:i will|i'll|i want to|i would like to|i'd like to|can i|let me) )?"
        r"leave (?:a|you a|them a) (?:voice )?message",
        _AFTER,
    ),
)

# The wish for a person is read by agents/frustration.
ENGLISH = Language(code="en", sentences={}, turns=_TURNS, answers=_ANSWERS, wishes=None)
# Of a persona whose language the product does not know: what it says is English. Which words end no
# sentence is not known.
UNKNOWN = Language(
    code="",
    sentences={},
    turns=dataclasses.replace(_TURNS, spelling=ANY_SCRIPT, open_ends=_TURNS.hesitation),
    answers=_ANSWERS,
    wishes=None,
)
