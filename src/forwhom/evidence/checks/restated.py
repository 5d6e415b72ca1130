"""The same fact in two places: text against table, abstract against results, paper against paper."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from forwhom.evidence.checks.places import of_result, place_of, plain
from forwhom.evidence.contradictions import Contradiction, Place
from forwhom.evidence.model import Ledger, Result, Source, Study
from forwhom.evidence.naming import fact_named, key_named, row_named, value_named
from forwhom.evidence.references import fact
from forwhom.evidence.rounding import agree
from forwhom.evidence.same_result import differing
from forwhom.evidence.standing import only_discussed

LISTED = {
    "disorder": "disorders", "dimensions": "dimensions", "components": "components", "treatment": "treatments",
    "control": "controls", "kind": "designs",
}  # fmt: skip
"""Facts that are words of the vocabulary, which may be written by label or synonym."""


def rule_for(a: Source | None, b: Source | None) -> str:
    """What kind of places disagree."""
    if a is None or b is None:
        return "within-paper"
    if a.document != b.document:
        return "paper-against-paper"
    return "text-against-table" if ("table" in (a.part, b.part)) and a.part != b.part else "within-paper"


def settle(a: Source | None, b: Source | None) -> str:
    """Who could say which of two places is right."""
    same = a is not None and b is not None and a.document == b.document == "self"
    return "The authors, or the data." if same else "The publication of the study itself."


def stated_again(ledger: Ledger) -> Iterator[Contradiction]:
    """Facts of design, population, arms and measures against what other places say."""
    for study in ledger.studies.values():
        said: dict[str, list[tuple[object, Source | None, str]]] = defaultdict(list)
        for stated in study.stated:
            if stated.what not in said:
                said[stated.what].append((fact(study, stated.what), place_of(study, stated.what), stated.what))
            said[stated.what].append((stated.value, stated.source, f"stated.{stated.what}"))
        for what, places in said.items():
            for (a, at_a, key_a), (b, at_b, key_b) in combinations(places, 2):
                if _agree(a, b, what, ledger):
                    continue
                yield Contradiction(
                    rule_for(at_a, at_b),
                    f"{fact_named(study, what)}: {_value(what, a, ledger)} in one place and {_value(what, b, ledger)} in another.",
                    (
                        Place(study.id, key_a, _value(what, a, ledger), at_a),
                        Place(study.id, f"{key_b} = {_say(b)}", _value(what, b, ledger), at_b),
                    ),
                    settle(at_a, at_b),
                )


def _agree(a: object, b: object, what: str, ledger: Ledger) -> bool:
    if isinstance(a, (int, float)) and isinstance(b, (int, float)) and not isinstance(a, bool):
        return agree(a, b)
    if what.startswith("arms.") and what.endswith(".label"):
        # Two names of one arm differ only where they mean different treatments.
        meant = [_treatment(str(each), ledger) for each in (a, b)]
        return None in meant or meant[0] == meant[1]
    x, y = (_members(each, what, ledger) for each in (a, b))
    return x <= y or y <= x


def _treatment(label: str, ledger: Ledger) -> str | None:
    return ledger.vocabulary.find("controls", label) or ledger.vocabulary.find("treatments", label)


def _value(what: str, value: object, ledger: Ledger) -> str:
    if isinstance(value, tuple):
        return ", ".join(_value(what, each, ledger) for each in value)
    return value_named(what, value, ledger) if isinstance(value, str) else _say(value)


def _members(value: object, what: str, ledger: Ledger) -> set[str]:
    """A value as the words it consists of; naming some of a list again contradicts nothing."""
    kind = LISTED.get(what.rpartition(".")[2], "")
    return {
        (ledger.vocabulary.find(kind, str(each)) if kind else None) or str(each).casefold()
        for each in (value if isinstance(value, tuple) else (value,))
    }


def _say(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(_say(each) for each in value)
    return plain(value) if isinstance(value, (int, float)) else str(value)


def results_restated(ledger: Ledger) -> Iterator[Contradiction]:
    """Rows tied by `same_as`, key by key, as far as both give the key."""
    for study in ledger.studies.values():
        rows = {result.id: result for result in study.results}
        for again in study.results:
            first = rows.get(again.same_as)
            if first is None:
                continue
            for key in differing(first, again, study, ledger):
                a, b = (_of_key(each, key, study, ledger) for each in (first, again))
                yield Contradiction(
                    rule_for(first.source, again.source),
                    f"{row_named(first, study, ledger)}{_key(key)}: {a} in one place and {b} in another.",
                    (of_result(study, first, a, key), of_result(study, again, b, key)),
                    settle(first.source, again.source),
                )


def _key(key: str) -> str:
    return "" if key == "direction" else f", {key_named(key)}"


def _of_key(result: Result, key: str, study: Study, ledger: Ledger) -> str:
    value = getattr(result, key)
    if key in ("arm", "versus"):
        arm = study.arm(value)
        return arm.label if arm else str(value)
    if key == "outcome" and (measure := study.measure(value)):
        return measure.label
    return _value(key, value, ledger)


def same_result_other_direction(ledger: Ledger) -> Iterator[Contradiction]:
    """Rows nobody tied, in different places, that are the same result as far as both say, with opposite directions."""
    for study in ledger.studies.values():
        groups: dict[tuple[str, ...], list[Result]] = defaultdict(list)
        for result in study.results:
            tied = bool(result.same_as)  # Compared with its own row, and with nothing else.
            if result.kind in ("brain", "biomarker", "association", "statement") and result.direction and not tied:
                subject = (result.region, result.seed, result.target, result.marker)
                if any(subject) or result.outcome:
                    groups[(result.kind, *subject, result.outcome, result.scope or "all")].append(result)
        for rows in groups.values():
            for a, b in combinations(rows, 2):
                if _elsewhere(a.source, b.source) and a.direction != b.direction:
                    keys = set(differing(a, b, study, ledger))
                    if keys != {"direction"} or (a.condition and b.condition and a.condition != b.condition):
                        continue
                    yield Contradiction(
                        rule_for(a.source, b.source),
                        f"{row_named(a, study, ledger)}: {a.direction} in one place and {b.direction} in another.",
                        (of_result(study, a, a.direction, "direction"), of_result(study, b, b.direction, "direction")),
                        settle(a.source, b.source),
                    )


def repeated_and_never_reported(ledger: Ledger) -> Iterator[Contradiction]:
    """A discussion or abstract tells a result that the same paper, which reports on this study, nowhere reports."""
    for row in only_discussed(ledger):
        study, again = row.study, row.result
        yield Contradiction(
            "never-reported",
            f"{row_named(again, study, ledger)}: the {again.source.part} tells {again.direction}, and no other part reports it.",
            (of_result(study, again, again.direction, "direction"),),
            settle(again.source, again.source),
        )


def _elsewhere(a: Source, b: Source) -> bool:
    return a.document != b.document or a.part != b.part
