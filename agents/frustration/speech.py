"""What one caller turn says of frustration by its words alone, and of what went wrong before it."""
# ruff: noqa: E501 -- a family of words reads better as one line than as six

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.frustration import others, person, replies
from agents.frustration.cues import CUES
from agents.frustration.others import GLAD, OTHERS, THIRD_PARTY_SPEECH
from agents.frustration.reasons import HARSH, Reason
from agents.frustration.sentiment import compound
from agents.frustration.target import aims_at_us
from agents.frustration.words import digits, normalise, often_the_same, sentences

BAD_SENTIMENT = -0.35
MORE_THAN_ONCE = 1.25
LONGEST = 1_500  # characters; nobody speaks longer without a pause
_DIRECTED = re.compile(
    r"\b(?:you|your|yours|this (?:call|service|is)|the service|i am|i have been|me)\b"
)
_OWN_MISTAKE = re.compile(
    r"\b(?:no,? (?:sorry|wait|i mean)|sorry,? (?:i (?:mean|misread|meant|got|said|gave)|my)|"
    r"my (?:mistake|fault|bad)|"
    r"i (?:misread|misspoke|mixed|mistyped|meant to say)|i was wrong|wait,? (?:no|it)|"
    r"scratch that|"
    r"(?:with|at|to) myself|my own|(?:stupid|silly|foolish|careless|dumb|daft|clumsy) of me|"
    r"hang on|hold on|on second thoughts?|"
    r"i am (?:\w+ )?(?:hopeless|useless|terrible|so bad|silly|stupid|an idiot|a fool|clumsy|"
    r"forgetful)|"
    r"(?:shit|damn|crap|fuck|oops|bugger)[,.! ]+(?:sorry|oops|i (?:just |have |"
    r"have just )?(?:dropped|forgot|missed|noticed)))\b"
)
_THANKS = re.compile(
    r"\b(?:thanks?(?: you)?(?: so much| very much| a lot)?|cheers|perfect|great|lovely|wonderful|"
    r"brilliant|excellent|that (?:is|was|works|sounds) (?:\w+ )?(?:great|perfect|good|fine|right|"
    r"it|helpful)|"
    r"fantastic|super|ideal|exactly)\b"
)
_PATIENT = re.compile(
    r"\b(?:take your time|no (?:problem|rush|hurry|worries|bother|trouble|harm done)|not a problem|"
    r"(?:do not|not to) worry|these things happen|(?:can|will) wait|happy to (?:wait|hold)|"
    r"not your fault|my (?:mistake|fault|bad|line)|bad line|i (?:mumble|mumbled|misspoke)|"
    r"i will (?:call|ring|try|phone|come|pop in)(?: back| again)? (?:later|after|tomorrow|in the|this)|"
    r"not urgent|no need|i can (?:just |always )?(?:ring|call|try|come|phone)(?: back)?(?: again)? (?:later|tomorrow)|bless you|"
    r"(?:that is|it is|quite) (?:all right|alright|fine|okay|ok)|sorry (?:to|for|about) (?:\w+ )?(?:interrupt\w*|"
    r"cut\w*|butt?\w*|rush\w*|mumbl\w*|that|the)|(?:am )?in a (?:bit of a |terrible |mad |real )?(?:rush|hurry)|"
    r"bear with me|bearing with me)\b"
)
"""Goes along with what went wrong, or takes it on themselves."""
_BARE_NO = re.compile(
    r"^(?:no|nope|nah)[ ,.!]*(?:(?:no|nope|thanks?|thank you|please|sir|mate|love)[ ,.!]*)*$"
)
_ABOUT_US = re.compile(r"\b(?:your?|nobody|still|again|this call)\b")
_IMPATIENT = re.compile(
    r"\b(?:never|nothing|nobody|none|neither|still|already|ever|wrong|finally|even|literally|"
    r"exactly|"
    r"same|always|anything|impossible|refuse|simply|whole|again|obviously|clearly|actually|"
    r"at all)\b"
)
_DOUBLED = re.compile(r"\b(\w{5,}),? \1,? \1\b|\b(\w+ \w+),? \2\b")
_QUOTED = re.compile(
    r"(?<!\w)['\"\u2018\u201c][^'\"\u2019\u201d]+(?:['\u2019]\w[^'\"\u2019\u201d]*)*['\"\u2019\u201d](?!\w)"
)
_CLAUSE = re.compile(
    r",? (?:but|because|although|though)\b|,? so (?=(?:i|you|it|we|he|she|they|can|could|please|now)\b)|;"
)
_SHOUTED = re.compile(r"\b[A-Z]{3,}\b")
_ABBREVIATIONS_WORDS = """
PIN SIM USB IBAN DHL UPS FAQ VAT LED USA BBC RAM SMS GPS NHS WIFI ISBN
"""
_ABBREVIATIONS = frozenset(_ABBREVIATIONS_WORDS.split())
# Complaints of what is over, or of somebody else, count for nothing.
_OF_THE_MATTER = frozenset(
    {
        Reason.COMPLAINT,
        Reason.SAYS_FRUSTRATED,
        Reason.NEGATIVE_SENTIMENT,
        Reason.SWEARING,
        Reason.EXASPERATION,
        Reason.SAYS_IT_AGAIN,
        Reason.GIVING_UP,
        Reason.NOT_UNDERSTOOD,
    }
)
_NEEDS_AIM = _OF_THE_MATTER - {Reason.SAYS_IT_AGAIN, Reason.NOT_UNDERSTOOD}
_MOODS = {Reason.SAYS_FRUSTRATED, Reason.EXASPERATION, Reason.NEGATIVE_SENTIMENT}
_FAINT = {Reason.EXASPERATION, Reason.IMPATIENT_WORDS, Reason.CORRECTION}


