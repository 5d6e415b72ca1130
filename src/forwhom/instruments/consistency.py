"""What must hold between the parts of one instrument."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forwhom.instruments.fields import Wrong
from forwhom.instruments.model import Instrument, MissingRule


def inconsistencies(instrument: Instrument) -> list[Wrong]:
    """Everything in the instrument that contradicts something else in it."""
    return [
        *_sources(instrument),
        *_scores(instrument),
        *_facts(instrument),
        *_codings(instrument),
        *_numberings(instrument),
    ]


def _sources(instrument: Instrument) -> Iterator[Wrong]:
    known = [source.id for source in instrument.sources]
    for identifier in sorted({i for i in known if known.count(i) > 1}):
        yield Wrong("sources", f"{identifier!r} twice", "each id once")
    if not instrument.key_sources:
        yield Wrong("key_sources", "none", "the ids of the sources of the key")
    for key, ids in _cited(instrument):
        for identifier in ids:
            if identifier not in known:
                yield Wrong(key, repr(identifier), ", ".join(known) or "an entry of [[sources]]")


def _cited(instrument: Instrument) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "key_sources", instrument.key_sources
    for score in instrument.scores.values():
        yield f"score.{score.name}.missing.sources", score.missing.sources
    for name, facts in (
        ("reliability", instrument.reliability),
        ("norm", instrument.norms),
        ("cutoff", instrument.cutoffs),
        ("safety", instrument.safety),
    ):
        for fact in facts:
            yield f"{name}.sources", fact.sources


def _scores(instrument: Instrument) -> Iterator[Wrong]:
    if instrument.default_score is not None and instrument.default_score not in instrument.scores:
        yield Wrong("default", repr(instrument.default_score), ", ".join(instrument.scores))
    for score in instrument.scores.values():
        if score.kind == "given":
            continue
        yield from _missing_rule(score.missing, len(score.items or score.of), f"score.{score.name}.missing")
        for recode in score.recode:
            for item in recode.items:
                coding = instrument.coding_of(item)
                answers = {round(coding.low + i * coding.step, 6) for i in range(coding.options)}
                if {round(answer, 6) for answer, _ in recode.points} != answers:
                    yield Wrong(f"score.{score.name}.recode", f"item {item}", "points for every possible answer")


def _missing_rule(rule: MissingRule, parts: int, key: str) -> Iterator[Wrong]:
    if rule.published and not rule.sources:
        yield Wrong(f"{key}.sources", "none", "the source of a published rule")
    if rule.most_missing and rule.least_share is not None:
        yield Wrong(key, "most_missing and least_share", "one of the two")
    if rule.most_missing >= parts > 0:
        yield Wrong(key, f"{rule.most_missing} of {parts} may be missing", f"at most {parts - 1}")


def _facts(instrument: Instrument) -> Iterator[Wrong]:
    def known(key: str, score: str) -> Iterator[Wrong]:
        if score not in instrument.scores:
            yield Wrong(f"{key}.score", repr(score), ", ".join(instrument.scores))

    for reliability in instrument.reliability:
        yield from known("reliability", reliability.score)
        yield from _sourced("reliability", reliability.sources)
    for norm in instrument.norms:
        yield from known("norm", norm.score)
        yield from _sourced("norm", norm.sources)
        yield from _inside(instrument, "norm.mean", norm.score, norm.mean)
    for cutoff in instrument.cutoffs:
        yield from known("cutoff", cutoff.score)
        yield from _sourced("cutoff", cutoff.sources)
        yield from _inside(instrument, "cutoff.value", cutoff.score, cutoff.value)
    for safety in instrument.safety:
        yield from _sourced("safety", safety.sources)
        if safety.item > instrument.k:
            yield Wrong("safety.item", str(safety.item), f"1 to {instrument.k}")
    yield from _one_default("reliability", (r.score for r in instrument.reliability if r.default))
    yield from _one_default("norm", (f"{n.score}, {n.role}" for n in instrument.norms if n.default))
    yield from _one_default("cutoff", (c.score for c in instrument.cutoffs if c.default))


def _sourced(key: str, sources: tuple[str, ...]) -> Iterator[Wrong]:
    if not sources:
        yield Wrong(f"{key}.sources", "none", "the ids of the sources")


def _inside(instrument: Instrument, key: str, name: str, value: float) -> Iterator[Wrong]:
    score = instrument.scores.get(name)
    if score is None or score.low is None or score.high is None:
        return
    if not score.low <= value <= score.high:
        yield Wrong(key, f"{value:g}", f"{score.low:g} to {score.high:g} ({name})")


def _one_default(key: str, scores: Iterable[str]) -> Iterator[Wrong]:
    seen: set[str] = set()
    for score in scores:
        if score in seen:
            yield Wrong(f"{key}.default", f"two for {score}", "one default")
        seen.add(score)


def _codings(instrument: Instrument) -> Iterator[Wrong]:
    for item in instrument.item_codings:
        if item > instrument.k:
            yield Wrong("item_coding", str(item), f"1 to {instrument.k}")
    for other in instrument.codings:
        if other.options != instrument.coding.options:
            yield Wrong("coding.other", f"{other.options} options", f"{instrument.coding.options}, as in [coding]")
    if instrument.codings and instrument.item_codings:
        yield Wrong("coding.other", "beside item_coding", "other codings only when all items share one coding")


def _numberings(instrument: Instrument) -> Iterator[Wrong]:
    for name, carried in instrument.numberings.items():
        if len(carried) != instrument.k or len(set(carried)) != instrument.k:
            yield Wrong(f"numbering.{name}", f"{len(set(carried))} numbers", f"{instrument.k} different ones")
