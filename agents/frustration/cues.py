"""Words of frustration, as families of patterns; each names its reason and how much of it it is.

They read normalised text (words.py) a sentence at a time. A cue that is ``weak`` means little by
itself and counts once something has gone wrong in this call; one that is not ``sure`` is passed
over in a sentence that is glad.
"""
# ruff: noqa: E501 -- a family of words reads better as one line than as six

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.frustration.reasons import Reason

_US = (
    r"(?:this|that|it|you|this is|your (?:\w+ )?(?:service|system|company|app|line|bot|machine|staff|"
    r"support|people|colleagues?|agents?|website|site|menu|hotline|shop|bank|call cent(?:re|er))|"
    r"(?:the|this) (?:service|system|call|conversation|situation|whole thing|thing|hotline|menu|line|bot|"
    r"machine|support|experience)|customer (?:service|support|care))"
)
_VERY = (
    r"(?:(?:so|really|just|simply|absolutely|completely|totally|utterly|quite|beyond|frankly|truly|such|"
    r"a|an|the|being|getting|becoming|all|very|pretty|bit|little|fucking|bloody|plain|honestly|now|"
    r"most|more|of|complete|total|absolute|utter|real|bunch|load) )*"
)
_BAD = (
    r"(?:ridiculous|unacceptable|useless|hopeless|pathetic|jokes?|disgrac\w+|disgust\w+|outrage\w*|"
    r"absurd|rubbish|terrible|awful|horrible|stupid|silly|incompeten\w+|nonsense|waste|"
    r"appalling|shambles|shameful|dreadful|atrocious|abysmal|farce|clowns?|idiots?|morons?|dumb|"
    r"worthless|unprofessional|"
    r"tiresome|tedious|nightmare|crap|garbage|scam|mess|shocking|worst|inexcusable|"
    r"bad service|poor|terribly slow|impossible|broken system|a lie|lies|liars?|thieves|"
    r"too much|beyond a joke|no good|no use|not on|useless)"
)
_SAID = (
    r"(?:say|said|saying|tell|told|telling|explain\w*|ask|asked|asking|answer\w*|repeat\w*|give|gave|"
    r"given|spell\w*|mention\w*|call|called|calling|phone\w*|ring|rang|rung|contact\w*|wr[io]t\w+|"
    r"email\w*|complain\w*|request\w*|report\w*|describ\w*|went through|going through|"
    r"been through|confirm\w*|provid\w*|speak\w*|spoke\w*|wait\w*)"
)
_TIMES = (
    r"(?:twice|thrice|(?:two|three|four|five|six|seven|eight|nine|ten|many|several|hundred|thousand|"
    r"million|so many|too many|umpteen|a hundred|a few|a couple of|couple of|few|\d+)(?: or \w+)?(?: \w+)? times?)"
)
_NTH = r"(?:third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|umpteenth|nth|hundredth|millionth|\d+(?:rd|th))"


@dataclass(frozen=True, slots=True)
class Cue:
    """``share`` of the reason's weight; see the module for ``weak`` and ``sure``."""

    reason: Reason
    pattern: re.Pattern[str]
    share: float = 1.0
    weak: bool = False
    sure: bool = False


def _cue(
    reason: Reason, pattern: str, share: float = 1.0, *, weak: bool = False, sure: bool = False
) -> Cue:
    return Cue(reason, re.compile(pattern), share, weak, sure)


