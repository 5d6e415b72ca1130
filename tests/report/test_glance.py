"""What a reader sees first: every comparison with the reference, and no headline without its cautions."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from types import ModuleType

import pytest

from forwhom.findings.kinds import ArmDifferenceDetail, DifferencePoint, Interval, MeanPoint
from forwhom.findings.model import Caution, Estimate, Finding, Record
from forwhom.findings.record import to_json
from forwhom.report.estimates import headlines, shown
from forwhom.report.glance import glance, in_brief, sentences
from forwhom.report.numbers import typeset
from forwhom.report.picture import LONGEST_PRINTED, table
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.render import render
from forwhom.report.svg import WIDE

ARMS = (("a", "Usual care"), ("b", "Coaching"), ("c", "Exercise"), ("d", "Both"))
OMNIBUS = Estimate(
    "any difference between the 4 arms at 8 weeks (F)",
    4.3142,
    unit="F on 3 and 231.5 degrees of freedom",
    interval="none: a test statistic",
    p=0.01,
    df=231.5,
    time=8.0,
)


def several(samples: ModuleType, *, better: str = "lower") -> Record:
    """Four arms, differences of all pairs at two occasions."""
    points, estimates = [], [OMNIBUS]
    for time in (4.0, 8.0):
        for k, (reference, _) in enumerate(ARMS):
            for arm, label in ARMS[k + 1 :]:
                value = -1.25 * ARMS.index((arm, label)) + time / 10 + k / 100
                raw = Interval(value, value - 2, value + 2)
                points.append(DifferencePoint(arm, reference, time, raw, Interval(None), 0.2, 90.0, time == 8.0))
                more = {"arm": arm, "reference": reference, "time": time}
                name = f"{label} − {dict(ARMS)[reference]} at {time:g} weeks"
                estimates.append(Estimate(name, value, value - 2, value + 2, 0.95, "t", "points", **more))
    means = tuple(MeanPoint(arm, t, Interval(9.0, 8.0, 10.0), 9.0, 30) for arm, _ in ARMS for t in (0.0, 4.0, 8.0))
    detail = ArmDifferenceDetail("bdi2", better, "week", means, tuple(points), "unstructured", ARMS)
    made = samples.finding("outcome.arm_difference.bdi2", "Did it help?", "It did.", detail)
    made = replace(made, estimates=tuple(estimates))
    base = samples.record()
    return replace(base, study=replace(base.study, arms=ARMS), findings=(made,))


def seen(record: Record) -> str:
    page = render(record)
    section = page[page.index('<section id="glance"') : page.index('<section id="chapter-')]
    return section.replace("\u202f", " ")


def test_every_arm_against_the_reference_at_the_primary_occasion(samples: ModuleType) -> None:
    record = several(samples)
    keys = headlines(record.findings[0])
    assert [(key.arm, key.reference, key.time) for key in keys] == [(arm, "a", 8.0) for arm in "bcd"]
    words = seen(record)
    for label in ("Coaching", "Exercise", "Both"):
        assert f"{label} − Usual care at 8 weeks" in words
        assert len(re.findall(rf'class="label armtext"[^>]*>{label}<', words)) == 2, (
            "a row in the wide and narrow strip"
        )
    assert "← favours the arm named" in words
    assert "favours Usual care →" in words
    assert "Exercise − Coaching" not in words


def test_the_sides_turn_where_higher_is_better(samples: ModuleType) -> None:
    words = seen(several(samples, better="higher"))
    assert "← favours Usual care" in words
    assert "favours the arm named →" in words


def with_cautions(samples: ModuleType, *texts: str) -> Record:
    record = samples.record()
    cautions = tuple(Caution("c", text) for text in texts)
    return replace(record, findings=tuple(replace(finding, cautions=cautions) for finding in record.findings))


def cards(words: str) -> list[str]:
    listed = words[words.index('<ul class="cards">') : words.index('<details class="every">')]
    primary, _, recommendation = words[: words.index('<ul class="cards">')].partition('<div class="recommendation')
    return [primary, recommendation, *listed.split("<li>")[1:]]


def test_no_headline_without_its_cautions(samples: ModuleType) -> None:
    one = cards(seen(with_cautions(samples, "Few people stayed.")))
    assert len(one) > 3
    for card in one:
        assert "<b>Caution:</b> Few people stayed." in card
        assert card.count("See the finding") == 1
    several = seen(with_cautions(samples, "Few people stayed.", "Nobody was blind.", "It was short."))
    for card in cards(several):
        assert "<b>3 cautions, the first:</b> Few people stayed." in card
    every = several[several.index('<details class="every">') :]
    assert every.count("with 3 cautions") == len(samples.record().findings)
    assert "aution" not in seen(with_cautions(samples))


def test_cards_say_the_first_sentence_and_the_headline_all(samples: ModuleType) -> None:
    def longer(finding: Finding) -> Finding:
        return replace(finding, statement="First (p = 0.03; cf. No. 2). Second.")

    record = samples.record()
    record = replace(record, findings=tuple(map(longer, record.findings)))
    found = glance(record, record.findings, {finding.id: finding.id for finding in record.findings})
    assert found.primary is not None
    assert found.primary.statement.endswith("Second.")
    assert {card.statement for card in found.cards} == {"First (p = 0.03; cf. No. 2)."}
    assert render(record).count("Second.") >= len(record.findings)


def test_first_sentences() -> None:
    late = "8 left. If so, it is 2.4 (95 % interval 1 to 3)."
    assert in_brief(f"{late} It tips.") == late
    assert in_brief("It rose 1.5 points. Lower is better.") == "It rose 1.5 points."
    for whole in ("St. Mary had 3.", "A vs. B: none", "", "By J. Smith", "(One. Two", "It rose to 3. 4 fell."):
        assert in_brief(whole) == whole


def test_kinds_of_estimates_that_have_no_ordinary_interval() -> None:
    test = shown(OMNIBUS)
    assert (test.value, test.interval, test.level, test.kind) == ("4.31", "", "", "a test statistic")
    words = "NNTH 624 (95 % CI from NNTB 5.2 through infinity to NNTH 5.1)"
    needed = Estimate("number needed to treat (harm)", 624.0, None, None, 0.95, "reciprocal", "people", words)
    assert (shown(needed).value, shown(needed).interval) == ("624", "NNTB 5.2 through ∞ to NNTH 5.1")
    assert shown(needed).level
    assert not shown(needed).direction
    bounds = shown(
        Estimate("share", None, 0.29, 0.771, None, "bounds: none or all", "proportion", why_absent="only bounds")
    )
    assert (bounds.value, bounds.interval.replace("\u202f", " "), bounds.level) == ("–", "29 % to 77 %", "")
    assert bounds.why_absent == "only bounds"
    drawing, _ = forest([Row("share", "", Interval(None, 0.2, 0.4), "20 to 40")], WIDE)
    assert "could not be computed" not in drawing
    assert "whisker" in drawing


def test_thousands_are_written_alike() -> None:
    assert typeset("814 of 1000 people") == "814 of 1,000 people"
    assert typeset("1,000 people; 1000 of 1200") == "1,000 people; 1,000 of 1,200"
    for alone in ("Trial of 2001, in 1999", "id 12345", "0.12345 points", "1000.5 people"):
        assert typeset(alone) == alone


def test_long_tables_are_not_printed() -> None:
    rows = [[str(k), "1"] for k in range(LONGEST_PRINTED + 1)]
    assert table("t", ["a", "b"], rows).long
    assert not table("t", ["a", "b"], rows[1:]).long
    assert LONGEST_PRINTED <= 20


def test_the_page_names_its_record(samples: ModuleType) -> None:
    record = samples.record()
    assert hashlib.sha256(to_json(record).encode()).hexdigest() in render(record)


@pytest.mark.parametrize(
    ("status", "statement", "shown_words"),
    [
        ("declined", "No answer: no rule can be named, because the gain is small.", "No rule can be named, because"),
        ("declined", "The gain is small.", "The gain is small."),
        ("answered", "Give A to those below 35.", "Give A to those below 35."),
    ],
)
def test_whether_a_recommendation_can_be_made(
    samples: ModuleType, status: str, statement: str, shown_words: str
) -> None:
    base = samples.record()
    findings = tuple(
        replace(f, status=status, statement=statement, would_take="1,500 people.")
        if f.id == "for_whom.recommendation.bdi2"
        else f
        for f in base.findings
    )
    words = seen(replace(base, findings=findings))
    card = words[words.index('<div class="recommendation') :]
    card = card[: card.index("</div>")]
    assert ("<b>No recommendation can be made.</b>" in card) == (status == "declined")
    assert shown_words in card
    assert "What it would take:" in card
    without = replace(base, findings=tuple(f for f in findings if not f.id.startswith("for_whom.recommendation")))
    assert 'class="recommendation' not in seen(without)


def test_the_recommendation_on_the_primary_outcome_stands_first(samples: ModuleType) -> None:
    base = samples.record()
    primary = next(f for f in base.findings if f.id == "for_whom.recommendation.bdi2")
    other = replace(primary, id="for_whom.recommendation.other", statement="Of another scale.")
    found = glance(base, (other, *base.findings), {f.id: f.id for f in (other, *base.findings)})
    assert found.recommendation is not None
    assert found.recommendation.anchor == primary.id
    alone = tuple(f for f in base.findings if f is not primary)
    found = glance(base, (other, *alone), {f.id: f.id for f in (other, *alone)})
    assert found.recommendation is not None
    assert found.recommendation.anchor == other.id


def test_a_page_of_the_ledger_answers_in_its_first_sentence_and_the_rest_follows() -> None:
    from forwhom import evidence
    from forwhom.analysis.evidence.answer import answer
    from forwhom.findings.record import to_json
    from forwhom.report.render import render

    record = answer(evidence.read(), questions=["gaps"])
    page = render(record, to_json(record))
    first, *rest = sentences(record.findings[0].statement)
    assert rest
    assert f'<p class="statement">{first}</p>' in page
    assert page.count(rest[0]) == 1  # not at a glance, and once below the answer
