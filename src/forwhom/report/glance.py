"""What a reader sees first: the primary finding, then the other main answers with their key numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from forwhom.findings.kinds import ArmDifferenceDetail
from forwhom.findings.model import Estimate, Finding, Record
from forwhom.report.estimates import Shown, headline, shown
from forwhom.report.numbers import count
from forwhom.report.pictures.forest import written_sides
from forwhom.report.svg import (
    NARROW,
    WIDE,
    Size,
    foot_axis,
    group,
    line,
    linear,
    marker,
    tag,
    text_width,
    ticks,
    with_room,
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
    """One answer in brief."""

    anchor: str
    question: str
    statement: str
    planned: bool
    key: Shown | None
    who: str


@dataclass(frozen=True, slots=True)
class Glance:
    """The primary finding with a strip of its main estimate, cards for others, and one line for every answer."""

    primary: Card | None
    kicker: str
    strip_wide: Markup
    strip_narrow: Markup
    more: tuple[Shown, ...]
    cards: tuple[Card, ...]
    every: tuple[tuple[str, str, str, str, bool], ...]
    """(anchor, question, statement, status, planned)."""


def glance(record: Record, findings: Sequence[Finding], anchors: dict[str, str]) -> Glance:
    """Choose what stands first."""
    answered = [finding for finding in findings if finding.status == "answered"]
    primary, kicker = _primary(record, answered)
    others = sorted((f for f in answered if f is not primary), key=lambda f: (_rank(f), f.registered != "planned"))
    cards = [f for f in others if _rank(f) < len(_FIRST)][:MOST_CARDS]
    key = headline(primary) if primary else None
    return Glance(
        primary=_card(primary, anchors) if primary else None,
        kicker=kicker,
        strip_wide=_strip(key, primary, record, WIDE),
        strip_narrow=_strip(key, primary, record, NARROW),
        more=_alongside(primary, key),
        cards=tuple(_card(finding, anchors) for finding in cards),
        every=tuple((anchors[f.id], f.question, f.statement, f.status, f.registered == "planned") for f in findings),
    )


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


def _card(finding: Finding, anchors: dict[str, str]) -> Card:
    key = headline(finding)
    who = f"{count(finding.population.analysed)} of {count(finding.population.entered)} analysed"
    return Card(
        anchors[finding.id],
        finding.question,
        finding.statement,
        finding.registered == "planned",
        shown(key) if key else None,
        who,
    )


def _alongside(finding: Finding | None, key: Estimate | None) -> tuple[Shown, ...]:
    """The key number, and the same comparison on the standardised scale where there is one."""
    if finding is None or key is None:
        return ()
    same = [
        e
        for e in finding.estimates
        if e is not key
        and e.value is not None
        and e.time == key.time
        and e.arm == key.arm
        and e.reference == key.reference
    ]
    return (shown(key), *(shown(e) for e in same[:1] if key.reference is not None))


def _strip(e: Estimate | None, finding: Finding | None, record: Record, size: Size) -> Markup:
    """The main estimate against zero. Decoration: the numbers stand beside it in words."""
    if e is None or finding is None or e.value is None or e.low is None or e.high is None or e.reference is None:
        return Markup("")
    detail = finding.detail
    if not isinstance(detail, ArmDifferenceDetail):
        return Markup("")
    labels = dict(record.study.arms)
    arm, reference = labels.get(e.arm or "", e.arm or ""), labels.get(e.reference, e.reference)
    left_name, right_name = (arm, reference) if detail.better == "lower" else (reference, arm)
    names = (f"favours {left_name}", f"favours {right_name}")
    most = size.width * 0.46
    scale = linear([e.low, e.high, 0.0], 10, size.width - 10, pad=0.06)
    scale = with_room(scale, 0.0, *(min(most, text_width(f"← {words}") + 10) for words in names))
    zero = scale(0.0)
    sides, taken = written_sides(names, zero, size)
    y = taken + 20
    places = list(labels)
    place = places.index(e.arm) if e.arm in places else 1
    ends = "".join(f"M{scale(x):.1f} {y - 7:.1f}v14" for x in (e.low, e.high))
    drawing = group(
        line(zero, 2, zero, y + 24, "zero"),
        foot_axis(scale, y + 24, ticks(scale.low, scale.high, 4 if size.narrow else 7)),
        sides,
        group(
            line(scale(e.low), y, scale(e.high), y, "whisker bold"),
            tag("path", d=ends, class_="whisker bold"),
            tag("path", d=marker(place, scale(e.value), y, 7), class_="mark"),
            class_=f"c{place % 6}",
        ),
    )
    return tag(
        "svg",
        drawing,
        class_=f"picture {'narrow' if size.narrow else 'wide'}",
        viewBox=f"0 0 {size.width:g} {y + 46:g}",
        aria_hidden="true",
        focusable="false",
    )