CUES: tuple[Cue, ...] = (
    # Of the service, this call, or whoever they talk to
    _cue(Reason.COMPLAINT, rf"\b{_US} (?:is|are|was|has been|is being|sounds|seems|feels|gets) (?:not )?{_VERY}{_BAD}\b"),
    _cue(Reason.COMPLAINT, rf"^(?:oh |well |but |this |how |what |absolutely |completely |totally |just |so |really |utterly |what a |such a |a |an )*{_BAD}[.!]*$", 0.9),
    _cue(Reason.COMPLAINT, r"\b(?:bad|poor|terrible|worst|awful|horrible|shocking|lousy|appalling|pathetic|disgusting|crap|shit|useless|no|such) (?:customer |kind of |sort of )?(?:service|support|company|treatment|customer care|system)\b"),
    _cue(Reason.COMPLAINT, r"\b(?:you|they|nobody|you people|you lot|you guys) (?:\w+ ){0,2}(?:never|nothing|do not|does not|did not|can not|will not|not|cares?|ever) (?:\w+ ){0,2}(?:listen\w*|help\w*|care\w*|work\w*|do anything|answer\w*|fix\w*|know\w* anything|bother\w*)\b"),
    _cue(Reason.COMPLAINT, r"\bnobody (?:here |ever |there |has |is |even |at all |seems to |wants to |bother(?:s|ed)? to |can |could |would |will )*(?:help\w*|listen\w*|answer\w*|car(?:es|ed)|reply|repli\w+|respond\w*|call\w* (?:me |us )?back|call\w*|turn\w* up|show\w* up|came|comes|come|know\w*|told|tells?|says?|did anything|does anything|does)\b", 0.8),
    _cue(Reason.COMPLAINT, r"\b(?:still|yet again) (?:no|nothing|not|waiting|have not|has not|do not|is not)\b.{0,40}\b(?:reply|answer|refund|response|call|technician|money|parcel|order|fixed|working|arrived|here|solution)?", 0.5, weak=True),
    _cue(Reason.COMPLAINT, r"\b(?:what is wrong with (?:you|this)|what kind of (?:service|company|place|business)|do your jobs?|you had one job|you should be ashamed|shame on you|you people|you lot|who (?:trained|programmed|designed) (?:you|this))\b", sure=True),
    _cue(Reason.COMPLAINT, r"\b(?:on hold|in (?:a|the|your) queue|holding|waiting|waited|wait|passed|sent|bounced|shoved|pushed|transferred|kicked|handed)\b.{0,25}\b(?:for (?:over |more than |nearly |almost |about |the last )?(?:an|half|[\w-]+)(?: [\w-]+)? (?:hours?|minutes?|mins)|ages|forever|eternity|around|round|back and forth|between departments|from (?:one|pillar|person|department|place))\b", 0.8),
    _cue(Reason.COMPLAINT, r"\b(?:waiting|waited|wait|took|taking|been)\b.{0,20}\b(?:weeks?|months?|days|hours?|fifty minutes|forty minutes|an hour|half an hour)\b", 0.4),
    _cue(Reason.COMPLAINT, r"\bnot (?:\w+ ){0,2}(?:acceptable|good enough|helpful|helping|professional|satisf\w+|what i pay for|fair|right that)\b", 0.9, sure=True),
    _cue(Reason.COMPLAINT, r"\b(?:ignor(?:ed?|es|ing) (?:me|us|my|every)|you ignored|lied to|ripp?ed off|ripping|cheat\w* me|messing me|wasted (?:my|half|the|two|a)|fob\w* (?:me )?off|brush\w* (?:me )?off|messed (?:it |this |me )?up|screw\w* (?:it |this |me )?(?:up|over)|let (?:me|us) down|you lost (?:my|me|our)|no excuse)\b", 0.8, sure=True),
    _cue(Reason.COMPLAINT, r"\b(?:why is (?:this|it|everything|nothing) (?:so|always|never|taking|still|not)|why (?:do|does|did|can|will|are|is) (?:you|your|nobody|no|it|the) (?:\w+ )?(?:always|never|keep|not|again|still)|why you (?:again|always|not|ask|no|say)|how hard (?:is|can|could)|is (?:it|that) (?:really )?(?:so|that|too) (?:hard|difficult|much)|is that too much|why must i|why do i have to|why should i have to)\b", 0.8),
    _cue(Reason.COMPLAINT, r"\b(?:same (?:problem|issue|thing|mistake|story|answer|question|error|rubbish|nonsense)) (?:again|every|all|over|as|for|still|and)|\balways (?:the )?same (?:problem|issue|thing|story|answer)\b", 0.7),
    _cue(Reason.COMPLAINT, r"\b(?:i (?:would have |had )?expect(?:ed)? (?:better|more)|for the (?:money|price) i pay|i pay (?:good money|you|enough|every month))\b", 0.7),
    _cue(Reason.COMPLAINT, r"\bwhat am i (?:meant|supposed|expected) to\b|\bso what now\b|\bwhat do you (?:want|expect) (?:from )?me\b|\bsays who\b", 0.8),
    _cue(Reason.COMPLAINT, r"\b(?:is|are|was) (?:this|that|it|you|we) (?:\w+ )?(?:a joke|some kind of|a prank|a test|really doing|really going|having a)\b|\b(?:makes?|making|made) (?:no|zero|any) sense\b|\bdoes not make (?:any |much )?sense\b|\bwhat are you (?:on about|talking about|saying|doing|even)\b|\bwhat (?:on earth|are you)\b.{0,20}\?|\bthat can not be (?:so|that|this|too)?|\bthis can not be\b", 0.9),
    _cue(Reason.COMPLAINT, r"\b(?:broken record|parrot|brainless|clueless|brain[- ]?dead|dim-?witted|thick as|dense|moronic|idiotic|laughable|laughing stock|amateurs?|cowboys?|circus|kafka\w*|nightmare|catch.?22|runaround|run around)\b", 0.9),
    _cue(Reason.COMPLAINT, r"\byou (?:\w+ )?(?:sent|did|gave|charged|billed|delivered|booked|lost|forgot|cancelled|messed|put|took|shipped|broke|closed|overcharged|double.?charged|missed|failed|deleted)\b.{0,25}\b(?:wrong|again|twice|without)\b|\b(?:wrong|broken|late|damaged|missing) \w+ again\b|\b(?:down|out|off|broken|failed|failing|crashed|late|gone|missing|cut off|wrong|vanished|disappeared) (?:yet )?again\b", 0.7),
    _cue(Reason.COMPLAINT, r"\b(?:can not|do not|will not|not|never|unable to|did not|does not|no)\b (?:\w+ ){0,2}(?:help(?:ing|ed|ful)?|solve|answer) ?(?:me|us|with|my|that|this|at all|to me|anything|anyone|the question|$|[.,!?])", 0.8, sure=True),
    _cue(Reason.COMPLAINT, r"\b(?:not|no|do not have|have no|got no) (?:the )?(?:time|patience|energy|nerves?) (?:for|to|left)\b|\bbetter things to do\b|\b(?:need|want|expect|demand) (?:this|it|that|an answer|my money|a refund|an explanation) (?:\w+ )?(?:sorted|fixed|done|resolved|today|now|right now|immediately|back)\b|\bdo (?:something|anything)\b|\bwhat are you (?:going to do|doing) about\b|\bmakes? no difference\b|\bhow (?:can|could|dare|is it possible|come you)\b", 0.6, sure=True),
    _cue(Reason.COMPLAINT, r"\b(?:get|do|make|read|write|put) (?:it|this|that|things?|something) (?:\w+ )?(?:right|correctly|properly|done)\b.{0,12}(?:for once|this time|please|$|[.!])", 0.4),
    _cue(Reason.COMPLAINT, r"\b(?:typical|figures|as usual|as always|of course (?:you|it|not|there)|naturally|surprise,? surprise|go figure|why am i not surprised|not surprised)\b", 0.7, weak=True),
    _cue(Reason.COMPLAINT, r"\b(?:nine|ten|two|three|four|five|six|several|so many|how many) (?:weeks?|days|months|hours)\?", 0.5, weak=True),
    _cue(Reason.COMPLAINT, r"\b(?:have )?got to be (?:having|pulling|messing|winding)\b|\byou (?:must|can not) be (?:having|pulling|messing|winding)\b|\b(?:out of|lost) your (?:mind|head|senses|marbles)\b|\b(?:talk\w*|speak\w*|spout\w*|say\w*) (?:\w+ )?(?:rubbish|nonsense|crap|garbage|drivel|gibberish)\b|\b(?:this|it) is (?:pure |absolute |like )?(?:hell|torture|madness|lunacy|theft|robbery|fraud|criminal|extortion|a con|a rip.?off|daylight robbery|bonkers|ludicrous|preposterous|insulting|an insult|a scandal|scandalous|beyond me|a shambles|barmy|nuts|bananas|hopeless)\b", 0.95),
    _cue(Reason.COMPLAINT, r"\b(?:tell|told|telling|tells|get|got|hear|heard|given|gives?) (?:me )?(?:\w+ )?(?:something|a|totally|completely)? ?(?:else|different|another) ?(?:story|thing|answer|every time|each time)?\b.{0,15}(?:every|each|time|person|$|[.!])|\b(?:truth|lying|honest answer|straight answer|sensible answer|proper answer|simple question|simple answer|straightforward)\b", 0.8, sure=True),
    _cue(Reason.COMPLAINT, r"\byou (?:are |have )?(?:still|just|also|even|already) (?:\w+ )?(?:taking|charging|billing|sending|calling|refusing|keeping|holding|taken|charged|billed)\b|\bcosting me\b|\bmy money\b.{0,20}\bnow\b|\bwithout (?:my|any|asking) (?:permission|consent|warning|notice|asking|me|telling)\b|\b(?:was|were|been) (?:promised|assured|guaranteed|told)\b.{0,60}\b(?:but|yet|and|still|nothing|not)\b", 0.55, sure=True),
    _cue(Reason.COMPLAINT, r"\byou (?:are|were|guys are|people are|really are) (?:\w+ ){0,2}?(?:hopeless|useless|incompetent|terrible|impossible|rude|stupid|the worst|awful|annoying|pathetic|clueless|unhelpful|no help|no use|ridiculous|not helping|not listening|wrong|deaf|thick|dumb|liars?|thieves|crooks|a joke|broken|slow)\b", 1),
    _cue(Reason.COMPLAINT, r"\b(?:unhelpful|unprofessional|incompetence|disrespectful|rude|careless|negligent|negligence|mistreated|disregarded|humiliat\w+|discourag\w+|hopelessly)\b", 0.6),
    _cue(Reason.COMPLAINT, r"\bnobody (?:there |here |else )?(?:can|could|is able|wants)\b|\bspent (?:\w+ ){1,5}(?:on|with|trying|waiting|listening|talking|calling)\b|\b(?:all (?:day|morning|afternoon|week)|for (?:over |almost |nearly |more than )?(?:an|two|three|four|half an|\w+) (?:hours?|weeks|months)(?: now)?)\b", 0.7),
    _cue(Reason.COMPLAINT, r"\band (?:all )?you (?:are |can |do |want to |keep |just |only )*(?:sell\w*|offer\w*|ask\w*|tell\w*|talk\w*|send\w*|giv\w*|read\w*|say\w*)\b|\bstop (?:\w+ )?(?:selling|reading|sending|giving|offering|repeating|asking|pushing|reciting)\b|\bnothing (?:is|has been|has|was|gets|got|ever) (?:\w+ )?(?:repaired|done|fixed|changed|happen\w*|solved|sent|resolved|works?|arriv\w*)\b|\b(?:is|was|has) (?:still )?not (?:been )?(?:solved?|fixed|resolved|done|repaired)\b|\b(?:have|has) not (?:helped|done|fixed|solved|answered|sent)\b", 0.75, sure=True),
    _cue(Reason.COMPLAINT, r"\bwhat (?:is|kind) (?:this|of) (?:service|company|place|support)\b|\b(?:not good|bad|so bad|very bad|no good) (?:service|company|system|support|people)\b|\bjust a (?:machine|bot|robot|computer)\b|\bstupid (?:\w+ )?(?:machine|bot|robot|computer|system|menu|thing|app)\b|\bnobody (?:is )?(?:solv\w*|fix\w*|do(?:es)?|want\w*|tak\w*)\b|\bno(?:body| one) (?:at|in) your\b", 0.9),
    _cue(Reason.COMPLAINT, r"\bhung up on me\b|\bnothing (?:ever )?(?:happens|changes|works|helps|gets)\b|\byou are not (?:sorry|helping|listening|even|able|hearing|reading)\b|\bdo not trust (?:this|you|it)\b|\bwhat (?:exactly )?(?:do|would|should) you (?:suggest|propose|want me|need|expect|recommend i)\b|\bthe first thing first\b|\b(?:another|next|yet another) (?:report|form|ticket|code|email|number)\b", 0.75, sure=True),
    _cue(Reason.COMPLAINT, r"\bnot even close\b|\bbecause of you\b|\bthanks to you\b|\balways (?:lie\w*|lying|wrong|late|problem\w*|excuses?|broken|busy|the same)\b|\b(?:not|no|never|can not|do not) (?:\w+ )?(?:believe|trust) (?:you|this|a word|anything)\b|\bagain you (?:say|ask|tell|want|give)\b|\blost (?:all )?(?:faith|trust|confidence|hope)\b|\bdo(?:ing)? your work\b|\bsome(?:body|one) to explain\b|\bfull price\b|\bempty promises\b", 0.9, sure=True),
    _cue(Reason.COMPLAINT, r"\b(?:do you|have you) (?:have )?(?:any|the (?:slightest|faintest)|got any) (?:idea|clue)\b|\bon what grounds\b|\bi(?: have)? never (?:\w+ )?(?:seen|had|experienced|been treated|known) (?:such|anything|so|like)\b|\bhalf a brain\b", 0.8, sure=True),
    _cue(Reason.COMPLAINT, r"\byou(?: people| guys| lot)? (?:\w+ )?(?<!can you )(?<!could you )(?:froze|frozen|(?:block|cancell?|charg|clos|ignor|delet|reject|refus|declin|overcharg|disconnect|mess|damag|ruin|wast|dump|strand)ed|lost|left|cut|broke|forgot|kept|sold|stole) (?:me|my|us|our|the|two|all)\b", 0.7),
    _cue(Reason.COMPLAINT, r"\bhow (?:am|are|do|should|would) (?:i|we) (?:\w+ )?(?:meant|supposed|going|expected|to)\b|\bi do not care\b|\bbeyond (?:belief|words|me)\b|\bevery single (?:time|day|call|word|month|week)\b|\bmid.?sentence\b|\b(?:so|very|really|just|plain) (?:rude|disrespectful|insulting|condescending|patronising|patronizing)\b|\bsend(?:s|ing)? me (?:to|back|from|round|around)\b|\bwhere (?:the|is) (?:\w+ )?(?:is it|my money|my refund|my parcel)\b.{0,4}!", 0.7),
    _cue(Reason.COMPLAINT, r"\b(?:waiting|waited|on hold|holding|ringing|calling|phoning|trying|queuing)\b.{0,40}\bsince\b|\bhang(?:ing)? up on me\b|\bthe (?:whole |very )?point of (?:my|this)\b|\bwhat do you mean\b|\bwhat (?:are|is) (?:you|it|this) (?:even )?(?:there |good )?for\b|\bonly thing you\b|\bno (?:answer|reply|response|reaction|explanation|apology)\b|\bnot (?:a )?serious (?:company|service|business)\b", 0.7),
    _cue(Reason.SARCASM, r"\b(?:robot|bot|machine|computer|recording|voice) again\b", 0.9, sure=True),
    _cue(Reason.COMPLAINT, r"\byou (?:guys |people |lot |all )?never (?!disappoint|fail|let|miss|forget)\w+|\byou (?:\w+ )?(?:have|got) (?:absolutely |really )?no (?:idea|clue)\b", 0.85),
    _cue(Reason.COMPLAINT, r"\bnothing you (?:say|do|tell)\b|\b(?:sucks?|stinks)\b|\b(?:it|this|that|nothing) never (?:\w+ )?works?\b|\b(?:ruined|spoil\w*|wreck\w*) (?:my|our)\b|\ball day\b[.!]*$|\blast straw\b", 0.85),
    _cue(Reason.SARCASM, r"\bthanks a bunch\b|\bthanks a million for nothing\b", 0.9, sure=True),
    _cue(Reason.NOT_UNDERSTOOD, r"\blisten (?:to what|carefully|to me|for once|up)\b|\byou (?:\w+ )?(?:asked|said|told|offered) (?:me )?(?:that|this)\b", 0.9),
    _cue(Reason.COMPLAINT, rf"\b(?:transferred|passed|bounced|disconnected|cut off|redirected|sent|put on hold|hung up on)\b.{{0,25}}\b{_TIMES}\b|\bi feel (?:\w+ )?(?:ignored|unheard|cheated|disrespected|fobbed|abandoned|let down|stuck)\b|\bstill nothing\b", 0.9),
    # The caller names the feeling
    _cue(Reason.SAYS_FRUSTRATED, r"\b(?:i am|i was|i feel|i get|i am getting|i have been|making me|makes me|made me|we are|getting|starting to get|become) (?:(?!not )\w+ ){0,3}?(?:frustrat\w+|annoyed|angry|furious|livid|upset|irritated|disappoint\w+|dissatisfied|displeased|unhappy|fuming|outraged|disgusted|infuriated|appalled|pissed(?: off)?|mad(?! about)|exasperated|impatient|not (?:happy|amused|impressed|satisfied|pleased))\b"),
    _cue(Reason.SAYS_FRUSTRATED, r"\b(?:fed up|sick (?:and tired )?of|tired of|had (?:just about |more than |quite )?enough|enough is enough|enough of (?:this|you|that)|that is enough|end of my (?:tether|rope|patience)|wit'?s'? end|(?:losing|lost|out of|running out of|no more|no) (?:my |all )?patience|patience (?:is|has)|(?:driv\w+|drives) (?:me )?(?:mad|crazy|insane|nuts|bananas|up the wall)|had it with|can not (?:(?:take|stand|bear|deal with) (?:this|it|you|how|that|any)|believe (?:this|you|how))|beyond frustrat\w+|at (?:my|the) limit|getting on my nerves|doing my head in|my blood pressure is|tearing my hair|makes my blood|in tears|about to (?:cry|scream|lose it))\b"),
    _cue(Reason.SAYS_FRUSTRATED, r"\bthis (?:is|has been|was) (?:\w+ ){0,3}?(?:frustrating|annoying|infuriating|irritating|disappointing|exhausting|stressful|upsetting|maddening|a pain)\b", 0.9),
    _cue(Reason.SAYS_FRUSTRATED, r"\b(?:it|that) (?:is|has been|was) (?:\w+ ){0,3}?(?:frustrating|annoying|infuriating|irritating|disappointing|exhausting|stressful|upsetting|maddening|a pain)\b", 0.6),
    _cue(Reason.SAYS_FRUSTRATED, r"\bwith (?:all )?(?:due )?respect\b|\bi do not (?:mean|want) to be (?:rude|difficult|impolite|unkind)\b|\b(?:i do |i |really |do )?(?:appreciate|understand|realise|know) (?:\w+ ){0,6}?(?:try\w*|effort|help|your job|not your fault|patience)\b.{0,12}\bbut\b", 0.5),
    _cue(Reason.SAYS_FRUSTRATED, r"\b(?:pretty|very|quite|so|really|rather|getting|bit|extremely|deeply|increasingly) (?:\w+ )?(?:cross|angry|annoyed|frustrated|upset|irritated|mad(?! about)|disappointed|unhappy|furious|miffed|peeved|ticked off|stressed)\b", 0.9),
    _cue(Reason.SAYS_FRUSTRATED, r"\bi have been (?:\w+ ){0,3}patient\b|\b(?:reached|at|past|beyond) (?:my|the) (?:limit|breaking point)\b|\breached (?:my|the) end\b|\byou (?:are )?mak(?:e|ing) me (?:\w+ )?(?:angry|mad|crazy|cry|sick|upset)\b|\bi am (?:getting |so |very |really )*(?:tired|exhausted|desperate|stressed|worn out|at a loss|begging)\b(?! today)", 0.9),
    _cue(Reason.SAYS_FRUSTRATED, r"\bhad it up to\b|\b(?:lose|losing|lost) my (?:temper|cool|nerves?|mind|rag)\b|\bboiling (?:over|with)\b|\bseeing red\b|\bsteaming\b"),
    # Swearing, strong and mild
    _cue(Reason.SWEARING, r"\b(?:mother)?f(?:u|\*|@)(?:c|\*)?(?:k|\*)\w*|\bwtf\b|\bffs\b|\b(?:bull)?sh[i*!]t\w*|\basshole\w*|\barse(?:hole)?s?\b|\bbastards?\b|\bbitch\w*|\bpiss off\b|\bgo to hell\b|\bbollocks\b|\bwanker\w*|\bdickhead\w*|\bcunt\w*|\bscrew you\b|\bshut (?:your|the)\b"),
    _cue(Reason.SWEARING, r"\b(?:what|where|why|how|who|when) (?:the |in )?(?:\w+ )?(?:fuck\w*|f\*+\w*)|\byou (?:\w+ ){0,2}(?:fuck|shit|idiot|moron|bastard|stupid)\w*|\b(?:fuck|screw) (?:you|this|that|it|off)\b", 1.3),
    _cue(Reason.SWEARING, r"\b(?:what|where|why|how|who|when) (?:the|in) (?:\w+ )?(?:hell|heck|devil|blazes|bloody)\b|\b(?:god ?dam\w*|dammit|damn it|damn (?:thing|machine|you|this|bot|robot|phone|question|system|company)|bloody (?:hell|machine|thing|robot|bot|app|system|useless|ridiculous|joke|well|stupid|computer|question)|crap|oh hell)\b", 0.75),
    _cue(Reason.SWEARING, r"\bshut (?:up|it|your)\b", 1.2),
    # Praise that is none
    _cue(Reason.SARCASM, r"\bthanks? (?:you )?for (?:nothing|wasting|listening so|your (?:non)?help with nothing)|\bthanks for (?:absolutely )?nothing\b|\bhere we go again\b|\bslow clap\b|\b(?:wow,? )just wow\b|\bso much for\b|\bas if (?:you|that|i|anyone)\b|\bgood luck with that\b|\bbig help\b.{0,8}\b(?:you|that|this)\b|\bbig surprise\b|\bwhat a (?:surprise|shock|joke|treat|wonderful service|great service|fantastic service|brilliant service|lovely service)\b|\bpull the other\b|\bwhat (?:a )?(?:marvel\w*|miracle)\b", sure=True),
    _cue(Reason.SARCASM, r"\b(?:i|we) (?:just |really |absolutely |do )*(?:love|enjoy|adore) (?:how|it when|being|having to|waiting|repeating|talking to (?:a|the)|spending|listening to|paying)\b|\bnothing (?:i|we) (?:\w+ )?(?:love|like|enjoy) (?:more|better)|\bi have (?:got )?nothing better\b", 0.9, sure=True),
    _cue(Reason.SARCASM, r"\b(?:because|as|since) (?:what i|that is (?:exactly|just|all)|i (?:just |really )?(?:love|need|want))|\bwhat i (?:really |actually )?(?:want|wanted|need|needed|love)(?:ed)? (?:is|was)\b.{0,60}\b(?:not|another|more|again)\b", 0.9, sure=True),
    _cue(Reason.SARCASM, r"\b(?:oh|well|just|yeah|ah|how|simply|isn'?t that|is not that|now that is|that is just)[, ]+(?:just |how |that is |so |absolutely |really |very )*(?:great|brilliant|fantastic|wonderful|perfect|lovely|marvell?ous|terrific|fabulous|super|excellent|splendid|helpful|useful|nice|clever|convenient|smart|charming|delightful|amazing)\b", weak=True, sure=True),
    _cue(Reason.SARCASM, r"\b(?:very|so|really|incredibly|extremely|most|super|another|truly) (?:\w+ )?(?:helpful|useful|clever|smart|intelligent|professional|efficient|convenient|funny|impressive|reassuring)\b|\b(?:genius|bravo|well done|congratulations|congrats|good job|nice job|great job|great work|top[- ]notch|first[- ]class|world[- ]class|stellar|outstanding|five stars?|splendid work|impressive|amazing service|great service|wonderful service|excellent service|fantastic service|award)\b", weak=True, sure=True),
    _cue(Reason.SARCASM, r"\b(?:great|brilliant|fantastic|wonderful|perfect|lovely|marvell?ous|super|excellent|terrific)[,.!]+ (?:just |another|again|now|so|more|and now|absolutely|thanks for|that does not|that did not|that is not|except|only)\b|\b(?:yeah|sure|right|of course)[, ]+(?:right|sure|because|why not|it does|it is|you (?:do|are|did|can)|there is|that makes)\b", weak=True, sure=True),
    _cue(Reason.SARCASM, r"\bwhy would not (?:i|we|you)\b|\bwhy would(?: not)? (?:i|anyone) (?:not )?(?:want|need|ever)\b|\bshall i\?|\b(?:ever|oh|always|as|just) so (?:helpful|kind|useful|clever)\b|\bi will just (?:sleep|wait|sit|stand|starve|freeze|drown|camp|live|walk|swim|pray|die|grow|magic\w*)\b|\b(?:must|should) (?:i|we) (?:thank|be grateful)\b|\bhow (?:convenient|lovely|charming|marvell?ous|kind)\b", 0.9, sure=True),
    _cue(Reason.SARCASM, r"\b(?:oh|well|ah|yeah)[, ]+(?:great|brilliant|fantastic|wonderful|perfect|lovely|marvell?ous|super|excellent|joy|good|terrific|nice)[,.! ]+(?:another|a (?:robot|machine|computer|bot)|now|just|more|so|here|that is just|exactly)\b|\banother (?:robot|bot|machine|menu|computer|recording|recorded)\b|\bdone (?:quite |more than |already )*enough\b|\b(?:lucky me|love that for me|how lucky|time.?saver|aren.?t you|are not you) ?(?:clever|helpful|smart|great|a \w+|special)?\b[.!?]*$|\bwhat an? (?:\w+ )?(?:helpful|useful|wonderful|brilliant|fantastic|excellent) \w+", 1, sure=True),
    _cue(Reason.SARCASM, r"\b(?:a|such a|been a|real|very|great|so much) (?:\w+ )?(?:great |big |huge |real )?(?:help|pleasure|joy|delight|use)\b[.!,]|\bi am (?:so |absolutely |really )?(?:thrilled|delighted|overjoyed|impressed)\b", 0.8, weak=True),
    _cue(Reason.SARCASM, r"\bit is not like (?:i|you|we|my)\b", 0.95, sure=True),
    # Giving up
    _cue(Reason.GIVING_UP, r"\b(?:(?<!me )(?<!not )(?<!you )(?<!never )forget (?:it|about it|this|the whole|that)|i (?:\w+ )?giv(?:e|ing) up|i am (?:so )?done(?! (?:with (?:the|my)|thank))|i am (?:so )?done with (?:this|you)|done (?:talking|trying|with you)|lost cause|what(?: i|'?)s (?:even )?the (?:point|use)|what is (?:even )?the (?:point|use)|no point|pointless|no use|not worth (?:it|my|the)|waste of (?:\w+ )?(?:time|breath|money|energy)|wast(?:e|ed|ing) (?:\w+ ){0,2}time|(?:go|going|went) (?:round and |around and |round |around )?(?:in|round) (?:\w+ )?circles?|getting (?:nowhere|anywhere)|get (?:nowhere|anywhere) with|like talking to (?:a|the)|talking to (?:a |the )?(?:brick )?wall|(?:is|am|are) not (?:really )?(?:working|getting anywhere|going anywhere)(?: out)? (?:for me|like this|at all|here|is it)|this is (?:clearly |really |just )?not working|leave it|do not bother|save it|no hope|i can not do this)\b"),
    _cue(Reason.GIVING_UP, r"\bi (?:will|am going to|am|would rather|might as well|have to|had better) (?:just |now |rather )?(?:hang(?:ing)? up|drive|come (?:in|over|down)|do it (?:my|our)sel\w+|try (?:somewhere|elsewhere|another|someone)|sort it (?:out )?myself|go (?:there )?(?:in person|myself)|ring(?:ing)? off)\b", 0.6, weak=True),
    _cue(Reason.GIVING_UP, r"\b(?:just )?never ?mind\b|\bwhatever\b|\blet us (?:leave|stop)\b|\bfine then\b|\bi surrender\b|\bjust stop\b", 0.8, weak=True),
    _cue(Reason.GIVING_UP, r"\b(?:am|will be|are) (?:just |now |going to )?hang(?:ing)? up\b|\b(?:i will |i am going to )hang up\b|\bgetting us nowhere\b|\bthis is going nowhere\b|\bi can not be bothered\b", 1),
    _cue(Reason.GIVING_UP, r"\b(?:no|not any|not got any|not the) (?:more )?(?:energy|strength|nerves?) (?:left|for|to)\b|\bdo what(?:ever)? you (?:like|want)\b|\bi can not (?:do|go on with|be doing|keep doing|carry on)\b|\bjust (?:drop|leave|cancel) it\b|\bdoes not matter any ?more\b|\btoo (?:much )?(?:hassle|complicated|tired|difficult) (?:for|to|with)\b", 1, sure=True),
    _cue(Reason.GIVING_UP, r"\bdo not care any ?more\b|\bskip it\b|\bdrop it\b|\bseem to be (?:going|talking)\b|\bnot getting (?:us |me )?(?:anywhere|very far|far)\b|\bdo not think (?:this|that|it|you) (?:is|are|can|will|would) (?:\w+ )?(?:work\w*|help\w*|understand\w*|going|get\w*|be able)\b|\bi am done[.!]|\bjust cancel\b|\bi (?:will|would) (?:rather )?(?:just )?go without\b", 1, sure=True),
    # Leaving, complaining, the law
    _cue(Reason.THREATENS_TO_LEAVE, r"\b(?:leav\w+|switch\w*|mov(?:e|ing)|go(?:ing)?|chang\w+|tak\w+ (?:my|our) (?:\w+ )?(?:business|money|custom|account)|shop|buy|book|find)\b (?:\w+ ){0,4}?(?:to |for |with )?(?:another (?:company|provider|bank|shop|supplier|operator|carrier|agency|dentist|practice|airline|store|one)|a different (?:company|provider|bank|shop|supplier|one)|someone else|somewhere else|elsewhere|(?:your|the) competit\w+|one of your competitors|other (?:company|provider|bank|shop))\b"),
    _cue(Reason.THREATENS_TO_LEAVE, r"\b(?:lawyers?|solicitor|attorney|ombudsman|trading standards|consumer (?:protection|rights|council)|regulator|small claims|sue you|take (?:this|it|you) to court|legal action|formal(?:ly)? complain\w*|(?:make|file|lodge|raise|submit|put in|register|start) (?:a|an|another|my) (?:\w+ ){0,2}complaint|i (?:want|would like|wish|am going) to complain|report you|bad review|one star|never (?:order|buy|book|shop|fly|call|use|deal|come|bank)\w* (?:\w+ ){0,3}(?:again|with you|here|from you)|lost (?:a|me as a) customer|cancel (?:everything|the (?:whole|lot))|close (?:all )?my accounts?(?: right)? (?:now|today|immediately))\b", 0.9),
    _cue(Reason.THREATENS_TO_LEAVE, r"\beither\b.{3,60}\bor (?:i|we) (?:will |am going to |am )?(?:clos\w+|leav\w+|cancel\w*|go\w*|switch\w*|call\w*|tak\w+|sue)\b|\b(?:losing|lose|lost) (?:me|a customer|my business|us)\b|\bi quit[.!]|\bi am out[.!]", 1),
    _cue(Reason.THREATENS_TO_LEAVE, r"\b(?:writ\w+|go\w*|talk\w*|tell\w*) (?:\w+ )?(?:to )?(?:the )?(?:paper|papers|press|newspaper|media|twitter|facebook|social media|internet|consumer\w*|authorities|police)\b", 0.8),
    _cue(Reason.THREATENS_TO_LEAVE, r"\b(?:switch\w*|chang\w+|swap\w*) (?:banks?|providers?|companies|operators?|carriers?|insurers?|dentists?|suppliers?)\b|\blast time (?:i|we) (?:will |am |ever )?(?:call|use|order|buy|shop|book|fly|deal|come|using|calling|ordering|buying)\w*\b", 0.8),
    # Not heard, not understood
    _cue(Reason.NOT_UNDERSTOOD, r"\b(?:you|u|it|this thing|this machine|nobody) (?:are |is |just |really |still |clearly |obviously |simply |even )*(?:do not|does not|did not|not|no|never|don't|can not|fail to|are not|is not|will not|keep not|mis) ?(?:\w+ ){0,2}?(?:understand\w*|understood|listen\w*|hear\w*|get (?:it|me|this|what)|get(?:ting)? (?:it|me)|follow\w*|pay\w* attention|know what)\b"),
    _cue(Reason.NOT_UNDERSTOOD, r"\b(?:are you (?:even |actually |really |still |not )*(?:listening|deaf|stupid|hearing|having a laugh|taking the|following|paying attention)|do you (?:even |actually |really |not )+(?:listen|understand|hear|know|speak|care|get)|can you (?:not |even |actually )+(?:hear|understand|listen|read|help|do)|what part of|which part of|is (?:anyone|anybody|anything|someone) (?:even )?listening|listen to me|please listen|just listen|let me (?:finish|speak|talk|explain)|(?:stop|quit) (?:interrupting|talking|repeating|asking|saying|it|that|cutting|telling|reading|offering|sending|transferring|ignoring)|(?:answer|just answer) (?:my|the|me|what)|not (?:an |the |my |even an )?answer(?:ing)?(?: to| my| the)?|(?:would|will|could|can) you (?:please )?let me|for once|pay attention|read my lips)\b", 0.9, sure=True),
    _cue(Reason.NOT_UNDERSTOOD, r"\b(?:that|this|it) is not (?:at all )?(?:what|how) i (?:\w+ )?(?:said|asked|ask|meant|mean|wanted|want|told|need|ordered|am asking)|\bi did not (?:say|ask|want|mean|request|call)\b|\bnobody asked\b|\bi never (?:said|asked|wanted)\b|\bnot what i (?:said|asked|meant|wanted|am asking)", 0.7),
    _cue(Reason.NOT_UNDERSTOOD, r"\b(?!can you hear)(?!could you hear)(?:do|can|did|are|could|will|have) (?:you|not you) (?:not )?(?:even |actually |really )?(?:get|understand|see|hear|listen|grasp|follow|comprehend)\b.{0,12}(?:that|this|me|it|what|how|at all)?\?|\bget a word in\b|\b(?:cut|cutting|talk|talking|speak|speaking) (?:me off|over me)\b|\bi did not (?:mention|say|ask|bring|order|book|choose|call about)\b|\b(?:has|have) nothing to do with (?:it|that|this|what|my)\b|\bnot what this is about\b|\bwrong (?:topic|thing|department|question)\b", 0.8, sure=True),
    _cue(Reason.NOT_UNDERSTOOD, r"\b(?:i do not (?:have|want|need|own|care about|live)|i am not (?:asking|calling|talking|interested)|it is not (?:about|a))\b", 0.45, weak=True),
    _cue(Reason.NOT_UNDERSTOOD, r"\bmisunderst\w+|\btalking past\b|\bcross purposes\b|\b(?:are|keep) missing (?:the|my) point\b|\bnot the (?:point|question|issue|problem)\b|\b(?:missed|miss|missing) the point\b|\bhow (?:can|could|do|did) you not\b|\blisten[,!.]|\bneither!|\bnone of (?:those|that|these|them)\b|\bwhat (?:i|we) (?:actually |really )?(?:need|want|said|asked|am asking)(?: for)? (?:is|was)\b|\ball i (?:want|need|ask|wanted|am asking)\b|\bplease (?:stop|listen)\b", 0.8, sure=True),
    _cue(Reason.NOT_UNDERSTOOD, r"\bi already (?:have|had|did|know|do|got)\b|\byes,? i (?:know|heard|got that|am aware)\b|\bi know (?:that|what)\b|^but\b.{0,60}\?|^(?:yes,? )?but (?:why|when|what|how|where|i|that|it|you)\b|^neither|^none[.!]|^not \w+[.!]|\bagain[.!?]*$", 0.4, weak=True),
    _cue(Reason.NOT_UNDERSTOOD, r"\bare you (?:\w+ )?(?:kidding|joking)(?: me)?\b|\byou (?:have got|have|must|got) to be (?:kidding|joking)(?: me)?\b", 0.9, weak=True),
    _cue(Reason.NOT_UNDERSTOOD, r"\bwhy (?:will|can|do|are|would|did) (?:you|not you|it) (?:not )?(?:just )?(?:listen|understand|hear|help|answer|get)\b|\bwhy (?:you )?(?:no|not) (?:listen|understand|help|hear|answer)\b", 1),
    _cue(Reason.NOT_UNDERSTOOD, r"^(?:but |yes,? but )?you (?:said|told me|promised|just said|just told)\b|\bwhat did i (?:just )?(?:say|tell|ask)\b|^clearly\b|^obviously\b|^evidently\b|^apparently\b|^really\?", 0.6, weak=True),
    _cue(Reason.NOT_UNDERSTOOD, r"\byou (?:have |had )?(?:got|heard|wrote|written|noted|put) (?:it|that|this|my \w+|the \w+) (?:all |down )?wrong\b", 0.7),
    # Having to say it again
    _cue(Reason.SAYS_IT_AGAIN, rf"\b(?:this|it|that) is (?:now |already |literally |about )?(?:my |the |at least the )*{_NTH} (?:\w+ )?(?:time|call|attempt|day|week|person|agent)\b.{{0,50}}|\bfor (?:the|a) (?:last|{_NTH}) time\b|\b{_NTH} time (?:i|that i|today|this week|now|already|in a row|you|we|asking|calling|trying)\b"),
    _cue(Reason.SAYS_IT_AGAIN, rf"\bhow (?:many|much) (?:more )?times\b|\bhow often (?:do|must|should) i\b|\b{_SAID}\b.{{0,30}}\b{_TIMES}\b|\b{_TIMES} (?:already|now|i |today)\b.{{0,20}}|\balready (?:two|three|four|\w+) times?\b"),
    _cue(Reason.SAYS_IT_AGAIN, rf"\b(?:i|we) (?:have )?(?:\w+ )?(?:(?:already|literally) {_SAID}|just (?:said|told|gave|explained|asked|answered|mentioned|did|spelled|repeated|went|wrote|described|confirmed))\b|\b{_SAID} (?:you |that |this |it |them )*(?:already|before)\b|\b(?:as|like) i (?:have )?(?:already |just )?(?:said|told|mentioned|explained|keep)\b|\bi said (?:already|no|that|it|\w+ already)\b|\bi (?:asked|am asking) (?:you )?(?:why|when|what|how|if|where|who|a (?:simple )?question)\b", 0.75),
    _cue(Reason.SAYS_IT_AGAIN, r"\b(?:you|i|we|it|they) (?:\w+ )?(?:keep|keeps|kept|continue to|always|constantly) (?:on )?(?:\w+ )?(?:ask\w*|say\w*|giv\w*|repeat\w*|tell\w*|send\w*|getting|get|hear\w*|fail\w*|offer\w*|interrupt\w*|cut\w*|transferr\w*|explain\w*|hav\w*|do\w*|put\w*|chang\w*|mak\w*|read\w*|misunder\w*|going|spell\w*|try\w*)\b|\b(?:again and again|over and over|time and again|time after time|every (?:single )?time|once more|yet again|all over again|(?:you )?already asked (?:me|that|for)|going over (?:this|it)|from the (?:start|beginning) again|why (?:do |must |should )?(?:i|you) (?:again|say again|ask again))\b", 0.85),
    _cue(Reason.SAYS_IT_AGAIN, r"\b(?:explain\w*|say\w*|tell\w*|told|repeat\w*|go\w* through|went through|said|spell\w*|give|gave|given) (?:it|this|that|all|everything|myself|you|them|my \w+)? ?(?:all |to you |the same )*(?:again|over)\b|\b(?:told|explained (?:\w+ )?to|said (?:\w+ )?to|spoken to|spoke to|asked|been through|passed to|transferred to) (?:\w+ ){0,2}?(?:three|four|five|six|several|all|many|a dozen|every one|each one|half) (?:of )?(?:you|your|people|different|agents?|departments?|systems?)|\bthat is (?:exactly |just |literally )*what (?:you|i) (?:\w+ )?(?:said|told|asked|did)\b|\bnot (?:going to|gonna) (?:say|explain|repeat|tell|do)\b|\bi just gave\b|\bhave not i\b.{0,20}\b(?:said|told)", 0.85),
    _cue(Reason.SAYS_IT_AGAIN, r"\b(?:that|this) is why i (?:am|was|have) (?:calling|called|phoning|asking|here|ringing)\b|\bhow many times?\b|\bi (?:tell|say|ask|explain) (?:you )?(?:already|again|many|so many|always)\b|\bback and forth\b|\bstill (?:on|at|about) (?:the )?same\b|\b(?:repeat\w*|explain\w*) myself\b", 0.9),
    _cue(Reason.SAYS_IT_AGAIN, r"\b(?:second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|umpteenth) \w+ (?:i|you|we|that|who) (?:have |are )?(?:\w+ )?(?:filed|sent|made|written|called|told|reported|opened|lost|sent|given|left|missed|ignored|cancelled|broken|told me)\b|\b(?:describ\w*|explain\w*|told|said|spoke\w*) .{0,20}\bto (?:two|three|four|several|many|five|\w+) (?:people|persons|agents|colleagues|of)\b", 1),
    _cue(Reason.SAYS_IT_AGAIN, r"\bi (?:told|said|gave|sent|did|have done|have sent|have told|have given)\b.{0,40}\b(?:at the (?:beginning|start)|twice|already|earlier|before|that|several)\b", 0.6, weak=True),
    _cue(Reason.SAYS_IT_AGAIN, r"\bi told you\b", 0.7),
    _cue(Reason.SAYS_IT_AGAIN, rf"\b(?:try|tried|trying)\b.{{0,30}}\b{_TIMES}\b", 0.7),
    _cue(Reason.SAYS_IT_AGAIN, r"^(?:twice|three times|four times|five times|again and again|every time|each time|as i say|as i said)[.!]*$|\b(?:the|that) last time (?:either|too|as well)\b|\beither[.!]*$|\bat \w+,? (?:and )?at \w+,? and at \w+\b|\byes,? i (?:have|did)[.!]|^i (?:have|did)[.!]", 0.7),
    # Corrections
    _cue(Reason.CORRECTION, r"^(?:no+[,. ]+)+(?!(?:thank|way|problem|worries|that is (?:all|fine|it|everything|ok|good|great)|hang on|hold on|nothing|idea|need|rush|not at|it is (?:fine|ok|all)|sorry|wait|i (?:mean|misread)|all good|more|other|else|just|everything|not (?:really|necessary|today)|i am (?:fine|good|ok|all|happy)|i do not think|i would not|hurry|bother|trouble))\w"),
    _cue(Reason.CORRECTION, r"^(?:no+[.!]*|wrong[.!]*|not that[.!]*|incorrect[.!]*|nope[.!]*)$|\b(?:wrong again|still wrong|that is (?:still )?(?:wrong|incorrect|not (?:right|correct|it|my|the))|not (?:right|correct)|you got (?:it|that|my|the) \w* ?wrong|i (?:said|meant|asked for|asked about|told you|am asking|was asking)|(?:it is|that is) not)\b"),
    _cue(Reason.CORRECTION, r", not (?:a|an|the|my|your|any)? ?\w+[.!]*$", 0.6),
    _cue(Reason.CORRECTION, r"^no[,.! ]+(?:my|the|your|it)\b", 0.3),
    _cue(Reason.CORRECTION, r"^(?:but )?(?:it|that|they|he|she|i|you|we) (?:was|is|did|does|has|have|am|are|were|do|will|would|can) not[.!]*$", 0.9),
    # Out of breath
    _cue(Reason.EXASPERATION, r"\b(?:for (?:the love of|(?:\w+'?s?|\w+) sakes?)|good (?:grief|lord|god|heavens)|jesus(?: christ)?|oh (?:come on|please|dear god)|christ|give me (?:a break|strength)|ugh+|argh+|grr+|aah+|sigh|tsk|pf+t*|good gracious|heaven help|are you for real|not again|what now|enough)\b"),
    _cue(Reason.EXASPERATION, r"\bcome on\b|^again\?|\bhello\?+ (?:hello)?|\bagain(?: again)+|^what\?+!*$|\bexcuse me\?|\bpardon me\?|\bplease+\b.{0,6}\bjust\b|\b(?:just|simply) (?:tell|answer|give|do|send|fix|let|help)\b", 0.6, weak=True),
    _cue(Reason.EXASPERATION, r"\boh (?:my )?(?:days|goodness|word|lord|dear lord|man|boy|for)\b|\bwhat (?:on earth|the)\b|\bgive me strength\b|\bgood heavens\b|\bdear (?:god|lord)\b|\bi swear\b|\bblimey\b|\bhonest to god\b|\bwow+[.!]", 0.8, weak=True),
    _cue(Reason.EXASPERATION, r"!{2,}|\?!|\?{2,}", 0.6, weak=True),
    _cue(Reason.EXASPERATION, r"!$", 0.5, weak=True),
    _cue(Reason.EXASPERATION, r"\b(?:seriously|unbelievable|incredible|unreal|omg|honestly|insane|crazy|madness|no way|oh (?:my )?(?:god|lord|christ))\b|\b(?:are|is) (?:you|this|that) (?:\w+ )?(?:kidding|joking|serious|real|for real|insane|crazy|mad)\b|\b(?:you )?(?:have got|have|must|can not|got to|can) (?:to )?be (?:joking|kidding|serious)\b|\byou are (?:joking|kidding)\b|\bi (?:do not|can not) believe (?:this|it|you|that)\b", 1.2, weak=True),
    _cue(Reason.EXASPERATION, r"\bfor (?:the love of|(?:\w+\'?s?) sakes?)\b", 1.3),
    _cue(Reason.EXASPERATION, r"\b(?:just|simply) (?:(?:let|tell|give|send|get|help|answer) (?:me|us)|(?:answer|stop|listen|fix|cancel|do) (?:to me|it|this|that|the question|my))\b", 0.5),
    _cue(Reason.EXASPERATION, r"\bare you (?:\w+ )?(?:kidding|joking) me\b|\b(?:got to|must|have to) be (?:kidding|joking)(?: me)?\b", 1.3),
    _cue(Reason.EXASPERATION, r"\bagain\?$", 0.8, weak=True),
)  # fmt: skip

