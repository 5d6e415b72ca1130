"""Dimensional models of personality disorder, and which scores of which instruments speak of their dimensions."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

DimensionKind = Literal["severity", "trait"]


@dataclass(frozen=True, slots=True)
class DomainScore:
    """A score that speaks of a dimension.

    own : False when it was made for the other model, whose dimension of nearly the same content stands for this one
    source : where that was read
    """

    instrument: str
    score: str
    source: str
    own: bool


@dataclass(frozen=True, slots=True)
class PersonalityDimension:
    """One dimension of a model, with the scores that speak of it."""

    name: str
    label: str
    kind: DimensionKind
    scores: tuple[DomainScore, ...]

    def score_of(self, instrument: str | None, score: str | None) -> DomainScore | None:
        """How a score of the study speaks of this dimension; None when it does not."""
        return next((each for each in self.scores if (each.instrument, each.score) == (instrument, score)), None)


@dataclass(frozen=True, slots=True)
class PersonalityModel:
    """ICD-11, or the alternative model of DSM-5 (AMPD)."""

    name: str
    label: str
    dimensions: tuple[PersonalityDimension, ...]

    @property
    def instruments(self) -> tuple[str, ...]:
        """Every instrument that speaks of it."""
        return tuple(dict.fromkeys(each.instrument for one in self.dimensions for each in one.scores))


@lru_cache(maxsize=1)
def personality_models() -> tuple[PersonalityModel, ...]:
    """The models of `domains.toml`.

    >>> [(model.label, len(model.dimensions)) for model in personality_models()]
    [('ICD-11', 6), ('AMPD (DSM-5)', 8)]
    """
    table = tomllib.loads(files("forwhom.instruments").joinpath("domains.toml").read_text(encoding="utf-8"))
    where = {source["id"]: str(source["where"]) for source in table["sources"]}
    return tuple(
        PersonalityModel(
            model["name"],
            model["label"],
            tuple(
                PersonalityDimension(
                    one["name"],
                    one["label"],
                    one["kind"],
                    tuple(
                        DomainScore(each["instrument"], each["score"], where[each["source"]], each.get("own", True))
                        for each in one["scores"]
                    ),
                )
                for one in model["dimension"]
            ),
        )
        for model in table["model"]
    )
