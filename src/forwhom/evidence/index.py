"""Full-text search: an embedded database in memory, made from the ledger when it is asked for, so that it is never stale."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from forwhom.evidence.filters import Query, Row, of_study, parse, rows
from forwhom.evidence.grids import cells, said_of
from forwhom.evidence.model import Ledger, Study
from forwhom.evidence.standing import SECOND_HAND, baseline, concluded, concluded_words
from forwhom.problems import Problem, ProblemsFound

Kind = Literal["study", "result", "claim", "grid", "cell", "search"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found. `id` is that of the study, claim, grid or search; of a result ``study/result``, of a cell ``grid/row/column``."""

    kind: Kind
    id: str
    title: str
    text: str


class Index:
    """The texts of a ledger in SQLite's full-text search.

    Words are folded (case, accents, endings of English), the last letters of a word may be left out, all words must be there.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._database = sqlite3.connect(":memory:")
        try:
            self._database.execute(
                "CREATE VIRTUAL TABLE texts USING fts5(kind UNINDEXED, id UNINDEXED, title, text, "
                "tokenize = 'porter unicode61 remove_diacritics 2')"
            )
        except sqlite3.OperationalError as error:
            problem = Problem("no-full-text", "Use a Python whose SQLite has FTS5.", found=str(error))
            raise ProblemsFound([problem]) from None
        self._database.executemany("INSERT INTO texts VALUES (?, ?, ?, ?)", _texts(ledger))

    def search(self, query: str | Query, most: int = 50) -> tuple[Hit, ...]:
        """What holds every word, best first; with filters only results that fulfil them.

        >>> from forwhom import evidence
        >>> index = Index(evidence.read())
        >>> index.search("kind=brain amygdala repeated", most=1)[0].id
        'goodman-2014/amygdala-repeated'
        >>> [hit.id for hit in index.search("study=schmitt-2016 hemisphere=left reappraisal")]
        ['schmitt-2016/responders-left-orbitofrontal']
        """
        asked = query if isinstance(query, Query) else parse(query, self.ledger)
        among = {row.id for row in rows(self.ledger, asked)} if asked.conditions else None
        if asked.words:
            found = self._database.execute(
                "SELECT kind, id, title, text FROM texts WHERE texts MATCH ? ORDER BY bm25(texts, 0, 0, 3, 1), rowid",
                (" ".join(_prefix(word) for word in asked.words),),
            )
        else:
            found = self._database.execute(
                "SELECT kind, id, title, text FROM texts WHERE kind = 'result' ORDER BY rowid"
            )
        hits: list[Hit] = []
        for kind, name, title, text in found:
            if among is None or (kind == "result" and name in among):
                hits.append(Hit(kind, name, title, text))
                if len(hits) >= most:
                    break
        return tuple(hits)

    def __len__(self) -> int:
        """How many texts are indexed."""
        return int(self._database.execute("SELECT count(*) FROM texts").fetchone()[0])


def search(ledger: Ledger, query: str, most: int = 50) -> tuple[Hit, ...]:
    """`Index.search` for one question."""
    return Index(ledger).search(query, most)


def _prefix(word: str) -> str:
    """A word as a phrase of FTS5, so that none of its signs is an operator."""
    return '"' + word.replace('"', '""') + '"*'


def _texts(ledger: Ledger) -> Iterator[tuple[str, str, str, str]]:
    words = _Words(ledger)
    for study in ledger.studies.values():
        yield "study", study.id, study.citation.title, _study(study, words)
        for row in of_study(study):
            yield "result", row.id, said(row, ledger), _row(row, words)
    for claim in ledger.claims.values():
        yield "claim", claim.id, claim.says, f"{claim.document} {claim.place} {claim.kind} {claim.note}"
    for grid in ledger.grids.values():
        yield "grid", grid.id, grid.title, f"{grid.kind} {grid.note}"
    for each in cells(ledger):
        about = f"{words.of('components', each.cell.row)} {words.of('treatments', each.cell.column)}"
        title = f"{said_of(each, ledger)} ({each.source})"
        yield "cell", each.id, title, f"{each.grid.title} {about} {' '.join(each.cell.studies)}"
    for search_ in ledger.searches.values():
        looked = " ".join(f"{source.name} {source.terms}" for source in search_.sources)
        yield "search", search_.id, search_.question, f"{looked} {search_.note}"


class _Words:
    """Labels and synonyms of a term and of what it is part of, made once."""

    def __init__(self, ledger: Ledger) -> None:
        self.vocabulary = ledger.vocabulary
        self._made: dict[tuple[str, str], str] = {}

    def of(self, kind: str, word: str) -> str:
        if not word:
            return ""
        made = self._made.get((kind, word))
        if made is None:
            terms: Mapping[str, object] = self.vocabulary.sets.get(kind, {})
            names = [each for each in self.vocabulary.broader(kind, word) if each in terms]
            found = [self.vocabulary.sets[kind][each] for each in names]
            made = " ".join([word, *(" ".join((term.label, *term.synonyms)) for term in found)])
            self._made[(kind, word)] = made
        return made


def _study(study: Study, words: _Words) -> str:
    citation, design, population = study.citation, study.design, study.population
    parts = [
        study.id, study.sample, " ".join(citation.authors), str(citation.year), citation.journal, citation.doi,
        words.of("designs", design.kind), design.allocation, design.note, population.note, population.medication,
        *(words.of("disorders", each) for each in population.disorder),
        *(f"{arm.label} {words.of('treatments', arm.treatment)} {words.of('controls', arm.control)}" for arm in study.arms),
        *(f"{measure.label} {measure.instrument} {words.of('outcomes', measure.domain)}" for measure in study.measures),
        *(study.extraction.gaps if study.extraction else ()),
    ]  # fmt: skip
    return " ".join(part for part in parts if part)


def _row(row: Row, words: _Words) -> str:
    result, study = row.result, row.study
    measure = study.measure(result.outcome)
    parts = [
        study.id, result.id, result.kind, result.hemisphere, result.direction, result.condition, result.contrast,
        words.of("regions", result.region), words.of("regions", result.seed), words.of("regions", result.target),
        words.of("modalities", result.modality), words.of("tasks", result.task), words.of("scopes", result.scope),
        words.of("markers", result.marker), words.of("mechanisms", result.mediator), result.predictor,
        f"{measure.label} {words.of('outcomes', measure.domain)}" if measure else words.of("outcomes", result.outcome),
        f"{row.arm.label} {words.of('treatments', row.arm.treatment)}" if row.arm else "",
        result.says, result.note, result.printed,
    ]  # fmt: skip
    return " ".join(part for part in parts if part)


def said(row: Row, ledger: Ledger) -> str:
    """A row in a few words, for a line in a list: what, in whom, what was found; then task, contrast, time, and part if it retells.

    >>> from forwhom import evidence
    >>> ledger = evidence.read()
    >>> said(evidence.rows(ledger, "study=bateman-fonagy-2009 result=episode-mbt")[0], ledger)
    'Suicide attempt, life-threatening self-harm or hospital admission, MBT: 23 % of 71 [18 months]'
    >>> said(evidence.rows(ledger, "study=niedtfeld-2017 result=amygdala-pain-before")[0], ledger).partition("[")[2]
    'pictures with painful heat; negative pictures with painful heat; before treatment: a state, no change]'
    """
    result, word = row.result, ledger.vocabulary.label
    measure = row.study.measure(result.outcome)
    subject = [
        result.hemisphere,
        word("regions", result.region),
        " to ".join(word("regions", each) for each in (result.seed, result.target) if each),
        word("markers", result.marker),
        word("mechanisms", result.mediator),
        result.predictor,
        word("modalities", result.modality),
        f"with {measure.label if measure else word('outcomes', result.outcome)}"
        if result.region and result.outcome
        else "",
        (measure.label if measure else word("outcomes", result.outcome)) if not result.region else "",
        row.arm.label if row.arm else "",
        word("scopes", result.scope) if result.scope not in ("", "all") else "",
    ]
    about = ", ".join(each for each in subject if each)
    about = about[:1].upper() + about[1:]
    value = concluded_words(row) if concluded(row) else _value(row)
    more = "; ".join(_details(row, ledger))
    return (f"{about}: {value}" if about else value) + (f" [{more}]" if more else "")


def _details(row: Row, ledger: Ledger) -> Iterator[str]:
    """Task, condition, with what it is compared, when, and where it is only told again."""
    result = row.result
    if result.task and result.task != "structural-scan":
        label = ledger.vocabulary.label("tasks", result.task)
        yield label if label[1:2].isupper() else label[:1].lower() + label[1:]
    if result.condition:
        yield result.condition
    versus = row.study.arm(result.versus)
    if versus is not None and not result.contrast:
        yield f"against {versus.label}"
    if result.contrast and not baseline(row):
        yield result.contrast
    if baseline(row):
        yield "before treatment: a state, no change"
    elif result.time == 0:
        yield "measured before treatment"
    elif result.time is not None:
        unit = row.study.design.unit
        yield f"{result.time:g} {unit}{'' if result.time == 1 else 's'}" if unit else f"time {result.time:g}"
    if result.source.part in SECOND_HAND:
        yield f"told {'again ' if result.same_as else ''}in the {result.source.part}"


def _value(row: Row) -> str:
    r = row.result
    if r.kind == "events":
        share = f"{r.percent!r} %" if r.percent is not None else ""
        of = f" of {r.n}" if r.n is not None else ""
        return f"{r.events}{of}" + (f" ({share})" if share else "") if r.events is not None else f"{share}{of}"
    if r.mean is not None:
        return f"mean {r.mean!r}" + (f" (SD {r.sd!r})" if r.sd is not None else "")
    if r.value is not None:
        interval = f" ({r.low!r} to {r.high!r})" if r.low is not None and r.high is not None else ""
        return f"{r.statistic} {r.value!r}{interval}".strip()
    return r.direction or r.says or r.printed or "direction not stated"
