"""What the page shows: documented, frozen, made of texts. Nothing is computed here but layout and wording."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from forwhom.findings.model import Caution, Finding, LeftOut, ProblemNote, Provenance, Record, StudyCard
from forwhom.report.estimates import Shown, columns_present, leading, shown
from forwhom.report.glance import Glance, glance, in_brief, planned
from forwhom.report.links import links
from forwhom.report.methods import Paragraph, References, opening, options_in_words, paragraphs, references, was_run
from forwhom.report.numbers import count
from forwhom.report.overview import interactions
from forwhom.report.picture import Names, Picture, Table
from forwhom.report.pictures import drawn

CHAPTERS = {
    "measurement": ("Measurement", "Can the scales be trusted?"),
    "outcome": ("Outcome", "Did people get better?"),
    "for_whom": ("What works for whom", "Who benefits from which treatment?"),
    "how": ("How it works", "What changes first, and what carries the change?"),
    "company": ("In what company", "Who evokes what in whom?"),
    "one_person": ("One person", "How is this person doing?"),
    "evidence": ("What is known", "What does published research say, and how sure is it?"),
    "session": ("The session", "What happened between patient and therapist?"),
    "case": ("The case", "What was agreed, what is due, who must know?"),
    "programme": ("The treatment", "What is done, in which order, and why?"),
}
NOT_MISSED = {"one_person", "evidence", "session", "case", "programme"}
"""Chapters a report on a study does without."""
WHAT = {
    "study": ("Study", "findings report", "findings", "who entered the study"),
    "evidence": ("Ledger", "evidence report", "what is known", "behind the studies of the ledger"),
    "session": ("Session", "supervision page", "session", "in the session"),
    "case": ("Case", "case page", "case", "in the case"),
    "programme": ("Programme", "treatment programme", "programme", "the programme is for"),
}
"""By what a record is about: its name in the provenance, the mark, the end of the page's title, all of its people."""

MOST_ROWS = 6
"""Estimates shown at once; more are one click away."""
MOST_SCALES = 7
"""Scales named at the top of the page; every one has findings of its own."""


@dataclass(frozen=True, slots=True)
class View:
    """One finding, ready for the page.

    anchor : its id on the page
    statement : the answer; detail : of a ledger what follows the first sentence, which is the answer
    first : the estimates shown at once; rest : all of them when there are more
    first_columns, rest_columns : whether n, df and p are present
    """

    anchor: str
    question: str
    statement: str
    status: str
    planned: bool | None
    picture: Picture | None
    picture_label: str
    table: Table | None
    first: tuple[Shown, ...]
    rest: tuple[Shown, ...]
    first_columns: tuple[bool, bool, bool]
    rest_columns: tuple[bool, bool, bool]
    population: str
    left_out: tuple[str, ...]
    method: str
    options: str
    cites: tuple[int, ...]
    cautions: tuple[Caution, ...]
    would_take: str | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ChapterView:
    """A chapter and its findings.

    overview : a picture of many findings at once, before the first of them
    """

    name: str
    title: str
    subtitle: str
    findings: tuple[View, ...]
    overview: Picture | None = None
    overview_before: str = ""


@dataclass(frozen=True, slots=True)
class CautionView:
    """A caution once, with every finding it belongs to: (anchor, question, or what of it is not said by the one before)."""

    text: str
    code: str
    findings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The whole report."""

    study: StudyCard
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    glance: Glance
    chapters: tuple[ChapterView, ...]
    not_asked: tuple[tuple[str, str], ...]
    methods_opening: str
    methods: tuple[Paragraph, ...]
    references: References
    cautions: tuple[CautionView, ...]
    problems: tuple[ProblemNote, ...]
    provenance: Provenance
    version: str

    @property
    def what(self) -> tuple[str, str, str, str]:
        """How this kind of page calls itself."""
        return WHAT[self.study.about]


def page(record: Record) -> Page:
    """The page of a record."""
    names = names_of(record)
    findings = _in_order(record.findings)
    anchors = anchors_of(findings)
    cited = references(findings)
    views = [view(finding, anchors[finding.id], names, cited, record.study) for finding in findings]
    by_chapter: dict[str, list[View]] = {}
    for finding, one in zip(findings, views, strict=True):
        by_chapter.setdefault(finding.chapter, []).append(one)
    return Page(
        study=record.study,
        facts=_facts(record.study),
        glance=glance(record, findings, anchors),
        chapters=tuple(_chapter(name, tuple(seen), findings, names) for name, seen in by_chapter.items()),
        not_asked=_not_asked(record.study, by_chapter),
        methods_opening=opening(record),
        methods=paragraphs(findings, anchors, cited),
        references=cited,
        cautions=cautions_of(findings, anchors),
        problems=record.problems,
        provenance=record.provenance,
        version=record.version,
    )


def _not_asked(study: StudyCard, asked: Container[str]) -> tuple[tuple[str, str], ...]:
    """Chapters that a report on a study could have and this one has not."""
    if study.about != "study":
        return ()
    return tuple(titles for name, titles in CHAPTERS.items() if name not in asked and name not in NOT_MISSED)


def _chapter(name: str, seen: tuple[View, ...], findings: Sequence[Finding], names: Names) -> ChapterView:
    overview = interactions(findings, names) if name == "for_whom" else None
    before = next((view.anchor for view in seen if view.anchor.startswith("for_whom.moderator.")), "")
    return ChapterView(name, *_titles(name), seen, overview, before if overview else "")


def names_of(record: Record) -> Names:
    """Labels of arms and scales, from the study card."""
    scales = {scale["name"]: scale.get("label") or scale["name"] for scale in record.study.scales if "name" in scale}
    units = {scale["name"]: scale["unit"] for scale in record.study.scales if scale.get("unit") and "name" in scale}
    return Names(dict(record.study.arms), scales, units)


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By chapter; inside a chapter as the record has them, questions that do not arise last."""
    order = list(CHAPTERS)
    rank = {name: place for place, name in enumerate(order)}
    return tuple(sorted(findings, key=lambda f: (rank.get(f.chapter, len(order)), f.status == "not_applicable")))