TAKES_IT = re.compile(
    r"\b(?:i will (?:take|have)|sign me up|count me in|take my money|i am in|deal[.!]*$)"
)
GLAD = re.compile(
    r"(?<!not )(?<!for the )(?<!not very )(?<!not really )(?<!no )(?<!never )(?<!nothing )\b(?:lov(?:e|ed|ely|ing)|"
    r"amazing|awesome|brilliant|great|good|fantastic|wonderful|perfect(?:ly)?|excellent|best|lovely|"
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
    r"no longer a problem|happy now|in the past|behind (?:me|us)|water under|long ago|used to be|"
    r"now (?:it|everything|all) (?:is |works?|runs?)|(?:turned|worked) out (?:fine|well|great|ok\w*)|"
    r"but (?:it is|that is|that was|now it is|it) (?:all )?(?:sorted|fixed|solved|fine|over|done|resolved|works?|working))\b"
)
_NOT_SETTLED = re.compile(
    r"\b(?:not|never|if|still|until|unless|nobody|when will|isn't) (?:\w+ ){0,4}(?:sorted|fixed|solved|"
    r"resolved|fine|working|works?|settled|repaired)\b"
)
OTHERS = re.compile(
    r"\b(?:another|other|previous|old|last|former|different) (?:\w+ )?(?:company|shop|bank|provider|"
    r"dentist|hotel|airline|agency|supplier|place|store|firm|practice|insurer|landlord|job|flat|house)\b|"
    r"\b(?:my|our|his|her|their) (?:\w+ )?(?:boss|neighbou?rs?|landlord|husband|wife|kids?|children|son|daughter|"
    r"dog|cat|ex|teenager|flatmate|colleagues?|mother|father|sister|brother|toddler|baby|puppy|"
    r"commute|car|sofa|backpack|shoes|old|knee|back|tooth|teeth|head|printer|kettle|oven|washing)\b|"
    r"\b(?:weather|storm|traffic|rain|wind|snow|cold|heat|winter|hurts?|pain\w*|toothache|ache|aching|cough\w*|fever|flu|headache|sick(?! (?:of|and tired|to death))|ill|illness|allerg\w*|rash|"
    r"(?:my|our) (?:customers?|clients?|guests?|tenants?)|film|movie|airport|station|queues?|road|motorway|airline|novel|game|news|politic\w*|neighbou?r\w*)\b"
)
"""Something or somebody else that is bad: no frustration with this call."""
THIRD_PARTY_SPEECH = re.compile(
    r"\b(?:he|she|they|everyone|everybody|people|some people|husband|wife|mum|mom|dad|"
    r"(?:my|our|his|her|the) (?:(?!(?:i|you|we|it|not)\b)\w+ ){0,2}?(?!(?:i|you|we|it|not)\b)\w+)(?: (?:always|just|also|only|once|still|even|often|usually|was|were|is|are|has|have|had|been))*"
    r" (?:keeps? |kept |started )?(?:says?|said|saying|told me|told us|tells|telling|shout\w*|scream\w*|yell\w*|"
    r"complain\w*|thinks?|thought|goes|writes|wrote|jokes?|joked|joking|swears?|swore|hates?|texted|calls it|called it)\b"
    r"[^.!?;]*?(?=(?:,? (?:but|so|and (?:i|it|now|then|nobody|you))\b)|[.!?;]|$)"
)


NOT_TO_US = re.compile(
    r"\bnot (?:to )?you\b(?=[,.!;]|$)|\b(?:was|am) not (?:talking|speaking|shouting) (?:to|at) you\b|\btalking to (?:my|the) (?:kids?|dog|cat|son|daughter|children|husband|wife)\b"
)
"""Somebody else in the room was meant."""
QUOTES_ANOTHER = re.compile(
    r"\b(?:read|saw|heard|found|watched|seen)\b (?:\w+ ){0,3}?(?:review|reviews|comment|post|article|story|stories|people|"
    r"rumou?rs?|song|film)\b[^.!?;]*?(?=(?:,? (?:but|so|and) (?:i|we|it|now)\b)|[.!?;]|$)"
)


def settled(normalised: str) -> bool:
    """It was bad, and is over."""
    return bool(SETTLED.search(normalised)) and not _NOT_SETTLED.search(normalised)
