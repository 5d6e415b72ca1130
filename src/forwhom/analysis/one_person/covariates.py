"""Baseline columns that the plan names, as they stand beside the scales in a profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.for_whom.candidates import column_values
from forwhom.study import Study


@dataclass(frozen=True, slots=True)
class Covariate:
    """One baseline column.

    numbers : (n,) NaN where absent; None for a category, whose words are in `texts`
    """

    name: str
    numbers: np.ndarray | None
    texts: tuple[str | None, ...]


def named_covariates(study: Study) -> tuple[Covariate, ...]:
    """The columns of persons named by the plan: covariates, moderators, subgroups."""
    plan = study.plan
    names = dict.fromkeys((*plan.covariates, *plan.moderators, *plan.subgroups))
    made = []
    for name in names:
        if name not in study.persons.columns:
            continue
        found = column_values(study.persons[name])
        labels = study.labels.get(name, {})
        texts: tuple[str | None, ...] = ()
        if found.codes is not None:
            words = [labels.get(level, level) for level in found.levels]
            texts = tuple(None if code < 0 else words[code] for code in found.codes)
        made.append(Covariate(name, found.numbers, texts))
    return tuple(made)
