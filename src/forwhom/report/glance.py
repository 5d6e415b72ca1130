"""What a reader sees first: the primary finding, then the other main answers with their key numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from forwhom.findings.kinds import ArmDifferenceDetail
from forwhom.findings.model import Estimate, Finding, Record, StudyCard
from forwhom.report.estimates import Shown, headline, headlines, shown
from forwhom.report.numbers import count
from forwhom.report.pictures.forest import written_sides
from forwhom.report.svg import (
    BOLD,
    NARROW,
    WIDE,
    Linear,
    Size,
    foot_axis,
    group,
    line,
    linear,
    marker,
    tag,
    text,
    text_width,
    ticks,
    with_room,
    wrapped,
)

MOST_CARDS = 6

_FIRST = (
    "outcome.arm_difference",
    "outcome.reliable_change",
    "outcome.response",
    "outcome.missing_sensitivity",
    "outcome.events",
    "outcome.leaving",
    "measurement.reliability",
    "outcome.trajectory",
)
"""Kinds of findings in the order in which a clinician asks for them."""


@dataclass(frozen=True, slots=True)
class Card:
    """One answer in brief.

    keys : its main numbers; more than one where several arms are compared with the reference
    caution : the finding's caution, or how many there are and the first; empty without any
    """

    anchor: str
    question: str
    statement: str
    planned: bool | None
    keys: tuple[Shown, ...]
    who: str
    caution_head: str
    caution: str


@dataclass(frozen=True, slots=True)
class Glance:
    """The primary finding with a strip of its main estimate, cards for others, and one line for every answer.

    recommendation : whether a recommendation can be made person by person, on the primary outcome where it was asked of it
    recommended : that finding's status; answer : "No recommendation can be made." where it declines
    """

    primary: Card | None
    kicker: str
    strip_wide: Markup
    strip_narrow: Markup
    more: tuple[Shown, ...]
    cards: tuple[Card, ...]
    every: tuple[tuple[str, str, str, str, bool | None, str], ...]
    """(anchor, question, statement, status, planned, how many cautions)."""
    recommendation: Card | None = None
    recommended: str = ""
    answer: str = ""
    would_take: str = ""


def glance(record: Record, findings: Sequence[Finding], anchors: dict[str, str]) -> Glance:
    """Choose what stands first; where the record is not of a study, the sentences themselves."""
    of_study = record.study.about == "study"
    answered = [finding for finding in findings if finding.status == "answered" and of_study]
    primary, kicker = _primary(record, answered)
    others = sorted((f for f in answered if f is not primary), key=lambda f: (_rank(f), f.registered != "planned"))
    cards = [f for f in others if _rank(f) < len(_FIRST)][:MOST_CARDS]
    keys = headlines(primary) if primary else ()
    asked = _recommendation(record, findings)
    return Glance(
        primary=_card(primary, record, anchors) if primary else None,
        kicker=kicker,
        strip_wide=_strip(keys, primary, record, WIDE),
        strip_narrow=_strip(keys, primary, record, NARROW),
        more=_alongside(primary, keys),
        cards=tuple(_card(finding, record, anchors, brief=True) for finding in cards),
        every=tuple(
            (
                anchors[f.id],
                f.question,
                _saying(f, record),
                f.status,
                planned(f, record.study),
                _how_many(len(f.cautions)),
            )
            for f in findings
        ),
        recommendation=_card(_without_prefix(asked), record, anchors, brief=True) if asked else None,
        recommended=asked.status if asked else "",
        answer="No recommendation can be made." if asked and asked.status == "declined" else "",
        would_take=(asked.would_take or "") if asked else "",
    )


def _recommendation(record: Record, findings: Sequence[Finding]) -> Finding | None:
    """The finding on a recommendation: that of the primary scale, else the first that applies."""
    asked = [f for f in findings if f.id.startswith("for_whom.recommendation.") and f.status != "not_applicable"]
    labels = {scale.get("label") or scale.get("name", ""): scale.get("name", "") for scale in record.study.scales}
    named = [name for label, name in labels.items() if label and (record.study.primary or "").startswith(label)]
    wanted = [f for name in named for f in asked if f.id == f"for_whom.recommendation.{name}"]
    return next(iter((*wanted, *asked)), None)


def _without_prefix(finding: Finding) -> Finding:
    """The glance says in its own words that there is none: what follows them is the reason."""
    words = finding.statement
    for prefix in ("No answer: ", "No recommendation can be made: "):
        if finding.status == "declined" and words.startswith(prefix):
            rest = words[len(prefix) :]
            return replace(finding, statement=rest[:1].upper() + rest[1:])
    return finding


def _rank(finding: Finding) -> int:
    kind = ".".join(finding.id.split(".")[:2])
    return _FIRST.index(kind) if kind in _FIRST else len(_FIRST)


def _primary(record: Record, answered: Sequence[Finding]) -> tuple[Finding | None, str]:
    """The comparison of arms on the primary outcome, and what it is called; without one, the first outcome answered."""
    names = {scale.get("label") or scale.get("name", ""): scale.get("name", "") for scale in record.study.scales}
    compared = [f for f in answered if isinstance(f.detail, ArmDifferenceDetail)]
    for finding in compared:
        detail = finding.detail
        if not record.study.primary or not isinstance(detail, ArmDifferenceDetail):
            continue
        label = next((label for label, name in names.items() if name == detail.scale), detail.scale)
        if record.study.primary.startswith(label) and any(point.primary for point in detail.differences):
            return finding, "Primary outcome" + ("" if record.study.registered else ", not registered")
    rest = compared + [f for f in answered if f.chapter == "outcome" and headline(f)] + list(answered)
    return (min(rest, key=_rank), "First answer") if rest else (None, "")


def planned(finding: Finding, study: StudyCard) -> bool | None:
    """Whether a registered plan named it; None where there is nothing that could have been registered."""
    return finding.registered == "planned" if study.about == "study" else None


def _card(finding: Finding, record: Record, anchors: dict[str, str], *, brief: bool = False) -> Card:
    cautions = finding.cautions
    return Card(
        anchor=anchors[finding.id],
        question=finding.question,
        statement=in_brief(finding.statement) if brief else finding.statement,
        planned=planned(finding, record.study),
        keys=tuple(map(shown, headlines(finding))),
        who=f"{count(finding.population.analysed)} of {count(finding.population.entered)} analysed",
        caution_head=_how_many(len(cautions)).capitalize() + (", the first" if len(cautions) > 1 else ""),
        caution=cautions[0].text if cautions else "",
    )


def _how_many(cautions: int) -> str:
    return "" if not cautions else "caution" if cautions == 1 else f"{cautions} cautions"


def _saying(finding: Finding, record: Record) -> str:
    """The whole statement; of a ledger its first sentence, which is the answer, as the rest lists what was found where."""
    return in_brief(finding.statement) if record.study.about == "evidence" else finding.statement


def in_brief(statement: str) -> str:
    """The first sentence; where only a later one has the interval, up to that one, so that the answer is in it.

    >>> in_brief("8 people left. Without them it is 2.4 (95 % interval 0.9 to 3.9). It would not tip.")
    '8 people left. Without them it is 2.4 (95 % interval 0.9 to 3.9).'
    """
    told = sentences(statement)
    with_width = next((k for k, words in enumerate(told) if "interval" in words), 0)
    return " ".join(told[: with_width + 1])


def sentences(words: str) -> list[str]:
    """The sentences of a statement; two stay together where the end of the first is not certain.

    >>> sentences("It fell by 1.5 points (p = 0.03; cf. No. 2). Lower is better.")
    ['It fell by 1.5 points (p = 0.03; cf. No. 2).', 'Lower is better.']
    >>> sentences("Dr. Who (vs. St. Mary's) did.")
    ["Dr. Who (vs. St. Mary's) did."]
    """
    told, start = [], 0
    for end in re.finditer(r"(?<=[.!?])\s+(?=[^\W\da-z_])", words):
        before = words[start : end.start()]
        last = before.rstrip(".!?").rpartition(" ")[2].lstrip("(")
        letter = len(last) == 1 and last.isupper()
        abbreviated = before.endswith(".") and (last.casefold() in _ABBREVIATIONS or letter)
        if before.count("(") == before.count(")") and not abbreviated:
            told.append(before)
            start = end.end()
    return [*told, words[start:]]


_ABBREVIATIONS = {"dr", "mr", "mrs", "ms", "prof", "st", "no", "vs", "cf", "e.g", "i.e", "approx", "incl", "ca", "jr"}


def _alongside(finding: Finding | None, keys: Sequence[Estimate]) -> tuple[Shown, ...]:
    """The key numbers; a sole comparison also on the standardised scale where there is one."""
    if finding is None or len(keys) != 1 or keys[0].reference is None:
        return tuple(map(shown, keys))
    key = keys[0]
    same = [
        e
        for e in finding.estimates
        if e is not key
        and e.value is not None
        and e.time == key.time
        and e.arm == key.arm
        and e.reference == key.reference
    ]
    return (shown(key), *map(shown, same[:1]))


def _strip(keys: Sequence[Estimate], finding: Finding | None, record: Record, size: Size) -> Markup:
    """The main estimates against zero. Decoration: the numbers stand beside it in words."""
    drawable = [e for e in keys if None not in (e.value, e.low, e.high, e.reference)]
    if finding is None or not drawable or not isinstance(finding.detail, ArmDifferenceDetail):
        return Markup("")
    labels = dict(record.study.arms)
    arm, reference = (labels.get(name or "", name or "") for name in (drawable[0].arm, drawable[0].reference))
    several = len(drawable) > 1
    if several:
        arm = "the arm named"
    left_name, right_name = (arm, reference) if finding.detail.better == "lower" else (reference, arm)
    names = (f"favours {left_name}", f"favours {right_name}")
    most = size.width * 0.46
    scale = linear([*(x for e in drawable for x in (e.low, e.high)), 0.0], 10, size.width - 10, pad=0.06)
    scale = with_room(scale, 0.0, *(min(most, text_width(f"← {words}") + 10) for words in names))
    zero = scale(0.0)
    sides, y = written_sides(names, zero, size)
    rows = []
    for e in drawable:
        y += 38 if several else 20
        rows.append(_strip_row(e, labels, scale, y, named=several))
    drawing = group(
        line(zero, 2, zero, y + 24, "zero"),
        foot_axis(scale, y + 24, ticks(scale.low, scale.high, 6 if size.narrow else 7)),
        sides,
        *rows,
    )
    return tag(
        "svg",
        drawing,
        class_=f"picture {'narrow' if size.narrow else 'wide'}",
        viewBox=f"0 0 {size.width:g} {y + 46:g}",
        aria_hidden="true",
        focusable="false",
    )


def _strip_row(e: Estimate, labels: dict[str, str], scale: Linear, y: float, *, named: bool) -> Markup:
    low, high, value = (scale(x or 0.0) for x in (e.low, e.high, e.value))
    places = list(labels)
    place = places.index(e.arm) if e.arm in places else 1
    label = wrapped(labels.get(e.arm or "", e.arm or ""), scale.end - scale.start, 1, BOLD)[0]
    half = text_width(label, BOLD) / 2
    middle = min(max((low + high) / 2, scale.start + half), scale.end - half)
    return group(
        text(middle, y - 13, label, "label armtext", "middle") if named else "",
        line(low, y, high, y, "whisker bold"),
        tag("path", d="".join(f"M{x:.1f} {y - 7:.1f}v14" for x in (low, high)), class_="whisker bold"),
        tag("path", d=marker(place, value, y, 7), class_="mark"),
        class_=f"c{place % 6}",
    )
