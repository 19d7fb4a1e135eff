"""What makes angry words innocent: glad, over, quoted, or said of somebody or something else.

All read normalised text (words.py).
"""
# ruff: noqa: E501 -- a family of words reads better as one line than as six

from __future__ import annotations

import re

WANTS_IT_AGAIN = re.compile(
    r"\b(?:slow\w*|repeat that|what did you say|did not (?:quite )?get it|say (?:that|it) again|pardon|what was (?:that|it)|did not catch|"
    r"did not get that|cut out|once more|definitely|are you sure|just (?:being|to be) (?:careful|"
    r"sure)|"
    r"come again|missed that|louder|speak up)\b|^(?:sorry|what|on \w+)\?"
)

ASKS = re.compile(r"\?|\b(?:sorry|please|could you|can you|would you|love|come again)\b")
NO = re.compile(
    r"^(?:no|nope|not|it did not|that did not|hardly|of course not)\b(?! (?:more|other|further|"
    r"problem))"
)
ASKS_NICELY = re.compile(
    r"\b(?:could|can|would|may|might) (?:you|i|we) (?!(?:not|even|actually)\b)\w|\bplease\b(?! just)|\bwonder\w*|\bjust letting you know\b"
)
TAKES_IT = re.compile(
    r"\b(?:i will (?:take|have)|sign me up|count me in|take my money|i am in|book it|let us do it|go for it|deal[.!]*$)"
)
LAUGHS = re.compile(
    r"\b(?:(?:ha ?){2,}|he ?he|only joking|just kidding|just joking|only kidding)\b"
)
GLAD = re.compile(
    r"(?<!not )(?<!for the )(?<!not very )(?<!not really )(?<!no )(?<!never )(?<!nothing )\b(?:lov(?:ed|ely|ing)|love(?= (?:it|this|that|the|you|a|an|to|your|my|how|them)\b)|"
    r"amazing|awesome|brilliant|great|good(?!,? (?:then|luck|lord|god|grief|heavens))|fantastic|wonderful|perfect(?:ly)?|excellent|best|lovely|"
    r"super|happy|delighted|glad|excited|joy|thrilled|thanks?|cheers|impress\w+|beautiful|killer|"
    r"wicked|relie(?:f|ved)|cool|ideal|sweet|fabulous|bargain|congratulations|grateful|appreciate|"
    r"pleased|nice|fun|laugh\w*|haha|ha|yay|hooray|terrific|superb|kind)\b"
)
"""A sentence that is glad of something; sarcasm is looked for before."""

