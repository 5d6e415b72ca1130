"""The rows of the ledger, and the filters of its query language: ``region=amygdala direction=decrease scope=all``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from forwhom.evidence.model import Arm, Ledger, Result, Study
from forwhom.evidence.words import DIRECTIONS, KINDS, not_known
from forwhom.problems import Problem, ProblemsFound, did_you_mean, listed, short


@dataclass(frozen=True, slots=True)
class Row:
    """One result in its study, with the arm it is about."""

    study: Study
    result: Result
    arm: Arm | None

    @property
    def id(self) -> str:
        """``study/result``."""
        return f"{self.study.id}/{self.result.id}"

    @property
    def n(self) -> int | None:
        """People behind it: of the row, else analysed in the arm, else in the arm."""
        if self.result.n is not None:
            return self.result.n
        return None if self.arm is None else self.arm.analysed or self.arm.n


Values = Callable[[Row, Ledger], Iterable[str | float | None]]


def _broader(kind: str, word: str, ledger: Ledger) -> tuple[str, ...]:
    return ledger.vocabulary.broader(kind, word) if word else ()


def _key(name: str) -> Values:
    return lambda row, ledger: (getattr(row.result, name),)


def _domain(row: Row, ledger: Ledger) -> tuple[str, ...]:
    measure = row.study.measure(row.result.outcome)
    word = row.result.domain or (measure.domain if measure else row.result.outcome)
    return _broader("outcomes", word, ledger)


def _disorder(row: Row, ledger: Ledger) -> Iterator[str]:
    for word in row.study.population.disorder:
        yield from _broader("disorders", word, ledger)


def _regions(row: Row, ledger: Ledger) -> Iterator[str]:
    for word in (row.result.region, row.result.seed, row.result.target):
        yield from _broader("regions", word, ledger)


def _occasions(row: Row, ledger: Ledger) -> tuple[int | None]:
    design = row.study.design
    return (design.occasions if design.occasions is not None else len(design.assessments) or None,)


DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}


def _ended(row: Row, ledger: Ledger) -> tuple[str]:
    """Whether the treatment was over at the time of the row; nothing where one of the two is not told."""
    length, time, unit = row.arm.duration if row.arm else None, row.result.time, row.study.design.unit
    if length is None or time is None:
        return ("",)
    if length.unit != unit and not {length.unit, unit} <= set(DAYS):
        return ("",)
    days = {length.unit: 1.0, **DAYS} if length.unit == unit else DAYS
    return (_word(time * days[unit] >= 0.95 * length.value * days[length.unit]),)


def _weeks(row: Row) -> float | None:
    """Length of the treatment in weeks; twelve weeks and three months are not the same."""
    length = row.arm.duration if row.arm else None
    return None if length is None or length.unit not in DAYS else round(length.value * DAYS[length.unit] / 7, 1)


def _word(flag: bool | None) -> str:
    return "" if flag is None else str(flag).lower()


FILTERS: dict[str, Values] = {
    "study": lambda row, ledger: (row.study.id,),
    "sample": lambda row, ledger: (row.study.sample,),
    "result": lambda row, ledger: (row.result.id,),
    "year": lambda row, ledger: (row.study.citation.year,),
    "author": lambda row, ledger: (author.split(" ")[0].split(",")[0] for author in row.study.citation.authors),
    "design": lambda row, ledger: _broader("designs", row.study.design.kind, ledger),
    "disorder": _disorder,
    "setting": lambda row, ledger: (row.arm.setting if row.arm and row.arm.setting else row.study.population.setting,),
    "arm": _key("arm"),
    "versus": _key("versus"),
    "role": lambda row, ledger: (row.arm.role if row.arm else "",),
    "treatment": lambda row, ledger: _broader("treatments", row.arm.treatment if row.arm else "", ledger),
    "control": lambda row, ledger: _control(row, ledger),
    "component": lambda row, ledger: _components(row, ledger),
    "kind": _key("kind"),
    "outcome": lambda row, ledger: (row.result.outcome, *_domain(row, ledger)),
    "domain": _domain,
    "time": _key("time"),
    "scope": lambda row, ledger: _broader("scopes", row.result.scope or "all", ledger),
    "direction": _key("direction"),
    "region": _regions,
    "seed": lambda row, ledger: _broader("regions", row.result.seed, ledger),
    "target": lambda row, ledger: _broader("regions", row.result.target, ledger),
    "hemisphere": lambda row, ledger: _sides(row.result.hemisphere),
    "modality": lambda row, ledger: _broader("modalities", row.result.modality, ledger),
    "task": lambda row, ledger: _broader("tasks", row.result.task, ledger),
    "condition": _key("condition"),
    "contrast": _key("contrast"),
    "marker": lambda row, ledger: _broader("markers", row.result.marker, ledger),
    "mediator": lambda row, ledger: _broader("mechanisms", row.result.mediator, ledger),
    "statistic": _key("statistic"),
    "instrument": lambda row, ledger: _instruments(row),
    "document": lambda row, ledger: (row.result.source.document,),
    "part": lambda row, ledger: (row.result.source.part,),
    "n": lambda row, ledger: (row.n,),
    "p": _key("p"),
    "baseline": lambda row, ledger: (_word(row.result.time == 0),),
    "significant": lambda row, ledger: (_word(row.result.significant),),
    "ended": _ended,
    "weeks": lambda row, ledger: (_weeks(row),),
    "occasions": _occasions,
    "developer": lambda row, ledger: (_word(row.study.allegiance.developer if row.study.allegiance else None),),
    "computed": lambda row, ledger: (str(row.result.computed).lower(),),
}
"""What each filter compares with. A broader word finds what is part of it."""

KIND_OF = {
    "region": "regions", "seed": "regions", "target": "regions", "modality": "modalities", "task": "tasks",
    "treatment": "treatments", "disorder": "disorders", "design": "designs", "domain": "outcomes", "scope": "scopes",
    "marker": "markers", "mediator": "mechanisms", "control": "controls", "component": "components",
}  # fmt: skip
OPERATORS = ("!=", ">=", "<=", "=", ">", "<")


def _sides(hemisphere: str) -> tuple[str, ...]:
    return (hemisphere, "left", "right") if hemisphere == "bilateral" else (hemisphere,)


def _instruments(row: Row) -> tuple[str, ...]:
    """Of the measure of the row; of every measure of the study where the row names none."""
    measure = row.study.measure(row.result.outcome)
    return (measure.instrument,) if measure else tuple(each.instrument for each in row.study.measures)


def _components(row: Row, ledger: Ledger) -> Iterator[str]:
    for word in row.arm.components if row.arm else ():
        yield from _broader("components", word, ledger)


def _control(row: Row, ledger: Ledger) -> tuple[str, ...]:
    versus = row.study.arm(row.result.versus)
    return _broader("controls", versus.control, ledger) if versus else ()


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: any of `values` compared with `operator`."""

    key: str
    operator: str
    values: tuple[str, ...]

    def holds(self, row: Row, ledger: Ledger) -> bool:
        """Whether the row fulfils it. A row that does not state the key never does, whatever the operator."""
        here = [value for value in FILTERS[self.key](row, ledger) if value not in (None, "")]
        if self.operator in ("=", "!="):
            met = any(_same(value, wanted) for value in here for wanted in self.values)
            return met if self.operator == "=" else bool(here) and not met
        limit = float(self.values[0])
        return any(_compare(float(value), self.operator, limit) for value in here if isinstance(value, (int, float)))


