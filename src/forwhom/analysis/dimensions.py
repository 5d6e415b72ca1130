"""Which of a study's scales speak of which dimension of ICD-11 and the AMPD."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from forwhom.findings.kinds import Interval
from forwhom.instruments import find
from forwhom.instruments.domains import DomainScore, PersonalityDimension, PersonalityModel, personality_models
from forwhom.study import Scale


@dataclass(frozen=True, slots=True)
class Place:
    """One scale in the place of one dimension."""

    model: PersonalityModel
    dimension: PersonalityDimension
    scale: Scale
    how: DomainScore


def places(scales: Iterable[Scale]) -> tuple[Place, ...]:
    """In the order of the models and their dimensions; a scale may stand in both."""
    named = [(scale, *_score(scale)) for scale in scales]
    return tuple(
        Place(model, dimension, scale, how)
        for model in personality_models()
        for dimension in model.dimensions
        for scale, instrument, score in named
        if (how := dimension.score_of(instrument, score)) is not None
    )


def _score(scale: Scale) -> tuple[str | None, str | None]:
    """The instrument by the name it ships under, and the score; by default the one meant when none is named."""
    instrument = find(scale.instrument)[0] if scale.instrument else None
    if instrument is None:
        return None, None
    return instrument.name, scale.subscale or instrument.default_score


def wanted() -> str:
    """Which table would make a profile."""
    made = [f"{model.label}: {', '.join(_labels(model))}" for model in personality_models()]
    return f"Scores or answers to one of these questionnaires, named as instrument in study.toml. {'; '.join(made)}."


def _labels(model: PersonalityModel) -> list[str]:
    return [found.label if (found := find(name)[0]) else name for name in model.instruments]


def t_scores(scale: Scale, value: Interval) -> Interval | None:
    """T scores (mean 50, standard deviation 10 in the general population); None without norms."""
    if scale.norm_mean is None or not scale.norm_sd:
        return None
    mean, sd = scale.norm_mean, scale.norm_sd
    made = [None if each is None else 50 + 10 * (each - mean) / sd for each in (value.value, value.low, value.high)]
    low, high = made[1:]
    return Interval(made[0], low, high)


def norm_words(scale: Scale) -> str:
    """Which norms; empty without."""
    if scale.norm_mean is None or not scale.norm_sd:
        return ""
    return f"mean {scale.norm_mean:g}, SD {scale.norm_sd:g}: {scale.source or 'source not stated'}"
