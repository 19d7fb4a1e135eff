"""The explicit wish for a person, however it is put, and the same words put to other use."""
# ruff: noqa: E501 -- a family of words reads better as one line than as six

from __future__ import annotations

import re

from agents.frustration.words import sentences, words

# A person who works there; "agent" and "operator" too, as callers call them.
_WHO = (
    r"(?:(?:customer |live |real |actual |human |call |phone |senior |duty |shop |store |branch )*"
    r"(?:person|human|human being|operator|representative|rep|agent|advisor|adviser|assistant|"
    r"colleagues?|supervisor|manager|boss|receptionist|clerk|employee|staff|team ?member|"
    r"customer service|support|people|humans|man|woman|lady|guy|workers?|clerks|specialist|expert|consultant|adult|grown-?up|living soul|soul|"
    r"team leader|member of (?:your )?(?:staff|the team)|higher-up|superior))"
)
_SOMEONE = r"(?:someone|anyone|one of (?:your|the|you) ?\w*)"
_REAL = r"(?:real|human|actual|flesh|else|proper|competent|with a (?:brain|pulse))"
_MACHINE = r"(?:machines?|robots?|computers?|bots?|recordings?|ai|automat\w+|tape|voicemail)"
_MODIFIERS = (
    r"(?:(?:a|an|the|your|some|any|other|another|one of|one|of|with|to|to a|proper|speak|talk) )*"
)
# Not our person: the caller's own, or the first half of another word.
_COMPOUND = (
    r"(?! (?:resources?|licen[cs]e|tent|room|ticket|manual|training|job|position|course|badge|sample|survey|group|"
    r"rights|fee|login|account|code|id\b|sized?|bed|error|name|status|number|desk hours|hair|"
    r"charger|contract|pack|hours|app|card|discount|email|fees|was|said|told|is here|yesterday))"
)
_ASK = (
    r"(?:want\w*|would like|would love|like|wish|prefer|rather|demand|insist|must|need|have|got|can|could|"
    r"may|might|let|let me|please|try\w*|am asking|looking|hop(?:e|ing)|require|request|possible|able|"
    r"how do i|who do i|who can i|who should i|allow|mind if i|better if i|better|happier|easier|comfortable|get)"
)
_TALK = r"(?:speak|talk|chat|converse|communicate|deal|discuss \w+|discuss|have a word|a word|go over \w+)"
# Whom they may talk to without meaning anybody here: the agent itself, their own people, things.
_NOT_HERE = (
    r"(?!you\b|yourself|this\b|that\b|it\b|(?:the |your )?(?:\w+ )?(?:network|internet|wifi|grid|mains)\b|him\b|her\b|them\b|my |his |their |our |customers|each other|me\b|us\b|"
    rf"(?:a |an |the |this |another |your )*{_MACHINE}\b|(?:a |the )?(?:brick )?wall|the (?:hotel|airline|"
    r"police|insurance|landlord|carrier|seller|shop|bank|school|embassy)\b|german|english|french|spanish)"
)
_HELPS = (
    r"(?:,? (?:who|that|to (?:help|talk|speak|explain|look|sort|deal|take|assist|discuss|contact)|with (?:experience|authority|knowledge|more)|on the|for (?:it|this|that)|"
    r"on this|in the|here|now|please|instead|for this|from|not|right|at|about|available|immediately|again)\b|[.,!?;]*$)"
)