def _same(value: str | float | None, wanted: str) -> bool:
    if isinstance(value, (int, float)):
        try:
            return float(wanted) == value
        except ValueError:
            return False
    return str(value).casefold() == wanted.casefold()


def _compare(value: float, operator: str, limit: float) -> bool:
    return {">=": value >= limit, "<=": value <= limit, ">": value > limit, "<": value < limit}[operator]


@dataclass(frozen=True, slots=True)
class Query:
    """Conditions that must all hold, and words that must be in the text."""

    conditions: tuple[Condition, ...] = ()
    words: tuple[str, ...] = ()


def parse(query: str | Mapping[str, str], ledger: Ledger, filters: Collection[str] = FILTERS) -> Query:
    """From ``region=amygdala direction=decrease,none n>=10 reappraisal`` to a `Query`.

    Words of the vocabulary may be given by synonym. A comma means or. Values with spaces stand in quotes.
    filters : names of the filters there are; those of rows unless said
    Raises `ProblemsFound` with every unknown filter and word.
    """
    import shlex

    problems: list[Problem] = []
    conditions: list[Condition] = []
    free: list[str] = []
    try:
        parts = shlex.split(query) if isinstance(query, str) else [_pair(key, value) for key, value in query.items()]
    except ValueError:
        raise ProblemsFound(
            [Problem("wrong-query", "Close the quotes.", column=str(query), found="an open quote")]
        ) from None
    for part in parts:
        split = split_words(part)
        if split is None:
            free.append(part)
            continue
        condition = _condition(*split, ledger, filters, problems)
        if condition:
            conditions.append(condition)
    if problems:
        raise ProblemsFound(problems)
    return Query(tuple(conditions), tuple(free))


