"""Whether a short answer to a question on self-harm is a yes or a no: said only where nothing else can be meant.

A no is told as a no only where a yes would mean danger, every word of the question is known, and the answer is nothing but a no.
Everything else is told as answered, to be read. "Are you safe?" – "No." is no denial of danger.
"""

from __future__ import annotations

import re

from forwhom.programme.session.patterns import plain

DENIED = "denied here. A denial is not safety."
AFFIRMED = "a yes, or near one."
NO_SAFETY = "an answer that gives no safety: read it."
READ = "answered here: read it."
NO_WORDS = "no words follow."
MOST_SHORT = 8
"""Words of an answer that is read as a yes."""

_NOTE = re.compile(r"[\[(*][^\])*\n]{0,60}[\])*]")
_SENTENCES = re.compile(r"[^.?!]{1,2000}[.?!]{0,3}")
_WORDS = re.compile(r"[\w']+")
_ASKS = re.compile(r"(?:(?:are|were|have|had|do|did) you|any|having)\b")
_OPENS = re.compile(
    r"^\W{0,4}(?:(?:and|so|but|ok|okay|right|well|um|uh|er|can i ask|could i ask|may i ask|let me ask|i need to ask|"
    r"i have to ask|i want to ask)\W{1,4}){0,4}(?:(?:is|are|was|were|have|had) there (?:been )?)?"
)
_DANGER = re.compile(
    r"\b(?:suicid\w{0,8}|self[- ]?harm\w{0,4}|(?:kill|killed|killing|hurt|hurting|harm|harmed|harming|cut|cutting|hang|hanging) yourself|"
    r"(?:end|ended|ending|take|taken|taking) your (?:own )?life|(?:end|ending) it all|(?:to|of|about) (?:die|dying)|were dead|"
    r"overdose|overdosed|overdosing|been cutting|urges? to (?:cut|die)|"
    r"(?:kill|killing|hurt|hurting|harm|harming) (?:him|her|them|anyone|anybody|someone|somebody|others|other people))\b"
)
_KNOWN = re.compile(
    r"(?:a|about|actually|again|all|an|and|any|are|at|attempt|attempted|attempting|be|been|being|commit|committed|considered|"
    r"considering|current|currently|cut|cutting|day|days|dead|death|did|die|do|dying|else|end|ended|ending|ever|feel|"
    r"feeling|feelings|felt|few|friday|get|getting|going|gonna|got|had|hang|hanging|harm|harmed|harming|have|having|hurt|"
    r"hurting|ideas|in|intend|intending|intent|intention|intentions|it|kill|killed|killing|last|lately|life|mean|meant|"
    r"met|moment|monday|month|morning|night|now|of|on|or|overdose|overdosed|overdosing|own|past|plan|planned|planning|"
    r"plans|presently|really|recent|recently|right|saturday|self|selfharm|serious|since|so|some|still|suicidal|suicide|"
    r"sunday|take|taken|taking|the|then|there|think|thinking|this|those|thought|thoughts|thursday|time|to|today|tonight|"
    r"tried|try|trying|tuesday|urge|urges|want|wanted|wanting|was|we|wednesday|week|weekend|weeks|were|wish|wished|"
    r"wishing|with|yesterday|you|you've|your|yourself)$"
)
"""Words of which a question is made whose yes means danger. One further word may turn it round, and then nothing is said."""
_TURNED = re.compile(
    r"\b(?:safe|safely|safety|promise|crisis|contract|agree|stop|stops|stopped|stopping|quit|given up|keep yourself|keep you|keeps you|"
    r"keeping|kept|resist|call|ring|phone|text|reach out|tell|talk to|speak to|come to|come and|ask for|hand over|hand them|get rid|"
    r"give me|give them|give us|reasons? (?:to|for)|live|living|alive|survive|hope|hopeful|help|future|look forward|trust yourself|cope|"
    r"manage|control|wait|hold on|hang on|be here|afraid|scared|regret|glad|relieved|sorry|better|less|gone|passed|accident|mistake|"
    r"protect\w{0,6}|against|anyone know|somebody know|worry|care)\b"
)
_NO_BARE = re.compile(
    r"^(?:(?:um|uh|er|erm|oh|well)\W{1,4}){0,2}(?:(?:no|nope|nah|never|none|not at all|absolutely not|definitely not|certainly not|"
    r"of course not|course not|no way|not once|i'm not|i am not|i don't|i do not|i didn't|i did not|i haven't|i have not|"
    r"i'm not suicidal|i am not suicidal)(?:\W{1,4}|$)){1,3}$"
)
_YES = re.compile(
    r"^(?:(?:um|uh|er|erm|oh|well|i mean|honestly)\W{1,4}){0,2}(?:yes|yeah|yep|yup|yea|aye|sometimes|maybe|perhaps|probably|possibly|"
    r"kind of|kinda|sort of|sorta|a bit|a little|a lot|lots|often|always|definitely|of course|now and then|all the time|most days|"
    r"most nights|every (?:day|night|week)|i am|i do|i did|i have|i had|i was|i would|i could|i might|i think so|i want to|"
    r"i wanted to|i still do|i've been|uh[- ]huh|mhm|mm+|exactly)\b"
)
_BUT = re.compile(
    r"\b(?:no|not|never|but|n't|nothing|nobody|none|\w{1,12}n't|used to|ago|anymore|any more)\b|,\s*right\b"
)
_OPEN_END = re.compile(r"\?|\.\.|…|[-–—]\s*$")
_LEAD = r"^\W*(?:(?:oh|well|um|uh|er|erm|hm+|so|like|honestly|actually|to be honest|i mean)\W+){0,3}"
_UNSAFE = re.compile(
    _LEAD
    + r"(?:no|nope|nah|never|none|not|nothing|nobody|no[- ]one|hardly|barely|i (?:don't|do not|can't|cannot|won't|will not|wouldn't|"
    r"would not|haven't|have not|didn't|couldn't|doubt|guess|suppose|hope|think so|dunno|might|could)|i'm (?:not|trying)|i am not|"
    r"i'll try|i can try|can't|cannot|won't|don't|dunno|maybe|perhaps|possibly|probably|sort of|kind of|kinda|sorta|depends|it depends|"
    r"whatever|what for|why|for now|until|till|if|mm+|hm+|as safe as|safe enough|doubt it|who knows|who cares|ask me)\b"
)