SETTLED = re.compile(
    r"\b(?:works?(?:ing)? (?:\w+ )?(?:now|again)|(?:is|are|was|all|got|been|everything is) (?:\w+ )?(?:fine|good|"
    r"sorted|fixed|solved|resolved|okay|settled|working|back)(?: \w+)? (?:now|again|since|quickly|in the end|thanks|thank)|"
    r"(?:sorted|fixed|solved|resolved|cleared|settled|mended|repaired|put right|helped)(?: \w+){0,2} (?:it|that|this|everything|out|up|"
    r"quickly|immediately|straight ?away|at once|for me|right away|perfectly|last)|this time (?:we|i|around)|"
    r"no longer a problem|all is well|happy now|in the past|behind (?:me|us)|water under|long ago|used to be|"
    r"now (?:it|everything|all) (?:works?|runs?|is (?:\w+ )?(?:fine|good|ok|okay|great|perfect|lovely|working|sorted|done|right|better|quiet))\b|(?:turned|worked) out (?:fine|well|great|ok\w*)|"
    r"but (?:it is|that is|that was|now it is|it) (?:all )?(?:sorted|fixed|solved|fine|over|done|resolved|works?|working))\b"
)
_NOT_SETTLED = re.compile(
    r"\b(?:not|never|if|still|until|unless|nobody|when will|isn't) (?:\w+ ){0,4}(?:sorted|fixed|solved|"
    r"resolved|fine|working|works?|settled|repaired)\b"
)
ELSEWHERE = re.compile(
    r"\b(?:(?:last|another|other|previous|old|former|different|competing|rival) (?:\w+ )?(?:company|shop|bank|"
    r"provider|dentist|hotel|airline|agency|supplier|firm|practice|insurer|landlord|school|garage)|"
    r"years ago|in my (?:old|last|previous) (?:job|flat|house|place)|when i was (?:a|young|little))\b"
    r"(?![^,;]*\byou(?:r)?\b)(?<!go to another company)"
)
"""Another house's doing."""
REPORTS = re.compile(
    r"\byou (?:\w+ )*?(?:sent|charged|billed|delivered|booked|gave|took|shipped|put|did|debited)\b"
    r"|\b(?:waiting|waited|been|took) [^.]{0,25}\b(?:days|weeks|months|a week|a month)\b"
)
"""What went wrong, told as the matter of the call: "you've charged me twice"."""
FAILED_BEFORE = re.compile(
    r"\bagain[.!]|\bstill (?:no|not|nothing|waiting|have|has)\b|\bnever (?:showed|came|arrived|turned|called|"
    r"rang|answered|replied|got)\b|\b(?:second|third|fourth|fifth|two|three|four|five|several) times?\b|\btwice\b"
    r"|\b(?:rang|called|phoned|wrote|written|emailed|complained|asked) [^.]*\b(?:again|twice|already|before|last|"
    r"yesterday|every|times|\w+day)\b|\bnobody \w+|\byou (?:said|promised|told) [^.]*\b(?:then|but|and now)\b"
)
"""A failure told of, that is not the first."""
LINE = re.compile(
    r"\b(?:noisy|loud|can(?: not)? (?:you |i |hardly )*hear (?:me|you)|speak up|louder|deaf|bad line|shout|traffic|"
    r"breaking up|reception|signal|cutting out|lorry|tannoy|siren|drill\w*|hoover|on (?:the|a) (?:train|platform|bus|motorway|site|roof|balcony))\b"
)
"""Why a caller may be loud, or say it again: the line, the place."""
MOOD_OF = re.compile(
    r"\b(?:fed up|sick(?: and tired| to death)?|tired|had (?:\w+ )*?enough|angry|furious|mad|upset|annoyed|bored|"
    r"disappointed|frustrated|stressed|worried|anxious|nervous|scared|desperate|exhausted|temper) (?:of|with|at|about|by) (?!(?:all )?(?:of )?(?:this|that|it|you|your|u|these|being|"
    r"having|the (?:same|service|way|whole|lot)|everything|how|customer|machines?|robots?|bots?|excuses|promises|"
    r"delays|calls|it all|\w+ing)\b)\w+"
)
"""A mood with an object that is not us."""
_THEIRS = re.compile(
    r"\b(?:my|our|his|her|their) (?!(?:money|order|parcel|account|card|bill|refund|call|time|patience|"
    r"name|number|question|line|phone|internet|booking|address)\b)(?:\w+ )?\w+[^.]*\b(?:he|she|they|who|it) "
    r"(?:is|was|has|had|never|always|just|does|did|keeps?|says|said|thinks|claims)\b"
)
_AND_HE = re.compile(r"^(?:and |but |so |well |honestly,? )*(?:he|she|his|her)\b")
OTHERS = re.compile(
    r"\b(?:another|other|previous|old|last|former|different) (?:\w+ )?(?:company|shop|bank|provider|"
    r"dentist|hotel|airline|agency|supplier|place|store|firm|practice|insurer|landlord|job|flat|house)\b|"
    r"\b(?:my|our|his|her|their) (?:\w+ )?(?:boss|neighbou?rs?|landlord|husband|wife|kids?|children|son|daughter|"
    r"dog|cat|ex|teenager|flatmate|colleagues?|mother|father|sister|brother|toddler|baby|puppy|"
    r"commute|car|sofa|backpack|shoes|old|knee|tooth|teeth|head|printer|kettle|oven|washing)\b|"
    r"\b(?:my|his|her) (?:bad |poor |lower |sore )?back\b|\b(?:weather|reception|storm|traffic|rain|government|politicians?|council|minister|wind|snow|cold|heat|winter|hurts?|pains?|toothache|ache|aching|cough\w*|fever|flu|headache|sick(?! (?:of|and tired|to death))|ill|illness|allerg\w*|rash|"
    r"(?:my|our) (?:customers?|clients?|guests?|tenants?)|film|movie|airport|station|queues?|road|motorway|airline|novel|game|news|politic\w*|neighbou?r\w*)\b"
)
"""Something or somebody else that is bad: no frustration with this call."""
THIRD_PARTY_SPEECH = re.compile(
    r"\byou (?:\w+ )?(?:laptop|phone|printer|tablet|cat|dog|car)\b|"
    r"\b(?:he|she|they|everyone|everybody|people|some people|husband|wife|mum|mom|dad|"
    r"(?:my|our|his|her|the|a) (?:(?!(?:i|you|we|it|not)\b)\w+ ){0,2}?(?!(?:i|you|we|it|not)\b)\w+)(?: (?:always|just|also|only|once|still|even|often|usually|was|were|is|are|has|have|had|been))*"
    r" (?:keeps? |kept |started )?(?:says?|said|saying|told me|told us|tells|telling|shout\w*|scream\w*|yell\w*|"
    r"complain\w*|thinks?|thought|goes|writes|wrote|jokes?|joked|joking|swears?|swore|hates?|texted|calls it|called it)\b"
    r"[^.!?;]*?(?=(?:,? (?:but|so|and (?:i|it|now|then|nobody|you))\b)|[.!?;]|$)"
)


NOT_TO_US = re.compile(
    r"(?<!\bare )(?<!\bhave )(?<!\bdo )(?<!\bdid )(?<!\bcan )(?<!\bwill )(?<!\bcould )(?<!\bwould )\bnot (?:to )?you\b(?=[,.!;]|$)|\b(?:was|am) not (?:talking|speaking|shouting) (?:to|at) you\b|\btalking to (?:my|the) (?:kids?|dog|cat|son|daughter|children|husband|wife)\b"
)
"""Somebody else in the room was meant."""
QUOTES_ANOTHER = re.compile(
    r"\b(?:read|saw|heard|found|watched|seen)\b (?:\w+ ){0,3}?(?:review|reviews|comment|post|article|story|stories|people|papers?|news|internet|forum|"
    r"rumou?rs?|song|film)\b[^.!?;]*?(?=(?:,? (?:but|so|and) (?:i|we|it|now)\b)|[.!?;]|$)"
)


def settled(normalised: str) -> bool:
    """It was bad, and is over."""
    return bool(SETTLED.search(normalised)) and not _NOT_SETTLED.search(normalised)


def is_theirs(sentence: str, before: bool) -> bool:
    """Said of somebody of the caller's own; ``before``: the sentence before was."""
    if re.search(r"\b(?:you|your)\b", sentence):
        return False
    return _THEIRS.search(sentence) is not None or (before and _AND_HE.search(sentence) is not None)
