"""The page of a programme: its time line, common features, guidance with its evidence, and what no paper says."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from forwhom.analysis.asking import DEFAULT_SEED, Asking, DraftOf, provenance
from forwhom.analysis.programme.features import features
from forwhom.analysis.programme.guidance import standings
from forwhom.evidence import Ledger
from forwhom.findings import Finding, Method, Record, StudyCard
from forwhom.findings.kinds import (
    CommonFeaturesDetail,
    FeatureRow,
    GapRow,
    GuidanceDetail,
    GuidanceRow,
    ProgrammeGapsDetail,
    ProgrammeSpan,
    ProgrammeTimelineDetail,
)
from forwhom.findings.record import VERSION
from forwhom.programme import Programme
from forwhom.programme.calendar import Calendar, Due, Series, calendar
from forwhom.programme.guidance import parse
from forwhom.programme.telling import told

DAY = dt.date(2001, 1, 1)
"""The day a time line is measured from; months from it have their usual lengths."""
PARTS = {
    "phase": "Phases",
    "assessment": "Assessments",
    "review": "Assessments",
    "profile": "Assessments",
    "plan": "To work out",
    "agreement": "To work out",
}


@dataclass(frozen=True, slots=True)
class ProgrammeAsked:
    """A programme beside a ledger, as questions are asked of them."""

    programme: Programme
    ledger: Ledger

    @property
    def fingerprint(self) -> str:
        """Changes when either changes."""
        return hashlib.sha256(f"{self.programme!r}\0{self.ledger.digest}".encode()).hexdigest()


def programme_record(programme: Programme, ledger: Ledger) -> Record:
    """Everything asked of a programme, as one record.

    >>> from forwhom import evidence, programme
    >>> [each.id for each in programme_record(programme.shipped("mbt"), evidence.read()).findings]
    ['programme.timeline', 'programme.features', 'programme.guidance', 'programme.gaps']
    """
    of = ProgrammeAsked(programme, ledger)
    asking = Asking(seed=DEFAULT_SEED)
    findings = tuple(ask(of, asking) for ask in (timeline, common_features, guidance, gaps))
    return Record(VERSION, _card(programme, ledger), findings, (), provenance(of, asking))


def timeline(of: ProgrammeAsked, asking: Asking) -> Finding:
    """What takes place when, in weeks from the first day."""
    draft = DraftOf(of, asking, "programme.timeline", "What takes place when?")
    draft.method = Method(
        "Lengths and occasions as the papers state them; where they are silent, planned with values of ours"
    )
    made = calendar(of.programme, DAY, ZoneInfo("UTC"))
    spans = (*_dues(made), *(_series(each) for each in made.series if each.days), *_unplaced(of.programme, made))
    order = ("Phases", "Sessions", "Assessments", "To work out")
    # Sorting is stable: within a part the order of time stays.
    spans = tuple(sorted(spans, key=lambda span: order.index(span.part)))
    weeks = _weeks(made.end) if made.end else max((span.ends for span in spans), default=0.0)
    ours = sum(span.ours for span in spans)
    phases = sum(span.part == "Phases" for span in spans)
    moved = sum(due.assumed for due in made.dues) + sum(each.assumed for each in made.series)
    if ours:
        draft.caution("ours", f"{ours} of {len(spans)} rows are planned with a value that no paper states.")
    if moved:
        draft.caution(
            "moved", "Where the length of an early phase is ours, everything after it may lie earlier or later."
        )
    for what, why in made.unplaced:
        draft.caution("no-time", f"{what}: {why}")
    length = of.programme.length or "a length that is not stated"
    statement = f"{of.programme.title} takes {length}, in {phases} phase{'s' if phases != 1 else ''}."
    return draft.answer(statement, (), ProgrammeTimelineDetail(weeks, spans))


def _weeks(day: dt.date) -> float:
    return (day - DAY).days / 7


def _dues(made: Calendar) -> list[ProgrammeSpan]:
    """Phases, assessments and what is worked out; occasions of one assessment are one row."""
    rows: dict[tuple[str, str], list[Due]] = {}
    for due in made.dues:
        if due.kind in PARTS:
            rows.setdefault((due.kind, due.id), []).append(due)
    return [_span(found) for found in rows.values()]


def _span(found: list[Due]) -> ProgrammeSpan:
    first = found[0]
    label = first.label.rpartition(" (")[0] if first.on is not None else first.label
    marks = tuple(_weeks(each.on) for each in found if each.on is not None)
    day = dt.timedelta(days=1)
    windows = tuple((_weeks(each.first), _weeks(each.last + day)) for each in found if each.on is not None)
    begins = min(_weeks(each.first) for each in found)
    ends = max(_weeks(each.last + day) for each in found)
    says = f"by {', '.join(first.who)}" if first.who else first.note
    ours = any(each.ours for each in found)
    return ProgrammeSpan(PARTS[first.kind], label, begins, ends, marks, windows, ours, says, first.source)


def _series(series: Series) -> ProgrammeSpan:
    marks = tuple(_weeks(day) for day in series.days)
    every = series.every if series.every.value > 1 else series.every.unit
    minutes = f", {series.minutes} minutes" if series.minutes else ""
    says = f"{len(marks)} times, every {every}{minutes}" if len(marks) > 1 else f"once{minutes}"
    return ProgrammeSpan("Sessions", series.label, marks[0], marks[-1], marks, (), series.ours, says, series.source)


def _unplaced(programme: Programme, made: Calendar) -> list[ProgrammeSpan]:
    """Sessions of which nobody says how often: the time of their phases."""
    phases = {due.id: due for due in made.dues if due.kind == "phase"}
    found = []
    for session in programme.sessions:
        held = [phases[name] for name in session.phases if name in phases]
        if session.every is None and held:
            ends = max(_weeks(each.last + dt.timedelta(days=1)) for each in held)
            begins = min(_weeks(each.first) for each in held)
            source = str(session.source or "")
            says = "how often is not stated"
            found.append(ProgrammeSpan("Sessions", session.name, begins, ends, (), (), False, says, source))
    return found


def common_features(of: ProgrammeAsked, asking: Asking) -> Finding:
    """The seven common features of effective treatments."""
    draft = DraftOf(of, asking, "programme.features", "Which features of effective treatments does it have?")
    draft.method = Method("Rules over the programme's facts: all that is asked is there, some of it, or nothing")
    draft.caution(
        "tend", "The paper says that effective treatments tend to have these features; no study varied one of them."
    )
    draft.caution(
        "not-stated", "Not stated is not the same as not there: the papers may leave out what the manual has."
    )
    found = features(of.programme, of.ledger)
    rows = tuple(
        FeatureRow(
            each.judged.feature.label,
            each.judged.status,
            each.judged.feature.rule,
            tuple(f"{fact.says.rstrip('.')} ({fact.source})" for fact in each.judged.evidence),
            each.judged.lacks,
            each.told,
            each.judged.feature.source,
        )
        for each in found
    )
    met = sum(row.status == "met" for row in rows)
    partly = sum(row.status == "partly" for row in rows)
    statement = f"Of {len(rows)} features, {met} are met by what the papers say and {partly} are met partly."
    return draft.answer(statement, (), CommonFeaturesDetail(rows))


def guidance(of: ProgrammeAsked, asking: Asking) -> Finding:
    """The rules, each with its evidence."""
    draft = DraftOf(of, asking, "programme.guidance", "What does its guidance say, and on what evidence?")
    draft.method = Method("Each rule's claim judged by the rows of the ledger of evidence")
    rules = of.programme.guidance
    if not rules:
        return draft.decline("the papers give no if-then guidance for this programme", "its manual, coded rule by rule")
    stands = standings(of.programme, of.ledger)
    order = ("weakened", "supported", "supported with conditions", "untested", "no claim")
    rows = [
        GuidanceRow(
            rule.id,
            rule.name,
            str(parse(rule.rule, of.programme.words)[0] or rule.rule),
            rule.why,
            str(rule.source or ""),
            rule.grade,
            stands[rule.id].word,
            " ".join((stands[rule.id].why, *stands[rule.id].conditions)),
        )
        for rule in rules
    ]
    rows.sort(key=lambda row: order.index(row.standing))
    counts = {word: sum(row.standing == word for row in rows) for word in order}
    supported = counts["supported"] + counts["supported with conditions"]
    draft.caution("does-not-decide", "Guidance for trained staff: it can be overruled, with a reason that is kept.")
    statement = (
        f"{len(rows)} rule{'s' if len(rows) != 1 else ''}: {supported} with support in the ledger, "
        f"{counts['weakened']} weakened, {counts['untested'] + counts['no claim']} advised and never tested."
    )
    return draft.answer(statement, (), GuidanceDetail(tuple(rows)))


def gaps(of: ProgrammeAsked, asking: Asking) -> Finding:
    """What the papers do not say."""
    draft = DraftOf(of, asking, "programme.gaps", "What do the papers not say?")
    draft.method = Method("Gaps as marked in the programme's file")
    rows = tuple(GapRow(each.what, each.needed_for) for each in of.programme.gaps)
    ours = sum(len(fact.assumed) for _, fact in of.programme.facts())
    says = f"{len(rows)} points that are needed are not stated; {ours} of them are planned with values of ours."
    return draft.answer(says, (), ProgrammeGapsDetail(rows))


def _card(programme: Programme, ledger: Ledger) -> StudyCard:
    stated = [told(each).partition(";")[0] for each in programme.sessions if each.minutes and each.every]
    papers = dict.fromkeys(fact.source.document for _, fact in programme.facts() if fact.source)
    facts: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("For", (programme.disorder,)),
        ("Length", (str(programme.length or "not stated"),)),
        ("Setting", (programme.setting or "not stated",)),
        ("Sessions", tuple(stated) or ("how long and how often is not stated",)),
        ("From", tuple(ledger.documents[name].label if name in ledger.documents else name for name in papers)),
    )
    return StudyCard(
        name=programme.id,
        title=programme.title,
        source=None,
        time_unit="week",
        arms=(),
        scales=(),
        registered=None,
        primary=None,
        persons=0,
        tables={},
        about="programme",
        facts=facts,
    )