@dataclass(frozen=True, slots=True)
class Heard:
    """The shares of each reason's weight, and what the scorer has to know of the words."""

    normalised: str
    shares: dict[Reason, float]
    glad: bool
    own_mistake: bool
    bare_no: bool
    aimed: bool
    thanks: bool


def read(text: str, *, trouble: bool, opening: bool = False) -> Heard:
    """``trouble``: something has gone wrong in this call, so weak cues count. ``opening``: the
    caller's first turn, which says what they call about.
    """
    own = others.QUOTES_ANOTHER.sub(
        " ", THIRD_PARTY_SPEECH.sub(" ", normalise(_QUOTED.sub(" ", text[:LONGEST])))
    )
    shares: dict[Reason, float] = {}
    aimed = False
    over = others.settled(own) or others.NOT_TO_US.search(own) is not None
    own_mistake = _OWN_MISTAKE.search(own) is not None
    all_glad = not trouble and (
        _is_glad(replies.without_lone_praise(own))
        or others.TAKES_IT.search(own) is not None
        or others.LAUGHS.search(own) is not None
    )
    theirs = False
    for index, sentence in enumerate(sentences(own)):
        theirs = others.is_theirs(sentence, theirs)
        elsewhere = not trouble and others.MOOD_OF.search(sentence) is not None
        for reason, share in _of_sentence(sentence, trouble, all_glad).items():
            if theirs and reason in _OF_THE_MATTER:
                continue
            if elsewhere and reason in _MOODS:
                continue
            if over and reason in _OF_THE_MATTER:
                continue
            if own_mistake and (reason is Reason.CORRECTION or reason in _OF_THE_MATTER):
                continue
            if reason is Reason.CORRECTION and index and not trouble:
                continue  # "medium. no, large": they correct themselves
            aimed = (
                aimed
                or reason not in _NEEDS_AIM
                or (
                    reason is not Reason.NEGATIVE_SENTIMENT
                    and aims_at_us(sentence)
                    and not (
                        opening and others.REPORTS.search(sentence) and reason is Reason.COMPLAINT
                    )
                )
            )
            # Said twice in a turn is more than once, though not twice as much.
            shares[reason] = (
                max(share, shares[reason]) * MORE_THAN_ONCE if reason in shares else share
            )
    if person.asks_for_person(own):
        shares[Reason.ASKS_FOR_PERSON] = 1.0
        aimed = True
    elif person.asks_for_callback(own):
        shares[Reason.ASKS_FOR_CALLBACK] = 1.0
        aimed = True
    glad = _is_glad(own) and Reason.SARCASM not in shares
    if not glad and not over:
        _add_manner(text, own, trouble, shares)
    return Heard(
        own,
        shares,
        glad,
        own_mistake,
        _BARE_NO.match(own) is not None,
        aimed,
        _THANKS.search(own) is not None,
    )


