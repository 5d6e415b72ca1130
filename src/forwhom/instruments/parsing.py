"""From the text of one instrument file to an `Instrument`, with every problem found on the way.

The schema is closed: an unknown key is a problem. That keeps misspelt keys from being ignored, and leaves no
place for item wording.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from forwhom.instruments.consistency import inconsistencies
from forwhom.instruments.fields import Wrong, choice, flag, number, numbers, optional_number, positions, text, texts
from forwhom.instruments.model import (
    Coding,
    Cutoff,
    Direction,
    Instrument,
    Kind,
    MissingRule,
    Norm,
    Recode,
    Reliability,
    Role,
    SafetyItem,
    Source,
    Subscale,
    Tag,
)
from forwhom.instruments.ranges import of_items, of_scores
from forwhom.problems import Problem
from forwhom.study.model import ReliabilityKind

TOP = (
    "name", "label", "title", "aliases", "rater", "items", "default", "reverse", "key_sources", "cautions", "gaps",
    "licence", "coding", "item_coding", "numbering", "missing", "scoring", "score", "reliability", "norm", "cutoff",
    "safety", "sources",
)  # fmt: skip
CODING = ("low", "high", "step", "ask", "name", "other")
MISSING = ("most_missing", "least_share", "rounded", "words", "sources")
SCORING = ("kind", "better", "multiply")
SCORE = ("label", "kind", "better", "items", "of", "weights", "multiply", "recode", "missing", "low", "high", "step")
KINDS: tuple[Kind, ...] = ("sum", "mean", "weighted", "given")
DIRECTIONS: tuple[Direction, ...] = ("lower", "higher", "neither")
ROLES: tuple[Role, ...] = ("general", "clinical")
RELIABILITIES: tuple[ReliabilityKind, ...] = ("alpha", "omega", "retest", "other")
TAGS: tuple[Tag, ...] = ("V2", "V", "K")
Table = dict[str, Any]
T = TypeVar("T")


def parse(toml: str, file: str) -> tuple[Instrument | None, tuple[Problem, ...]]:
    """Parse one instrument file; None instead of an instrument when there is any problem.

    toml : the text of the file, as described in docs/design/instruments.md
    file : its name, for the problems
    """
    try:
        table = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        return None, (Problem("instrument-not-toml", "Correct the TOML.", file, found=str(error)),)
    found: list[Wrong] = []

    def attempt(make: Callable[[], T]) -> T | None:
        try:
            return make()
        except Wrong as error:
            found.append(error)
            return None

    instrument = attempt(lambda: _instrument(table, file, attempt))
    if instrument is not None and not found:
        found += inconsistencies(instrument)
    problems = tuple(
        Problem(
            "instrument-invalid",
            "Correct it; the format is described in docs/design/instruments.md.",
            file,
            column=error.key,
            found=error.found,
            possible=error.possible,
        )
        for error in found
    )
    return (None if problems else instrument), problems


Attempt = Callable[[Callable[[], Any]], Any]


def _instrument(table: Table, file: str, attempt: Attempt) -> Instrument:
    attempt(lambda: _only(table, TOP, ""))
    k = int(number(table, "items", low=0))
    coding_table = _section(table, "coding")
    coding = _coding(coding_table, "coding", CODING) if k else Coding(0.0, 1.0)
    item_codings = {
        item: _coding(limits, f"item_coding.{key}", ("low", "high", "step"))
        for key, limits in _section(table, "item_coding").items()
        for item in positions({key: key}, key, k)
    }
    reverse = positions(table, "reverse", k)
    missing = _missing(table, MissingRule(), "missing")
    scores: dict[str, Subscale] = {}
    codings = [item_codings.get(item, coding) for item in range(1, k + 1)]
    defaults = _section(table, "scoring")
    attempt(lambda: _only(defaults, SCORING, "scoring"))
    for name, entry in _section(table, "score").items():
        score = attempt(partial(_score, name, entry, defaults, codings, missing, scores))
        if score is not None:
            scores[name] = score
    if not scores:
        raise Wrong("score", "no usable score", "at least one [score.<name>]")
    return Instrument(
        name=text(table, "name"),
        label=text(table, "label"),
        title=text(table, "title", 120),
        k=k,
        coding=coding,
        scores=scores,
        key_sources=texts(table, "key_sources"),
        sources=tuple(attempt(partial(_source, e)) for e in _list(table, "sources")),
        aliases=texts(table, "aliases"),
        rater=text(table, "rater", default="self"),
        default_score=text(table, "default", default="") or None,
        codings=tuple(
            _coding(limits, f"coding.other.{name}", ("low", "high", "step"), name)
            for name, limits in _section(coding_table, "other").items()
        ),
        ask_coding=flag(coding_table, "ask"),
        item_codings=item_codings,
        reverse=reverse,
        numberings={
            name: tuple(int(n) for n in numbers(_section(table, "numbering"), name))
            for name in _section(table, "numbering")
        },
        reliability=tuple(attempt(partial(_reliability, e)) for e in _list(table, "reliability")),
        norms=tuple(attempt(partial(_norm, e)) for e in _list(table, "norm")),
        cutoffs=tuple(attempt(partial(_cutoff, e)) for e in _list(table, "cutoff")),
        safety=tuple(attempt(partial(_safety, e)) for e in _list(table, "safety")),
        cautions=texts(table, "cautions", 400),
        gaps=texts(table, "gaps", 300),
        licence=text(table, "licence", 300, default=""),
        file=file,
    )


def _score(
    name: str, entry: Table, defaults: Table, codings: list[Coding], missing: MissingRule, done: dict[str, Subscale]
) -> Subscale:
    where = f"score.{name}"
    _only(entry, SCORE, where)
    merged = {**defaults, **entry}
    kind = choice(merged, "kind", KINDS, where=where)
    better = choice(merged, "better", DIRECTIONS, where=where)
    multiply = number(merged, "multiply", default=1.0, where=where)
    items = positions(entry, "items", len(codings), where)
    of, weights = texts(entry, "of", where=where), numbers(entry, "weights", where)
    recode = tuple(_recode(e, f"{where}.recode", len(codings)) for e in entry.get("recode", ()))
    stated: Range = optional_number(entry, "low", where), optional_number(entry, "high", where), None
    low: float | None
    high: float | None
    if kind == "given":
        low, high, step = _given_range(entry, where, (*items, *of))
    else:
        _parts_fit(where, kind, items, of, weights, done)
        if of:
            low, high, step = of_scores([done[part] for part in of], kind, weights, multiply)
        else:
            low, high, step = of_items(items, codings, recode, kind, weights, multiply)
    for key, value, said in zip(("low", "high"), (low, high), stated, strict=False):
        if said is not None and value is not None and abs(said - value) > 0.005:
            raise Wrong(f"{where}.{key}", f"{said:g}", f"{value:g} by items and coding")
    return Subscale(
        name=name,
        label=text(entry, "label", default=name.replace("_", " ").capitalize(), where=where),
        kind=kind,
        better=better,
        low=low,
        high=high,
        step=optional_number(entry, "step", where) or step,
        items=items,
        of=of,
        weights=weights,
        multiply=multiply,
        recode=recode,
        missing=_missing(entry, missing, f"{where}.missing"),
    )


Range = tuple[float | None, float | None, float | None]


def _given_range(entry: Table, where: str, parts: tuple[object, ...]) -> Range:
    if parts:
        raise Wrong(where, "kind 'given' beside items or of", "a range alone")
    low, high = optional_number(entry, "low", where), optional_number(entry, "high", where)
    if (low is None) != (high is None) or (low is not None and high is not None and high <= low):
        raise Wrong(f"{where}.high", f"{low} to {high}", "low and high, rising, or neither")
    return low, high, optional_number(entry, "step", where)


def _parts_fit(
    where: str, kind: Kind, items: tuple[int, ...], of: tuple[str, ...], weights: tuple[float, ...], done: Table
) -> None:
    if bool(items) == bool(of):
        raise Wrong(where, "needs either items or of", "items = '1-9', or of = ['facet', …]")
    if kind == "weighted" and len(weights) != len(items or of):
        raise Wrong(f"{where}.weights", f"{len(weights)} weights", f"{len(items or of)}, one per part")
    unknown = [part for part in of if part not in done or done[part].kind == "given"]
    if unknown:
        raise Wrong(f"{where}.of", unknown[0], "scores defined above this one")


def _coding(table: Table, key: str, known: tuple[str, ...], name: str = "") -> Coding:
    _only(table, known, key)
    low, high = number(table, "low", where=key), number(table, "high", where=key)
    if high <= low:
        raise Wrong(f"{key}.high", f"{high:g}", f"more than low = {low:g}")
    step = number(table, "step", default=1.0, low=0.001, where=key)
    return Coding(low, high, step, name or text(table, "name", default=f"{low:g}-{high:g}", where=key))


def _missing(table: Table, inherited: MissingRule, where: str) -> MissingRule:
    entry = _section(table, "missing")
    if not entry:
        return inherited
    _only(entry, MISSING, where)
    return MissingRule(
        most_missing=int(number(entry, "most_missing", default=0, low=0, where=where)),
        least_share=optional_number(entry, "least_share", where),
        rounded=flag(entry, "rounded"),
        words=text(entry, "words", 300, where=where),
        published=True,
        sources=texts(entry, "sources", where=where),
    )


def _recode(entry: Table, where: str, k: int) -> Recode:
    _only(entry, ("items", "points"), where)
    points = entry.get("points")
    if not isinstance(points, dict) or not points:
        raise Wrong(where, "no points", "points = { '1' = 3, '2' = 2 }")
    try:
        pairs = sorted((float(answer), float(value)) for answer, value in points.items())
    except (TypeError, ValueError):
        raise Wrong(where, "a point that is no number", "points = { '1' = 3, '2' = 2 }") from None
    return Recode(positions(entry, "items", k, where), tuple(pairs))


def _source(e: Table) -> Source:
    _only(e, ("id", "what", "where", "tag"), "sources")
    tag = choice(e, "tag", TAGS, where="sources")
    return Source(text(e, "id"), text(e, "what", 300), text(e, "where", 400), tag)


def _people(e: Table, where: str) -> tuple[str, tuple[str, ...], int | None, bool]:
    n = optional_number(e, "n", where)
    return (
        text(e, "population", 200, where=where),
        texts(e, "sources", where=where),
        None if n is None else int(n),
        flag(e, "default"),
    )


def _reliability(e: Table) -> Reliability:
    _only(e, ("score", "kind", "value", "population", "sources", "n", "default"), "reliability")
    kind = choice(e, "kind", RELIABILITIES, where="reliability")
    value = number(e, "value", low=0, high=1, where="reliability")
    return Reliability(text(e, "score", where="reliability"), kind, value, *_people(e, "reliability"))


def _norm(e: Table) -> Norm:
    _only(e, ("score", "role", "mean", "sd", "population", "sources", "n", "default"), "norm")
    role = choice(e, "role", ROLES, where="norm")
    mean, sd = number(e, "mean", where="norm"), number(e, "sd", low=1e-9, where="norm")
    return Norm(text(e, "score", where="norm"), role, mean, sd, *_people(e, "norm"))


def _cutoff(e: Table) -> Cutoff:
    _only(e, ("score", "value", "meaning", "sources", "default"), "cutoff")
    value, meaning = number(e, "value", where="cutoff"), text(e, "meaning", 160, where="cutoff")
    return Cutoff(text(e, "score", where="cutoff"), value, meaning, texts(e, "sources"), flag(e, "default"))


def _safety(e: Table) -> SafetyItem:
    _only(e, ("item", "threshold", "sources"), "safety")
    return SafetyItem(int(number(e, "item", low=1)), number(e, "threshold"), texts(e, "sources"))


def _only(table: Table, known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            raise Wrong(f"{where}.{key}".lstrip("."), "unknown key", ", ".join(known))


def _section(table: Table, key: str) -> Table:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise Wrong(key, str(value)[:40], "a table")
    return value


def _list(table: Table, key: str) -> list[Table]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise Wrong(key, str(value)[:40], f"[[{key}]] tables")
    return value