_PATTERNS = [
    re.compile(pattern)
    for pattern in (
        # "I would like to speak to one of your colleagues", "could I talk to Sarah"
        rf"\b{_ASK}\b[^.]{{0,45}}?\b{_TALK} (?:\w+ ){{0,3}}?(?:to|with) {_NOT_HERE}(?:\w+)",
        rf"\b(?:if|whether) i (?:spoke|talked|could speak|could talk) (?:to|with) {_NOT_HERE}\w+",
        rf"^(?:please |just |now )*(?:speak|talk) (?:to|with) {_NOT_HERE}\w+",
        rf"\b{_ASK}\b[^,]{{0,30}}\b{_TALK} {_MODIFIERS}{_WHO}\b{_COMPOUND}",
        rf"\b(?:{_SOMEONE}|{_WHO}|lady|man|woman|anyone)\b[^.,]{{0,25}}?\b(?:i|we) (?:can|could|may|might|am able to) (?:\w+ )?(?:speak|talk|discuss|turn|chat)\b",
        r"\bwho (?:do|can|could|should|must|may) (?:i|we) (?:speak|talk|complain|escalate|turn) ?(?:to|with)?\b",
        rf"\b{_ASK}\b[^.]{{0,30}}?\b(?:reach|hold of|through to|connected (?:to|with)|transferred to|passed (?:on |over )?to|speaking (?:to|with)|talking (?:to|with)|dealing with) {_NOT_HERE}(?:{_MODIFIERS}(?:{_WHO}|{_SOMEONE})|\w+ department|\w+ service)\b",
        rf"\b{_ASK}\b[^.]{{0,30}}?\b(?:connected|put through|speak|talk|reach|deal)\b (?!(?:to|with) you\b)[^.]{{0,40}}?\b(?:person|human|operator|representative|supervisor|manager|adviser|advisor|someone|employee|colleague|human being|member of staff)\b{_COMPOUND}",
        rf"\b(?:can|could|may|might) (?:i|we) (?:please |just )*(?:have|get) {_MODIFIERS}(?:{_WHO}|{_SOMEONE})\b{_COMPOUND}{_HELPS}",
        r"\b(?:real|actual|live|living) (?:people|person|human|humans),? please\b",
        rf"\b{_ASK}\b[^.]{{0,30}}?\b(?:transferred|connected|put through|passed on|passed over|handed over) (?:over |on )?(?:to|with) {_NOT_HERE}\w+",
        r"\b(?:transferring|connecting|putting|passing|handing|switching|forwarding) (?:me|us)\b",
        rf"\b(?:is|are) there (?:a|an|any|some) (?:{_WHO})\b[?.!]*$",
        r"\b(?:rather|prefer|comfortable|better|happier|easier|instead|wait)\b[^.]{0,20}?\b(?:with|for|to|by) (?:a|an|another|some) (?:real |live |actual |human )?(?:person|human(?: being)?|operator|colleague|representative)\b",
        rf"\b(?:skip|bypass|get past|get around|get rid of|avoid|turn off) (?:the |this |your )?{_MACHINE}\b",
        rf"\b(?:fetch|get|find|call|bring) {_MODIFIERS}(?:{_WHO}|{_SOMEONE}) (?:for me|please|here|now|over)\b",
        rf"^(?:please |just |only |simply )*(?:a|any|some) (?:real|live|actual|human|living) {_WHO}\b{_COMPOUND}",
        # "Transfer me", "pass me on to one of the team"
        r"\b(?:transfer|connect|put|pass|hand|switch|forward|redirect|escalate|route) (?:me|us|this|the call|my call)\b(?! (?:money|funds|down for|in for|the|a|an|some|message|into|on (?:the|a|your) (?:list|plan|next|first|earlier|later|waiting))\b)",
        rf"\bput {_MODIFIERS}(?:{_WHO}|{_SOMEONE}) on\b",
        r"\bput (?:\w+ ){1,4}on the (?:phone|line)\b|\bescalat(?:e|ed|ing|ion)\b|\bcall(?: me)? (?:your|the) (?:manager|boss|supervisor)\b",
        rf"\b(?:a|an|one of your|your|some|another|perhaps a) {_WHO} (?:here |there )?(?:can|could|might|should|would|will|may) (?:\w+ )?(?:take|help|have a look|do|sort|look|deal|handle|assist|explain|answer|fix|step in|join)\b",
        rf"\b(?:{_SOMEONE}|vet|doctor|nurse|pharmacist|dentist|{_WHO})\b[^.,]{{0,30}}?\b(?:for |to )+(?:me to )?(?:speak|talk)\b",
        rf"(?:\bplease,? |^|\bjust ){_SOMEONE} (?:who|that|with)\b",
        r"\b(?:vet|doctor|nurse|pharmacist|dentist|technician|engineer|clerk|lady|man|woman|people|colleague)\b (?:that |who )?(?:i|we) (?:can|could|may) (?:speak|talk)",
        # "Get me your manager", "I need a person who can help", "a human being on the line"
        rf"\b(?:get|give|find|bring|fetch|send|grab|show) (?:me|us) {_MODIFIERS}(?:{_WHO}|{_SOMEONE}|whoever)\b{_COMPOUND}",
        rf"\b(?:want\w*|need|prefer|would like|get|demand|require|find|expect|ask for|asking for|asked for) (?:me |us )?{_MODIFIERS}(?:\w+ )?(?:{_WHO}|{_SOMEONE})\b{_COMPOUND}{_HELPS}",
        rf"\b(?:want|need|prefer|would like|rather have|demand|require|give me|get me) {_MODIFIERS}{_REAL} ?{_WHO}\b{_COMPOUND}",
        # "Is there somebody real?", "anyone there who can help"
        rf"\b(?:is|are) there (?:not )?(?:\w+ )?(?:{_SOMEONE}|{_MODIFIERS}(?:\w+ )?{_WHO})\b[^.]{{0,30}}\b(?:{_REAL}|speak|talk|help|there|available|discuss|around)\b",
        rf"\b(?:is|are) (?:{_SOMEONE}|{_MODIFIERS}{_WHO}) (?:there|available|around|free)\b",
        rf"\b{_SOMEONE} (?!else|living){_REAL}\b(?! (?:has|have|had|took|paid|is|was|lives?|opened|bought|ordered|used|asked|told|said|called))",
        rf"\b(?:can|could|may|is it possible)\b[^.]{{0,20}}\b(?:a|any|some|another|your|one of your) {_WHO} (?:please )?(?:help|assist|take over|look|deal|handle|speak|talk|explain)\b",
        rf"\b{_SOMEONE} (?:here |there |else )?(?:who|that) (?:(?:can|could|will|is able to|would|might) (?:actually |really |finally |please )?(?:help|assist|understand|explain|answer|solve|sort|fix|deal|decide|make|speak|talk|re\w+|read|do|look|take|listen|tell|give)|actually|really|knows?|understands?|speaks?|listens?|is listening|cares?)\b",
        rf"\b{_SOMEONE} with (?:half |some |any |a |an |more |the )*(?:brain|clue|idea|pulse|sense|authority|power|experience|knowledge)\b",
        rf"\b{_ASK}\b[^.]{{0,50}}?\b(?:a|an|some|any|the|from|by|with|to) (?:real|live|actual|human|living|proper) {_WHO}\b{_COMPOUND}",
        r"\b(?:whoever|someone|anyone) (?:is |are )?(?:in charge|responsible|higher up|senior|with authority|in authority)\b",
        rf"\b(?:in touch|in contact|in connection) with {_NOT_HERE}(?:{_MODIFIERS}(?:{_WHO}|{_SOMEONE}))\b",
        rf"\b{_ASK}\b[^.]{{0,60}}?\b(?:a|an|the|your|any|another|real|live|human|actual|with|to|some) (?:human being|operator|representative|supervisor|member of (?:your )?(?:staff|the team)|receptionist|(?:real|live|actual|human) (?:person|agent|being|human)|customer (?:service|care|support))\b{_COMPOUND}",
        rf"\b(?:not|never|refuse|hate|rather not|no way|no intention|will not|uncomfortable|nobody wants)\b[^.]{{0,60}}?\b(?:to|with|by) (?:a |an |this |the |some |your |talking )+{_MACHINE}\b",
        r"\bany (?:humans?|real people|people|person|staff) (?:\w+ )?(?:working|there|available|around|left|at all)\b",
        rf"\b(?:is|are) there [^.]{{0,30}}\b(?:real|actual|live|human|living) {_WHO}\b{_COMPOUND}",
        r"\bwho is (?:the )?(?:in charge|responsible|your (?:boss|manager|supervisor|superior))\b(?! (?:of|for)\b)",
        # "Somebody who isn't a computer", "with this robot I am not managing"
        rf"\b(?:{_SOMEONE}|person|thing|anything|one) (?:(?:there |here )?(?:who|that) )?(?:is|are) not (?:a |an )?(?:virtual|{_MACHINE})\b",
        rf"\bwith (?:this|a|the|your|these) {_MACHINE}\b[^.]{{0,12}}\b(?:not|never|no)\b",
        # "Somebody from the staff", "is a colleague of yours free", "have this conversation with"
        rf"\b(?:{_ASK}|please)\b[^.]{{0,30}}?\b{_SOMEONE} (?:from|in|on|at) (?:the |your )?(?:staff|team|office|desk|department|branch|company|claims|billing|accounts|reception|sales|support|complaints|customer)\b(?![^.]*\b(?:come|visit|look at|fix)\b)",
        rf"\b{_WHO} of yours\b",
        r"\bway (?:to get |of getting )?(?:round|around|past) (?:you|this (?:thing|machine|menu))\b|\b(?:get|fetch|give) me (?:mr|mrs|ms|miss|dr|doctor)\b|\b(?:transferred|put through|connected|put me through) to (?:her|his|their|the) (?:\w+ )?(?:extension|line|desk|office)\b",
        rf"\bi (?:need|want) {_SOMEONE} (?:in|from|at) (?:that|the|your) \w+",
        r"\bi (?:want|need|would like) (?:the |your )?(?:front desk|reception|switchboard)\b",
        rf"\bplease,? (?:one |a |the )?{_WHO}[.!,]*$|\bplease transfer\b",
        rf"^(?:maybe|perhaps) (?:a|an|one of your) {_WHO} (?:would|can|could|will|might)\b",
        rf"\b(?:explain|tell|say|describe|give) (?:it|this|that|everything) to (?:a|an) (?:real |live |actual |human )?{_WHO}\b",
        rf"\b(?:want|need|give me|get me|prefer) (?:a|an|the) (?:{_REAL}|live|living) one\b",
        rf"\b(?:prefer|like|rather|better|love|grateful|appreciate)\b[^.]{{0,20}}\b(?:a|an|some) (?:{_WHO}|{_SOMEONE}) (?:\w+ )?(?:dealt|deals?|did|handled?|looked|took|takes?|sorted|answered)\b",
        r"\b(?:sooner|rather|prefer|want|like|need)\b[^.]{0,30}\b(?:conversation|discussion|chat|word|call) with (?:a|an|one of|some)\b",
        r"\b(?:can|could|will|would) you (?:please )?put (?!(?:me|us|it|that|this|them|the|some|my)\b)\w+ on(?: the line| the phone)?[.!?]*$",
        # "Not a machine"
        rf"(?<!\bam )(?<!\bis )(?<!\bare )\b(?:not|rather than|instead of|without) (?:to |with |a |an |the |this |some |another |talking |speaking )*{_MACHINE}\b(?! (?:person|expert|freak|at|for|in|part))",
        r"\b(?:no|enough of|sick of|tired of|hate|stop) (?:more |the |this |these |your |talking |speaking |to |with )*(?:machine|robot|bot|automated \w+|recording)s?\b",
        rf"\b(?:do not|will not|not going to|can not|refuse to|never) (?:like to |like |want to |do |understand )?(?:talk|speak|get on|deal|do|work|discuss|like|understand|trust)?\w*[^.]{{0,18}}\b(?:talking |these |this |your )(?:\w+ )?{_MACHINE}\b",
        rf"\bdo not (?:do|like|talk to|speak to|trust|want|deal with) (?:a |an |the |any )?{_MACHINE}\b",
    )
]  # fmt: skip
_ALONE_WORDS = """
hooman worker reception person human operator representative rep agent advisor adviser supervisor manager receptionist
colleague someone somebody anyone being real live customer service services support care
representatives agents operators clerk living alive humans people staff team assistance helpdesk
"""
_ALONE = frozenset(_ALONE_WORDS.split())
_AROUND_WORDS = """
a an the please uh um er just now get me give i want need to speak talk with can could you hello
hi no yes would like any some your or and right okay oh one another here there human real live
actual only today again excuse sorry good morning afternoon zero press pound hash star
department main desk front home free live man woman guys
"""
_AROUND = frozenset(_AROUND_WORDS.split())
_NOUN_WORDS = """
worker reception desk advisor adviser receptionist hooman person human operator representative
rep agent supervisor manager humans clerk colleague representatives operators people service
services support staff care
"""
_NOUN = frozenset(_NOUN_WORDS.split())
_NOT_MEANT = re.compile(
    r"\b(?:do not|did not|does not|no) (?:need|want|have) (?:you )?(?:to )?(?:speak|talk|be|put|a|an|any|"
    r"transfer|connect)\w*\b(?![^.]{0,30}\b(?:machine|robot|computer|bot|recording|ai)\b)|"
    r"(?<!if i )\b(?:spoke|talked|was speaking|was talking|had|chatted|met|been speaking|been talking)\b"
    r"|\b(?:to|with|for|from|call|tell|ask) (?:my|his|her|their|our) (?:\w+ )?(?:boss|manager|"
    r"colleagues?|supervisor|agent|assistant|staff|people|boss|wife|husband|lady|team|operator)\b|"
    r"\bi am (?:a|an|the) (?:\w+ ){0,2}(?:operator|representative|rep|agent|manager|supervisor|"
    r"receptionist|assistant|adviser|advisor|specialist|consultant|clerk|employee)\b|"
    r"\b(?:estate|travel|letting|insurance|cleaning|ticket|forwarding) agents?\b|"
    r"\b(?:contact|delivery|third|second|first|extra|each|per|one more|another adult) person\b|"
    r"\b(?:transfer|put|pass|connect) (?:me )?(?:the |my |some |this )?(?:money|funds|amount)\b|"
    r"\b(?:(?<!it )(?<!better )if|unless|whether|until|when|in case) (?:a|an|any|the|some|you need a|i need a|there is a)? ?(?:human|person|real|live|agent|operator|representative|supervisor|manager|colleague)\b[^.,]*|"
    r"\b(?:speak|talk) to [^.]{0,40}?\b(?:and|to) (?:say )?(?:thank|compliment|congratulat|praise)\w*|"
    r"\b(?:sound|seem|look|talk)\w* (?:\w+ )?like (?:a|an) (?:\w+ )?\w+|"
    r"\b(?:speak|talk) (?:to|with) [^.,]{0,30}\bon the day\b|\bcan not get (?:a|any) ?\w* on the phone there\b|\bcan not get a soul\b|"
    r"\bno need (?:for|to)\b|\bnot necessary\b"
)
_CALLBACK = re.compile(
    rf"\b(?:can|could|have|please|want|would|may|need|arrange|kindly|let|get|ask|tell|make)\b[^.]{{0,30}}\b(?:{_SOMEONE}|{_MODIFIERS}{_WHO})\b"
    r"[^.]{0,15}\b(?:call|ring|phone|contact|get back|come back|reach|write)\b|"
    rf"\b(?:call|callback|call-back|ring) (?:back )?from {_MODIFIERS}(?:{_WHO}|{_SOMEONE})\b"
)
_OFFERED = re.compile(
    r"\b(?:(?:transfer|connect) (?:you|the call|your call|this call)|you (?:\w+ ){0,3}(?:transferred|connected|passed (?:on|over))|"
    r"put (?:you|the call)? ?through|pass you|hand you|colleague|human|"
    r"someone|person|operator|representative|supervisor|manager)\b[^.]*\?|"
    r"\b(?:i|we) (?:can|could|may|might) (?:(?!not\b|never\b|only\b)\w+ )?"
    r"(?:(?:transfer|connect|pass|hand) (?:you|the call)|put (?:you|the call) through)\b"
)
_OFFER_VERB = re.compile(
    r"\b(?:transfer(?:red)?|connect(?:ed)?|through|pass(?:ed)?|hand you|handed over|(?:to|rather) (?:speak|talk)|fetch|get you)\b"
)
_YES = re.compile(
    r"^(?:oh |well |um |uh |i think |i suppose |and |then )*(?:yes|yeah|yep|yup|sure|please|ok|okay|alright|all right|fine|go ahead|"
    r"go on|do (?:that|it|so)|why not|absolutely|definitely|of course|by all means|i would (?:like|love|prefer|appreciate) that|good idea|"
    r"if you (?:could|would|can|do not mind)(?= ?(?:please)?[ ,.!]*$)|that (?:would|might|may be|sounds good|will do))\b(?! (?:not|no)\b)|\byes,? please\b"
)


def asks_for_person(normalised: str) -> bool:
    """The caller wants a person on this line. Third parties' speech must be gone already."""
    return any(_asks(sentence) for sentence in sentences(normalised))


def _asks(sentence: str) -> bool:
    said = words(sentence)
    if set(said) & _NOUN and set(said) <= (_ALONE | _AROUND) and len(said) <= 10:
        # Only such words at all: "operator, please", "human. human please"
        return not {"i", "am"} <= set(said) and not ({"no", "need"} <= set(said))
    bare = _NOT_MEANT.sub(" ", sentence)
    return any(pattern.search(bare) for pattern in _PATTERNS)


def asks_for_callback(normalised: str) -> bool:
    return _CALLBACK.search(_NOT_MEANT.sub(" ", normalised)) is not None


def offers_person(agent_normalised: str) -> bool:
    """The agent's question whether to hand the caller on."""
    return any(
        _OFFERED.search(sentence) and _OFFER_VERB.search(sentence)
        for sentence in re.findall(r"[^.?!]*[.?!]?", agent_normalised)
    )


def says_yes(normalised: str) -> bool:
    return _YES.search(normalised) is not None
