"""Which scales form a profile: the subscales of one instrument, or the planned outcomes."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.analysis.asking import scales_measured
from forwhom.analysis.courses import informants
from forwhom.instruments import Instrument, find
from forwhom.study import Scale, Study


@dataclass(frozen=True, slots=True)
class Profile:
    """Two scales or more that are asked about together.

    name : what the finding's id ends in: the instrument's name, or "outcomes"
    scales : with the informant each is taken from
    totals : labels of scores left out because they are sums of the others
    """

    name: str
    label: str
    scales: tuple[tuple[Scale, str], ...]
    totals: tuple[str, ...]


def profiles(study: Study) -> tuple[Profile, ...]:
    """Every profile of the study: the planned outcomes first, then instruments with two or more measured subscales."""
    measured = scales_measured(study)
    plan = study.plan
    named = dict.fromkeys((*([plan.primary.scale] if plan.primary else []), *plan.outcomes))
    by_name = {scale.name: scale for scale in measured}
    sets = [("outcomes", "planned outcomes", [by_name[name] for name in named if name in by_name])]
    for instrument in dict.fromkeys(scale.instrument for scale in measured if scale.instrument):
        own = [scale for scale in measured if scale.instrument == instrument]
        sets.append((str(instrument), _label(str(instrument)), own))
    made: list[Profile] = []
    for name, label, scales in sets:
        kept, totals = _without_totals(scales)
        if len(kept) < 2 or any({s.name for s in kept} == {s.name for s, _ in one.scales} for one in made):
            continue
        pairs = tuple((scale, informants(study, scale.name)[0]) for scale in kept)
        made.append(Profile(name, label, pairs, tuple(scale.label for scale in totals)))
    return tuple(made)


def _label(instrument: str) -> str:
    found = find(instrument)[0]
    return found.label if found else instrument


def _without_totals(scales: list[Scale]) -> tuple[list[Scale], list[Scale]]:
    """The scales without those whose items contain all items of another: beside its parts a sum says nothing new."""
    items = {scale.name: _items(scale) for scale in scales}
    totals = [
        scale
        for scale in scales
        if any(
            other.instrument == scale.instrument
            and items[other.name]
            and (
                items[other.name] < items[scale.name]
                or (items[scale.name] is _WHOLE and items[other.name] is not _WHOLE)
            )
            for other in scales
            if other is not scale
        )
    ]
    return [scale for scale in scales if scale not in totals], totals


_WHOLE: frozenset[str] = frozenset({"whole"})


def _items(scale: Scale) -> frozenset[str]:
    """The items behind a scale; the mark of a whole instrument where no key says which."""
    if scale.instrument is None:
        return frozenset(scale.items)
    instrument = find(scale.instrument)[0]
    score = scale.subscale or (instrument.default_score if instrument else None)
    if instrument is None or score is None or score not in instrument.scores:
        return frozenset(scale.items)
    found = _positions(instrument, score)
    if not found and score == instrument.default_score and len(instrument.scores) > 1:
        return _WHOLE
    return frozenset(map(str, found)) or frozenset({score})


def _positions(instrument: Instrument, score: str) -> set[int]:
    """Positions of the items a score is made of, through the scores it is made of."""
    one = instrument.scores[score]
    found = set(one.items)
    for part in one.of:
        found |= _positions(instrument, part)
    return found
