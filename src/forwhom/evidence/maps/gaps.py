"""The gap map: for each disorder, treatment and outcome, the best design that looked at it; the empty cells are the point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from forwhom.evidence.filters import Query, Row
from forwhom.evidence.maps.marks import LeftOutRows
from forwhom.evidence.maps.words import above, asked_for, contrast_of, outcome_of, package, root
from forwhom.evidence.model import Ledger, Study
from forwhom.evidence.samples import People, of_rows

LEVELS: Mapping[str, str] = {
    "randomised": "randomised comparison",
    "comparison": "comparison that was not randomised, or not said to be",
    "change": "change in one group",
    "unclear": "design not stated",
    "uncoded": "study in the ledger, its results not coded",
    "nothing": "no coded result",
}
"""What carries a cell, best first."""

OUTCOME_KINDS = ("events", "means", "effect", "statement")
UNNAMED = "outcome-not-named"
SIGNS = ("brain", "biomarker")


@dataclass(frozen=True, slots=True)
class Cell:
    """One disorder, treatment and outcome.

    level : key of `LEVELS`, the best of its rows
    samples, people : of every level; at : samples by level
    rows : everything behind it
    uncoded : studies of this disorder and treatment that compare groups, and of which no result stands anywhere in the map:
        the outcome may be among what they report
    """

    disorder: str
    treatment: str
    outcome: str
    level: str
    at: Mapping[str, tuple[str, ...]]
    people: People | None
    rows: tuple[Row, ...]
    uncoded: tuple[str, ...] = ()

    @property
    def samples(self) -> tuple[str, ...]:
        """Independent samples."""
        return self.at.get("uncoded", ()) if self.people is None else tuple(each.id for each in self.people.samples)


@dataclass(frozen=True, slots=True)
class Gaps:
    """The map: every disorder, treatment and outcome the ledger knows of, and each cell with something in it.

    disorders, treatments, outcomes : words, in the order of the vocabulary; treatments without any result too
    labels : of outcomes
    levels : key of `LEVELS` by row
    never : outcomes of the vocabulary of which nothing is coded for any treatment, not even what goes with them
    uncoded : studies that compare groups of patients and stand nowhere in the map, by disorder and treatment
    left_out : rows that are no evidence on a treatment
    """

    disorders: tuple[str, ...]
    treatments: tuple[str, ...]
    outcomes: tuple[str, ...]
    labels: Mapping[str, str]
    cells: Mapping[tuple[str, str, str], Cell]
    levels: Mapping[str, str]
    never: tuple[str, ...]
    left_out: tuple[LeftOutRows, ...]
    uncoded: Mapping[tuple[str, str], tuple[Study, ...]] = field(default_factory=dict)

    def cell(self, disorder: str, treatment: str, outcome: str) -> Cell:
        """The cell, empty where nothing is there. The brain and markers are no outcomes that a trial is sure to report."""
        found = self.cells.get((disorder, treatment, outcome))
        if found is not None:
            return found
        trial = outcome != UNNAMED and not outcome.startswith("signs:")
        return self._empty(disorder, treatment, outcome, self.uncoded.get((disorder, treatment), ()) if trial else ())

    def _empty(self, disorder: str, treatment: str, outcome: str, known: Sequence[Study]) -> Cell:
        samples = tuple(dict.fromkeys(study.sample for study in known))
        level = "uncoded" if samples else "nothing"
        at = {"uncoded": samples} if samples else {}
        return Cell(disorder, treatment, outcome, level, at, None, (), tuple(study.id for study in known))

    def over(self, disorder: str, treatment: str) -> Cell:
        """All outcomes of a disorder and treatment together."""
        rows = [cell.rows for (d, t, _), cell in self.cells.items() if (d, t) == (disorder, treatment)]
        together = tuple({row.id: row for each in rows for row in each}.values())
        if not together:
            return self._empty(disorder, treatment, "", self.uncoded.get((disorder, treatment), ()))
        return _cell((disorder, treatment, ""), [(row, self.levels[row.id]) for row in together])


def gaps(ledger: Ledger, query: str | Query = "") -> Gaps:
    """Which designs looked at which outcome under which treatment.

    Treatments are packages, outcomes the broadest domains; change of the brain and markers are columns of their own.
    An outcome with two parents counts in both. Statements without an outcome have a column of their own.

    >>> from forwhom import evidence
    >>> found = gaps(evidence.read())
    >>> found.cell("bpd", "mbt", "suicidality").level, found.cell("bpd", "dbt", "signs:activation").level
    ('randomised', 'comparison')
    """
    asked, rows = asked_for(ledger, query)
    left: dict[str, list[Row]] = {}
    levels: dict[str, str] = {}
    found: dict[tuple[str, str, str], list[tuple[Row, str]]] = {}
    for row in rows:
        why = _why_not(row, ledger)
        if why:
            left.setdefault(why, []).append(row)
            continue
        levels[row.id] = level_of(row, ledger)
        for side in _sides(row):
            for disorder in _disorders(side):
                for outcome in _outcomes(row, ledger):
                    key = (disorder, package(side.arm.treatment if side.arm else "", ledger), outcome)
                    found.setdefault(key, []).append((side, levels[row.id]))
    cells = {key: _cell(key, each) for key, each in found.items()}
    every_study = ledger.studies.values() if asked == Query() else {row.study.id: row.study for row in rows}.values()
    studies = [each for each in every_study if each.counts and not _synthesis(each, ledger)]
    arms = {package(arm.treatment, ledger) for study in studies for arm in study.arms if arm.treatment}
    disorders = {word for study in studies for word in study.population.disorder}
    every = [name for name, term in ledger.vocabulary.sets.get("outcomes", {}).items() if not term.parents]
    foretold = {each for row in rows for each in _outcomes(row, ledger)}
    columns = _columns({key[2] for key in cells}, every, ledger)
    return Gaps(
        _in_order(disorders | {key[0] for key in cells}, ledger, "disorders"),
        _in_order(arms | {key[1] for key in cells}, ledger, "treatments"),
        columns,
        {each: _column_label(each, ledger) for each in (*columns, *every)},
        cells,
        levels,
        tuple(each for each in every if each not in columns and each not in foretold),
        tuple(LeftOutRows(why, tuple(each)) for why, each in left.items()),
        _uncoded(studies, cells, ledger),
    )


def _uncoded(
    studies: Iterable[Study], cells: Mapping[tuple[str, str, str], Cell], ledger: Ledger
) -> dict[tuple[str, str], tuple[Study, ...]]:
    """Trials, and other studies of two groups of patients, that stand in no cell of what they are about."""
    there = {(key[:2], row.study.id) for key, cell in cells.items() for row in cell.rows}
    found: dict[tuple[str, str], dict[str, Study]] = {}
    for study in studies:
        patients = [arm for arm in study.arms if arm.role != "healthy"]
        trial = "experimental" in above("designs", study.design.kind, ledger) or study.design.kind == "not-stated"
        if len(patients) < 2 and not trial:
            continue
        if study.results and all(each.kind in ("prediction", "association") for each in study.results):
            continue
        for arm in patients:
            for disorder in (arm.disorder,) if arm.disorder else study.population.disorder:
                key = (disorder, package(arm.treatment, ledger))
                if arm.treatment and (key, study.id) not in there:
                    found.setdefault(key, {})[study.id] = study
    return {key: tuple(each.values()) for key, each in found.items()}


def level_of(row: Row, ledger: Ledger) -> str:
    """The design a row can lean on, a key of `LEVELS`.

    A change within one arm of a randomised trial is no randomised comparison, and that one arm changed and the other did
    not is no comparison of the two.
    """
    kind = row.study.design.kind
    if kind in ("not-stated", "not-coded"):
        return "unclear"
    if not _compares(row, ledger):
        return "change"
    return "randomised" if "experimental" in above("designs", kind, ledger) else "comparison"


def _compares(row: Row, ledger: Ledger) -> bool:
    """Against patients without this treatment: by `versus`, or by numbers of the other arm on the same outcome and time."""
    mine = row.result
    if mine.versus:
        return contrast_of(row, ledger) in ("usual-care", "other-treatment", "untreated")
    if mine.kind not in ("events", "means") or row.arm is None:
        return False
    for each in row.study.results:
        arm = row.study.arm(each.arm)
        same = (each.kind, each.outcome, each.time) == (mine.kind, mine.outcome, mine.time)
        if same and arm is not None and arm.role != "healthy" and each.arm != mine.arm:
            return not arm.treatment or package(arm.treatment, ledger) != package(row.arm.treatment, ledger)
    return False


def _why_not(row: Row, ledger: Ledger) -> str:
    result = row.result
    if _synthesis(row.study, ledger):
        return "of reviews, which are no sample of their own"
    if result.kind not in (*OUTCOME_KINDS, *SIGNS):
        return "on predictors, correlates and processes, which do not say whether a treatment works"
    if result.same_as:
        return "that state a result again"
    if result.kind == "statement" and not outcome_of(row) and not result.direction:
        return "that name neither outcome nor direction"
    if row.arm is None:
        return "that name no group"
    if not row.arm.treatment:
        return "of groups without a treatment: healthy controls, usual care, patients who were only examined"
    if result.kind in SIGNS and (result.time == 0 or contrast_of(row, ledger) == "level"):
        return "of levels, not of change"
    return ""


def _synthesis(study: Study, ledger: Ledger) -> bool:
    return "synthesis" in above("designs", study.design.kind, ledger)


def _sides(row: Row) -> Iterator[Row]:
    """A comparison of two treatments is evidence on both."""
    yield row
    other = row.study.arm(row.result.versus)
    if other is not None and other.treatment:
        yield replace(row, arm=other)


def _disorders(row: Row) -> Iterator[str]:
    """The disorders of the arm, else of the study."""
    yield from (row.arm.disorder,) if row.arm and row.arm.disorder else row.study.population.disorder


def _outcomes(row: Row, ledger: Ledger) -> Iterable[str]:
    if row.result.kind == "brain":
        return (f"signs:{root('modalities', row.result.modality, ledger)}",)
    if row.result.kind == "biomarker":
        return ("signs:marker",)
    word = outcome_of(row)
    terms = ledger.vocabulary.sets.get("outcomes", {})
    broadest = [each for each in above("outcomes", word, ledger) if each not in terms or not terms[each].parents]
    return dict.fromkeys(broadest) if word else (UNNAMED,)


def _cell(key: tuple[str, str, str], rows: Iterable[tuple[Row, str]]) -> Cell:
    pairs = tuple(rows)
    at: dict[str, dict[str, None]] = {}
    for row, level in pairs:
        at.setdefault(level, {})[row.study.sample] = None
    best = next((level for level in LEVELS if level in at), "nothing")
    levels = {level: tuple(at[level]) for level in LEVELS if level in at}
    behind = tuple(row for row, _ in pairs)
    return Cell(*key, best, levels, of_rows(behind) if behind else None, behind)


def _in_order(words: set[str], ledger: Ledger, kind: str) -> tuple[str, ...]:
    order = list(ledger.vocabulary.sets.get(kind, {}))
    return tuple(sorted(words, key=lambda each: (order.index(each) if each in order else len(order), each)))


def _columns(there: set[str], every: Iterable[str], ledger: Ledger) -> tuple[str, ...]:
    """Outcomes in the order of the vocabulary, those that are a study's own, then the brain and markers."""
    signs = [f"signs:{name}" for name, term in ledger.vocabulary.sets.get("modalities", {}).items() if not term.parents]
    signs.append("signs:marker")
    own = sorted(there - set(every) - set(signs) - {UNNAMED})
    return tuple(each for each in (*every, *own, *signs, UNNAMED) if each in there)


def _column_label(column: str, ledger: Ledger) -> str:
    if column == UNNAMED:
        return "Outcome not named"
    if column == "signs:marker":
        return "Biological markers"
    if column.startswith("signs:"):
        return ledger.vocabulary.label("modalities", column.removeprefix("signs:"))
    return ledger.vocabulary.label("outcomes", column)
