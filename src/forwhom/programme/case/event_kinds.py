"""Kinds of events: one list, for alerts, for acts of an assessment and for the export."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from forwhom.problems import nearest

if TYPE_CHECKING:
    from forwhom.programme.case.rules import AlertRule

Severity = Literal["severe", "other"]
KINDS: Mapping[str, Severity] = {
    "self-harm": "severe",
    "severe-self-harm": "severe",
    "life-threatening-self-harm": "severe",
    "suicide-attempt": "severe",
    "suicide": "severe",
    "overdose": "severe",
    "death": "severe",
    "admission": "severe",
    "emergency-visit": "severe",
    "violence": "severe",
    "binge-eating": "other",
    "leaving": "other",
    "remission": "other",
    "relapse": "other",
    "employment": "other",
    "other": "other",
}
"""Kinds of events and how grave they are. Which are severe is ours, beside the outcome of the trial (S2 line 268)."""
CRISIS, EMERGENCY = "crisis-began", "emergency-contacted"
FROM_LOG = (CRISIS, EMERGENCY)
"""What alert rules may name beside the kinds of events: a crisis that begins, and emergency help that was called."""
SEVERE = tuple(name for name, severity in KINDS.items() if severity == "severe")
MILD = frozenset({"other", "mild", "minor", "low", "none", "no", "not-severe"})
"""What `severity` of an event says, so that it counts as not severe; one whose kind is severe stays so."""
ACTS_WITHOUT_EVENT = ("none", "")
"""Acts of an episode of assessment that are no event."""
_SIGNS = re.compile(
    r"suicid|self-?harm|selfinj|self-inj|overdos|death|dead\b|died|kill|poison|hang(ed|ing)|cutting|ingest|hospital"
    r"|admi(tted|ssion)|inpatient|emergenc|ambulance|police|violen|assault|attempt|\b(999|911|112)\b"
    r"|\b(cut|cuts|od|ods|oded|hit|shot|er)\b|burn(ed|t|ing)|pills?\b|tablets?\b|swallow|ligatur|strangl|chok|drown|jump|stab|knife|gun\b"
    r"|blade|razor|bleach|injur|wound|stitch|bleed|unconscious|resuscit|rape|abuse|threat|weapon|selbst|suizid"
)


def normal(what: str) -> str:
    """A kind, a format or the id of an item, without what people write now so, now otherwise.

    >>> normal(" Suicide attempt "), normal("BDI_9")
    ('suicide-attempt', 'bdi-9')
    """
    return re.sub(r"[\s_‐‑–-]+", "-", what.strip().casefold()).strip("-")


def looks_severe(what: str) -> bool:
    """Whether an event is severe, or is of no known kind and reads as if it were.

    >>> [looks_severe(each) for each in ("overdose", "suicide-atempt", "cut herself", "took pills", "Missed bus", "remission")]
    [True, True, True, True, False, False]
    """
    name = normal(what)
    if name in KINDS:
        return KINDS[name] == "severe"
    return name in FROM_LOG or bool(_SIGNS.search(name)) or KINDS.get(nearest(name, KINDS) or "") == "severe"


def known(what: str) -> bool:
    """Whether it is of the list, or something that the log tells."""
    return normal(what) in KINDS or normal(what) in FROM_LOG


def grave(what: str, severity: str = "", own: Iterable[str] = ()) -> bool:
    """Whether an event counts as severe: by its kind, or because it is said to be. One of no known kind does unless it is said to be
    mild: many ways to say it are in no list.

    own : kinds that rules of the case name

    >>> [grave("Fell from the bridge"), grave("missed bus", "mild"), grave("overdose", "mild")]
    [True, False, True]
    >>> [grave("remission"), grave("other", "severe"), grave("other", "minor")]
    [False, True, False]
    """
    if looks_severe(what):
        return True
    said = normal(severity)
    listed = known(what) or normal(what) in {normal(each) for each in own}
    return said not in MILD and (said != "" or not listed)


def raises(rule: AlertRule, what: str, *, severe: bool | None = None) -> bool:
    """Whether an event raises a rule of events. One that counts as severe though its kind is none of the severe ones raises every rule
    of severe events.

    severe : whether it counts as severe; None to go by its words alone
    """
    if rule.meant(what):
        return True
    counts = looks_severe(what) if severe is None else severe
    by_its_kind = normal(what) in (*SEVERE, *FROM_LOG)
    return counts and not by_its_kind and any(looks_severe(each) for each in rule.what)