def _titles(chapter: str) -> tuple[str, str]:
    return CHAPTERS.get(chapter, (chapter.replace("_", " ").capitalize(), ""))


def anchors_of(findings: Iterable[Finding]) -> dict[str, str]:
    """An id for each finding that is safe in HTML and in a link, and used once."""
    anchors: dict[str, str] = {}
    used: set[str] = set()
    for finding in findings:
        name = re.sub(r"[^\w.-]", "-", finding.id, flags=re.ASCII)
        name = name if name[:1].isalpha() else f"finding-{name}"
        while name in used:
            name += "-again"
        used.add(name)
        anchors.setdefault(finding.id, name)
    return anchors


def view(finding: Finding, anchor: str, names: Names, cited: References, study: StudyCard) -> View:
    """One finding as the page shows it."""
    seen = drawn(finding.detail, names)
    rows = tuple(shown(estimate) for estimate in finding.estimates)
    many = len(rows) > MOST_ROWS + 2
    first = tuple(shown(estimate) for estimate in leading(finding, MOST_ROWS)) if many else rows
    said = in_brief(finding.statement) if study.about == "evidence" else finding.statement
    return View(
        anchor=anchor,
        question=finding.question,
        statement=said,
        status=finding.status,
        planned=planned(finding, study),
        picture=seen if isinstance(seen, Picture) else None,
        picture_label=f"figure-{anchor}",
        table=seen if isinstance(seen, Table) else None,
        first=first,
        rest=rows if many else (),
        first_columns=columns_present(first),
        rest_columns=columns_present(rows),
        population=_population(finding, study),
        left_out=tuple(map(_left_out, finding.population.left_out)),
        method=finding.method.name if was_run(finding) else "",
        options=options_in_words(finding.method),
        cites=cited.numbers(finding.method),
        cautions=finding.cautions,
        would_take=finding.would_take,
        detail=finding.statement[len(said) :].strip(),
    )


def _population(finding: Finding, study: StudyCard) -> str:
    entered, analysed = finding.population.entered, finding.population.analysed
    if study.about != "study" and not entered:
        return ""
    whom = WHAT[study.about][3] if entered == study.persons else "whom the question is about"
    if not was_run(finding) and finding.status != "answered":
        return f"{count(entered)} people {whom}." if entered != 1 else f"1 person {whom}."
    return f"{count(analysed)} of {count(entered)} people {whom}."


def _left_out(left: LeftOut) -> str:
    noun = "person" if left.of == "persons" and left.n == 1 else "people" if left.of == "persons" else left.of
    return f"{count(left.n)} {noun}: {left.why.rstrip('.')}."


def _facts(study: StudyCard) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The study card: what a reader needs to know about the study before any number."""
    if study.about != "study":
        return study.facts
    facts: list[tuple[str, tuple[str, ...]]] = [("People", (count(study.persons),))]
    if study.arms:
        labels = [label for _, label in study.arms]
        first = f"{labels[0]} (reference)" if len(labels) > 1 else labels[0]
        facts.append(("Arms" if len(labels) > 1 else "Arm", (first, *labels[1:])))
    if study.scales:
        more = len(study.scales) - MOST_SCALES
        shown_scales = tuple(map(_scale, study.scales[:MOST_SCALES] if more > 1 else study.scales))
        facts.append(
            (
                "Scales" if len(study.scales) > 1 else "Scale",
                (*shown_scales, *([f"and {more} more"] if more > 1 else [])),
            )
        )
    facts.append(("Primary outcome", (study.primary or "none named",)))
    facts.append(("Plan registered", (study.registered or "not registered",)))
    if study.tables:
        rows = ", ".join(f"{name} ({count(n)} row{'' if n == 1 else 's'})" for name, n in study.tables.items())
        facts.append(("Tables read", (rows,)))
    return tuple(facts)


def _scale(scale: dict[str, str]) -> str:
    label = scale.get("label") or scale.get("name", "")
    more = [scale["range"]] if scale.get("range") else []
    more += [f"{scale['better']} is better"] if scale.get("better") else []
    return f"{label} ({', '.join(more)})" if more else label


def cautions_of(findings: Sequence[Finding], anchors: dict[str, str]) -> tuple[CautionView, ...]:
    """Every caution once, with the findings it belongs to."""
    together: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        for caution in finding.cautions:
            together.setdefault((caution.text, caution.code), []).append(finding)
    return tuple(
        CautionView(text, code, tuple(link for alike in links(where, anchors, findings) for link in alike))
        for (text, code), where in together.items()
    )


def cite_links(numbers: tuple[int, ...]) -> Markup:
    """Numbers that lead to the reference list."""
    links = (Markup('<a href="#reference-{0}">{0}</a>').format(number) for number in numbers)
    return Markup("[{}]").format(Markup(", ").join(links)) if numbers else Markup("")
