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
    """The scales without those that are made of others among them: beside its parts a sum says nothing new."""
    totals = [
        scale
        for scale in scales
        if any(
            _made_of(scale, other) for other in scales if other is not scale and other.instrument == scale.instrument
        )
    ]
    return [scale for scale in scales if scale not in totals], totals


def _made_of(scale: Scale, other: Scale) -> bool:
    """Whether the items of a scale contain all of another; without a key for that one, whether the scale is the total."""
    mine, parts = _items(scale), _items(other)
    if parts:
        return parts < mine
    instrument = find(scale.instrument)[0] if scale.instrument else None
    return instrument is not None and scale.subscale == instrument.default_score != other.subscale


def _items(scale: Scale) -> frozenset[str]:
    """The items behind a scale; none where no key says which."""
    instrument = find(scale.instrument)[0] if scale.instrument else None
    if instrument is None or scale.subscale not in instrument.scores:
        return frozenset(scale.items)
    return frozenset(map(str, _positions(instrument, scale.subscale)))


def _positions(instrument: Instrument, score: str) -> set[int]:
    """Positions of the items a score is made of, through the scores it is made of."""
    one = instrument.scores[score]
    found = set(one.items)
    for part in one.of:
        found |= _positions(instrument, part)
    return found