def answered(question: str, answer: str) -> str:
    """What can be said of an answer: `DENIED`, `AFFIRMED`, `NO_SAFETY`, `READ` or `NO_WORDS`.

    question : what the therapist said in the turn; answer : the whole turn that answers

    >>> answered("Are you suicidal?", "No."), answered("Are you safe?", "No.") == NO_SAFETY
    ('denied here. A denial is not safety.', True)
    >>> answered("Are you suicidal?", "Never been more so.")
    'answered here: read it.'
    """
    spoken = plain(_NOTE.sub(" ", answer)).strip()
    if not _WORDS.search(spoken):
        return NO_WORDS
    asked = plain(_NOTE.sub(" ", question))
    if _turned(asked):
        return NO_SAFETY if _UNSAFE.match(spoken) else READ
    # A note in the answer (laughs, shakes head, inaudible), a voice that goes up or breaks off can say the contrary.
    if not yes_is_danger(asked) or _NOTE.search(answer) or _OPEN_END.search(answer):
        return READ
    if _NO_BARE.match(spoken):
        return DENIED
    short = len(spoken.split()) <= MOST_SHORT
    return AFFIRMED if short and _YES.match(spoken) and not _BUT.search(spoken) else READ


def yes_is_danger(asked: str) -> bool:
    """Whether everything that is asked is danger, in known words only. asked : made plain

    >>> [yes_is_danger(each) for each in ("are you thinking of suicide?", "do you regret the overdose?", "you're not suicidal?")]
    [True, False, False]
    """
    sentences = [each for each in _SENTENCES.findall(asked) if _WORDS.search(each)]
    questions = [each for each in sentences if each.rstrip().endswith("?")]
    if not questions:
        questions = sentences if len(sentences) == 1 else []
    if not questions or questions[-1] is not sentences[-1]:
        return False
    return all(_plain_question(each) for each in questions)


def _plain_question(sentence: str) -> bool:
    bare = _OPENS.sub("", sentence.strip(), count=1)
    return bool(
        _ASKS.match(bare)
        and _DANGER.search(bare)
        and all(_KNOWN.match(word) for word in _WORDS.findall(_DANGER.sub(" ", bare)))
    )


def _turned(asked: str) -> bool:
    """Whether a question is one of which a no, too, can mean danger."""
    return _TURNED.search(asked) is not None
