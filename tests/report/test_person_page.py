"""One person's page, the overview of moderators, and a declined finding that shows what failed."""

from __future__ import annotations

import re
from dataclasses import replace
from types import ModuleType

from forwhom.findings.model import Caution, Estimate, Record
from forwhom.findings.record import from_json, to_json
from forwhom.report.overview import interactions
from forwhom.report.page import names_of, page
from forwhom.report.person import person_page
from forwhom.report.render import render


def test_a_record_about_one_person_gets_that_persons_page(samples: ModuleType) -> None:
    text = render(samples.person())
    assert "<h1>Person 12</h1>" in text
    assert '<body class="person">' in text
    assert "At a glance" not in text
    assert text.count("<article") == 5
    assert text.count("<figure") == 5
    assert render(from_json(to_json(samples.person()))) == text
    assert render(samples.person(), to_json(samples.person())) == text
    assert '<body class="person">' not in render(replace(samples.person(), person=None))


def test_change_follows_the_course_and_what_does_not_arise_stands_last(samples: ModuleType) -> None:
    record = samples.person()
    first = replace(record.findings[0], status="not_applicable", detail=None)
    made = person_page(replace(record, findings=(first, *record.findings[1:])))
    kinds = [answer.anchor.split(".")[1] for answer in made.answers]
    assert kinds == ["course", "change", "on_track", "benefit", "profile"]


def test_what_is_known_before_treatment_stands_at_the_top(samples: ModuleType) -> None:
    made = person_page(samples.person())
    assert made.facts == (("Arm", "Beat the Blues"), ("Age", "43"), ("Antidepressant", "yes"))
    assert made.title == "Person 12"


def test_a_caution_of_several_answers_is_told_once_with_all_of_them(samples: ModuleType) -> None:
    record = samples.person()
    findings = tuple(replace(f, cautions=(Caution("few", "Only 2 people."),)) for f in record.findings)
    text = render(replace(record, findings=findings))
    assert text.count("Only 2 people.") == 1
    listed = text[text.index('id="cautions"') :]
    assert listed.count('href="#one_person.') == 5


def test_a_question_asked_of_many_scales_is_written_out_once(samples: ModuleType) -> None:
    record = samples.person()
    benefit = next(f for f in record.findings if f.id.startswith("one_person.benefit."))
    caution = (Caution("few", "Only 2 people."),)
    asked = tuple(
        replace(
            benefit,
            id=f"one_person.benefit.{name}",
            question=f"Which treatment helps more in {label}?",
            cautions=caution,
        )
        for name, label in (("a", "BSL-23"), ("b", "LPFS"), ("c", "LPFS Self-functioning"))
    )
    absent = replace(
        asked[0], id="one_person.benefit.d", question="Which treatment helps more in Mood?", status="not_applicable"
    )
    made = person_page(replace(record, findings=(*asked, absent)))
    words = tuple(text for _, text in made.cautions[0].findings)
    assert words[:3] == ("Which treatment helps more in BSL-23?", "LPFS", "LPFS Self-functioning")
    assert [[text for _, text in alike] for alike in made.contents] == [list(words[:3])]
    assert [anchor for anchor, _ in made.contents[0]] == [answer.anchor for answer in made.answers[:3]]


# ── what declined ────────────────────────────────────────────────────────────────────────────────


def test_a_declined_finding_shows_what_failed_and_how_it_was_made(samples: ModuleType) -> None:
    record = samples.record()
    views = {view.anchor: view for chapter in page(record).chapters for view in chapter.findings}
    seen = views["for_whom.recommendation.bdi2"]
    assert seen.status == "declined"
    assert seen.picture is not None
    assert "not met" in seen.picture.wide
    assert seen.method
    article = render(record).split('<article id="for_whom.recommendation.bdi2"')[1].split("</article>")[0]
    assert "<figure" in article
    assert "What it would take:" in article
    assert "Declined" in article