def _pair(key: str, value: str) -> str:
    """A filter of a claim: the operator may end the key, ``"n>=" = "10"``."""
    return f"{key}{value}" if key.endswith(("=", "<", ">")) else f"{key}={value}"


def split_words(part: str) -> tuple[str, str, str] | None:
    """Key, operator and value of a condition; None for a free word.

    >>> split_words("n>=10"), split_words("reappraisal")
    (('n', '>=', '10'), None)
    """
    at = min((i for i in (part.find(sign) for sign in "!<>=") if i > 0), default=-1)
    if at < 0:
        return None
    operator = next((each for each in OPERATORS if part.startswith(each, at)), "")
    return (part[:at], operator, part[at + len(operator) :]) if operator else None


def _condition(
    key: str, operator: str, value: str, ledger: Ledger, filters: Collection[str], problems: list[Problem]
) -> Condition | None:
    if key not in filters:
        do = f"{did_you_mean(key, filters)}Choose one."
        problems.append(
            Problem("unknown-filter", do, column=key, found=f"{short(key)} is no filter", possible=listed(filters, 40))
        )
        return None
    values = [each.strip() for each in value.split(",")]
    if operator not in ("=", "!="):
        try:
            float(value)
        except ValueError:
            problems.append(
                Problem("wrong-query", "Compare with a number.", column=key, found=f"{short(value)} is no number")
            )
            return None
        return Condition(key, operator, (value,))
    kind = KIND_OF.get(key)
    if kind:
        for i, word in enumerate(values):
            term = ledger.vocabulary.find(kind, word)
            if term is None and filters is FILTERS:
                problems.append(not_known(key, word, kind, ledger.vocabulary))
            elif term is not None:
                values[i] = term
    elif key in OF_LEDGER:
        known = OF_LEDGER[key](ledger)
        if known and not any(word in known for word in values):
            problems += (_not_there(key, word, known) for word in values)
    return Condition(key, operator, tuple(values))


OF_LEDGER: dict[str, Callable[[Ledger], Collection[str]]] = {
    "kind": lambda ledger: KINDS,
    "direction": lambda ledger: DIRECTIONS,
    "study": lambda ledger: ledger.studies,
    "document": lambda ledger: (*ledger.documents, "self"),
}
"""Filters whose values are a closed list, though no word of the vocabulary."""


def _not_there(key: str, word: str, known: Collection[str]) -> Problem:
    do = f"{did_you_mean(word, known)}Choose one."
    return Problem("unknown-word", do, column=key, found=f"{short(word)} is no {key}", possible=listed(known, 20))


def rows(ledger: Ledger, query: str | Mapping[str, str] | Query = "") -> tuple[Row, ...]:
    """Every row that fulfils the conditions of a query; its free words are the matter of `evidence.search`.

    >>> from forwhom.evidence import read
    >>> [row.id for row in rows(read(), "study=goodman-2014 region=amygdala kind=brain direction=decrease")][:1]
    ['goodman-2014/amygdala-overall']
    """
    asked = query if isinstance(query, Query) else parse(query, ledger)
    of_studies = [each for each in asked.conditions if each.key in OF_STUDY]
    of_rows = sorted(
        (each for each in asked.conditions if each.key not in OF_STUDY), key=lambda each: each.key not in CHEAP
    )
    return tuple(
        row
        for study in ledger.studies.values()
        if study.counts and (not of_studies or _of_study_holds(study, of_studies, ledger))
        for row in of_study(study)
        if all(condition.holds(row, ledger) for condition in of_rows)
    )


OF_STUDY = ("study", "sample", "year", "author", "design", "disorder", "developer", "occasions")
"""Filters that every row of a study answers alike: asked once for each study."""
CHEAP = ("document", "kind", "arm", "versus", "direction", "result")


def _of_study_holds(study: Study, conditions: list[Condition], ledger: Ledger) -> bool:
    first = next(of_study(study), None)
    return first is not None and all(condition.holds(first, ledger) for condition in conditions)


def of_study(study: Study) -> Iterator[Row]:
    """The rows of one study."""
    arms = {arm.id: arm for arm in study.arms}
    for result in study.results:
        yield Row(study, result, arms.get(result.arm))
