"""What every page of a study shares, made once: small enough to be sent to other processes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from forwhom.analysis.asking import Asking, Draft, provenance, scales_measured
from forwhom.analysis.courses import informants
from forwhom.analysis.one_person.basis import Basis, prepare_scale
from forwhom.analysis.one_person.benefit import Benefit, prepare_benefits
from forwhom.analysis.one_person.covariates import Covariate, named_covariates
from forwhom.analysis.one_person.starts import Starts, starts
from forwhom.findings import Finding, Provenance, StudyCard
from forwhom.findings.kinds import Detail
from forwhom.study import Study


@dataclass(frozen=True, slots=True)
class Shared:
    """Everything a page is made from.

    study : without its tables, for what a finding says of its study
    ids : (n,) everybody, in the study's order; rows of all arrays
    bases : one per scale and informant, the primary scale first
    """

    study: Study
    asking: Asking
    card: StudyCard
    provenance: Provenance
    ids: tuple[str, ...]
    bases: tuple[Basis, ...]
    covariates: tuple[Covariate, ...]
    benefits: tuple[Benefit, ...]

    def draft(self, name: str, question: str) -> Draft:
        """A finding of the chapter in the making."""
        return Draft(self.study, self.asking, f"one_person.{name}", question, entered=len(self.ids))


def prepare(study: Study, asking: Asking, *, benefit: bool = True) -> Shared:
    """The shared work: models, neighbours, operating characteristics and expected effects.

    benefit : False leaves out the expected effects, the costly part
    """
    from forwhom.analysis.card import study_card

    primary = study.plan.primary.scale if study.plan.primary else None
    scales = sorted(
        scales_measured(study), key=lambda scale: (scale.name != primary, scale.name not in study.plan.outcomes)
    )
    begun = [starts(study, scale, who) for scale in scales for who in informants(study, scale.name)]
    begun = [here for here in begun if np.isfinite(here.start).any() or here.later.any()]
    covariates = named_covariates(study)
    empty = pl.DataFrame()
    light = replace(
        study,
        persons=study.persons.select("id"),
        measures=empty,
        items=empty,
        keyed=None,
        sessions=None,
        moments=None,
        ratings=None,
        events=None,
        scans=None,
        notices=(),
        set_aside=(),
    )
    return Shared(
        study=light,
        asking=asking,
        card=study_card(study),
        provenance=provenance(study, asking),
        ids=tuple(str(name) for name in study.persons["id"].to_list()),
        bases=tuple(prepare_scale(study, asking, here, _known_at_start(here, begun, covariates)) for here in begun),
        covariates=covariates,
        benefits=prepare_benefits(study, asking) if benefit else (),
    )


def _known_at_start(here: Starts, begun: list[Starts], covariates: tuple[Covariate, ...]) -> np.ndarray:
    """(n, q) what neighbours are chosen by: the start on every scale, where it was not later than on this one, and numbers."""
    columns = []
    for other in begun:
        with np.errstate(invalid="ignore"):
            columns.append(np.where(other.start_time <= here.start_time, other.start, np.nan))
    columns += [each.numbers for each in covariates if each.numbers is not None]
    return np.column_stack(columns)


NO_ARM = "this person was not allocated to an arm, and scores of people in no arm are in no analysis"


def absent_here(shared: Shared, basis: Basis, row: int, draft: Draft, detail: Detail | None = None) -> Finding | None:
    """A declined finding where this person has no score to start from; `detail` is shown where there are scores at all."""
    here = basis.here
    seen = bool(here.later[row] or here.earlier[row])
    shown = detail if seen else None
    also = "; the own scores are shown without a band" if shown is not None else ""
    if here.arm[row] < 0:
        return draft.decline(f"{NO_ARM}{also}", "The arm this person is in, in the table of persons.", detail=shown)
    if np.isfinite(here.start[row]):
        return None
    if seen:
        return draft.decline(
            f"this person has no {here.label} score at the start, from which the course is judged{also}",
            "A score at the baseline occasion.",
            detail=shown,
        )
    return draft.decline(f"this person has no {here.label} score at all", f"Scores of {here.label} of this person.")