def _add_manner(text: str, own: str, trouble: bool, shares: dict[Reason, float]) -> None:
    """Words in capitals, as transcripts write what is shouted, and words of impatience."""
    said = [sentence.strip(" .!?,") for sentence in sentences(own)]
    if any(said.count(one) > 1 and len(one) > 3 for one in said) or _doubled(own):
        shares[Reason.EXASPERATION] = max(0.8, shares.get(Reason.EXASPERATION, 0.0))
    if often_the_same(own):
        shares[Reason.EXASPERATION] = max(1.0, shares.get(Reason.EXASPERATION, 0.0))
    shouted = [word for word in _SHOUTED.findall(text) if word not in _ABBREVIATIONS]
    if shouted:
        all_of_it = len(shouted) > 1 and text.isupper()
        shares[Reason.SHOUTED_WORDS] = 2.0 if all_of_it else min(1.0, 0.5 * len(shouted))
    impatient = len(set(_IMPATIENT.findall(own)))
    if impatient > (0 if trouble else 2):
        shares[Reason.IMPATIENT_WORDS] = min(1.5, 0.5 * impatient)


def _doubled(own: str) -> bool:
    """The same words twice running, for emphasis; digits are often the same."""
    return any(not digits(found.group()) for found in _DOUBLED.finditer(own))


def _of_sentence(sentence: str, trouble: bool, all_glad: bool) -> dict[Reason, float]:
    shares: dict[Reason, float] = {}
    glad = all_glad or _is_glad(sentence)
    for cue in CUES:
        if (cue.weak and not trouble) or (glad and not cue.sure and cue.reason in _OF_THE_MATTER):
            continue
        found = cue.pattern.search(sentence)
        if found is None or (cue.reason in _OF_THE_MATTER and _of_others(sentence, found.start())):
            continue
        first = shares.get(cue.reason, 0.0)
        shares[cue.reason] = max(first, cue.share) * (MORE_THAN_ONCE if first else 1.0)
    of_others = _of_others(sentence, 0)
    if (
        shares.keys() - {Reason.EXASPERATION}
        and not glad
        and not of_others
        and sentence.endswith("!")
    ):
        shares.setdefault(Reason.EXASPERATION, 0.5)
    if Reason.SARCASM in shares:
        return shares
    bad = compound(sentence)
    if bad <= BAD_SENTIMENT and not of_others and (trouble or _DIRECTED.search(sentence)):
        shares[Reason.NEGATIVE_SENTIMENT] = -bad if trouble else -0.6 * bad
    return shares


def _of_others(sentence: str, at: int) -> bool:
    """What is said at this place is said of somebody or something else."""
    begin = max((m.end() for m in _CLAUSE.finditer(sentence) if m.end() <= at), default=0)
    end = min((m.start() for m in _CLAUSE.finditer(sentence) if m.start() > at), default=None)
    clause = sentence[begin:end]
    if others.ELSEWHERE.search(clause):
        return True  # "another agency, they lost it, nobody answered": they are not us
    return OTHERS.search(clause) is not None and not _ABOUT_US.search(clause)


def _is_glad(text: str) -> bool:
    return GLAD.search(text) is not None and compound(text) > 0.2


def is_content(heard: Heard) -> bool:
    """Thanks, or pleased, or patient, and nothing else."""
    if _PATIENT.search(heard.normalised):
        return not heard.shares.keys() - _FAINT
    return not heard.shares and heard.glad and _THANKS.search(heard.normalised) is not None


def asks_nicely(heard: Heard) -> bool:
    """A request put politely, with nothing harsh beside it: what went wrong is told, not minded."""
    return (
        others.ASKS_NICELY.search(heard.normalised) is not None and not heard.shares.keys() & HARSH
    )