def test_a_declined_finding_without_detail_has_no_picture_and_no_method(samples: ModuleType) -> None:
    record = samples.record()
    findings = tuple(replace(f, detail=None) if f.status == "declined" else f for f in record.findings)
    views = {view.anchor: view for ch in page(replace(record, findings=findings)).chapters for view in ch.findings}
    seen = views["for_whom.recommendation.bdi2"]
    assert seen.picture is None
    assert not seen.method


# ── all moderators at once ───────────────────────────────────────────────────────────────────────


def with_estimates(samples: ModuleType, *estimates: tuple[Estimate, ...]) -> Record:
    record = samples.record()
    moderators = [f for f in record.findings if f.id.startswith("for_whom.moderator.")]
    made = dict(zip((f.id for f in moderators), estimates, strict=True))
    return replace(
        record, findings=tuple(replace(f, estimates=made[f.id]) if f.id in made else f for f in record.findings)
    )


def one(name: str, value: float, unit: str = "BDI-II points", arm: str | None = "BtheB") -> Estimate:
    more = {"arm": arm, "reference": "TAU", "scale": "bdi2", "p": 0.2, "time": 8.0}
    return Estimate(name, value, value - 1, value + 1, 0.95, "t", unit, **more)


def test_every_interaction_is_a_row_said_shortly(samples: ModuleType) -> None:
    tail = " at 8 months, Beat the Blues − Treatment as usual"
    record = with_estimates(
        samples,
        (
            one(f"moderation by age per standard deviation (10.9){tail}", 2.5),
            one(f"moderation by age per unit{tail}", 0.25, "BDI-II points per unit of age"),
            one(f"effect with age: the mean (40){tail}", -3.0),
            Estimate("p of moderation by age, Holm-adjusted over 2 planned moderators", 0.4, unit="p", p=0.4),
        ),
        (
            one(f"moderation by drug, Yes against No,{tail}", 7.5),
            one(f"moderation by drug, Some against No,{tail}", 1.5),
        ),
    )
    made = interactions(record.findings, names_of(record))
    assert made is not None
    rows = [(row[0], row[3], row[6]) for row in made.tables[0].rows]
    assert rows == [
        ("age per standard deviation (10.9)", "2.5", "0.40"),
        ("drug, Yes against No", "7.5", "–"),
        ("drug, Some against No", "1.5", "–"),
    ]
    assert "age per standard deviation (10.9) 2.5 (1.5 to 3.5), p = 0.20" in made.describe


def test_the_overview_stands_before_the_first_moderator_and_needs_two(samples: ModuleType) -> None:
    record = with_estimates(samples, (one("interaction with age", 1.0),), (one("interaction with drug", 2.0),))
    text = render(record)
    assert re.search(r'id="overview-for_whom".*?<article id="for_whom\.moderator\.bdi2\.age"', text, re.S)
    assert text.index('id="for_whom.heterogeneity.bdi2"') < text.index('id="overview-for_whom"')
    sole = with_estimates(samples, (one("interaction with age", 1.0),), ())
    assert 'id="overview-for_whom"' not in render(sole)


def test_outcomes_in_other_units_stand_apart(samples: ModuleType) -> None:
    record = with_estimates(
        samples, (one("interaction with age", 1.0),), (one("interaction with drug", 0.2, "proportion"),)
    )
    made = interactions(record.findings, names_of(record))
    assert made is not None
    assert made.wide.count("Change of the effect on BDI-II") == 2


def test_a_moderator_of_many_levels_has_one_row_with_its_test(samples: ModuleType) -> None:
    levels = tuple(one(f"moderation by drug, level {k} against none", k / 2) for k in range(6))
    test = Estimate("any moderation by drug at 8 months (F)", 1.2, unit="F on 6 and 80 degrees of freedom", p=0.31)
    record = with_estimates(samples, (one("moderation by age per standard deviation", 1.0),), (test, *levels))
    made = interactions(record.findings, names_of(record))
    assert made is not None
    assert "6 levels against the first: in the table" in made.wide
    assert "p = 0.31" in made.wide
    assert len(made.tables[0].rows) == 7
