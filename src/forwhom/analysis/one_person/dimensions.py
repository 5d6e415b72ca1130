"""One person's dimensional profile: severity and traits of ICD-11 and the AMPD, with what error of measurement leaves open."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.dimensions import Place, places, t_scores
from forwhom.analysis.one_person.basis import Basis
from forwhom.analysis.one_person.profile import dimension, within_error
from forwhom.analysis.one_person.shared import Shared
from forwhom.analysis.words import at_time, listed, number, percent
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import PersonDimension, PersonDimensionsDetail
from forwhom.study import SELF

Placed = tuple[tuple[Place, Basis], ...]


def placed(shared: Shared) -> Placed:
    """The scales of the study that speak of a dimension, with who rated them."""
    found = places([basis.here.scale for basis in shared.bases])
    # Two informants of one scale are two bases, and one scale may speak of both models.
    unique = list({(place.model.name, place.dimension.name, place.scale.name): place for place in found}.values())
    return tuple(
        (place, basis) for place in unique for basis in shared.bases if basis.here.scale.name == place.scale.name
    )


def dimensions(shared: Shared, row: int) -> Finding:
    """`one_person.dimensions`: the person's place on each dimension, as far as it was measured."""
    level = shared.asking.level
    draft = shared.draft("dimensions", "Which dimensional profile of personality does this person have?")
    draft.method = Method(
        "Dimensional profile of one person",
        {
            "limits of a score": f"{100 * level:g} % by the standard error of measurement, where a reliability is known; cut where the "
            "possible scores end",
            "against norms": "T score (50 + 10 z), where mean and SD of a general population are on record",
            "without norms": "share of the people of this study with a score at the start who are below",
            "categories": "none",
        },
    )
    made = [
        _dimension(shared, place, basis, row) for place, basis in placed(shared) if np.isfinite(basis.here.start[row])
    ]
    if not made:
        return draft.decline(
            "this person has no score at the start on any dimension", "Scores at the baseline occasion."
        )
    draft.analysed = int(max(np.isfinite(basis.here.start).sum() for _, basis in placed(shared)))
    draft.leave_out(draft.entered - draft.analysed, "no score at the start on any one dimension shown")
    borrowed = list(dict.fromkeys(each.row.label for each in made if not each.own))
    if borrowed:
        draft.caution(
            "domain-of-other-model",
            f"{listed(borrowed)} {'was' if len(borrowed) == 1 else 'were'} made for the domains of DSM-5 and stand"
            f"{'s' if len(borrowed) == 1 else ''} here for those of ICD-11 too, which have nearly the same content.",
        )
    unknown = list(dict.fromkeys(each.row.label for each in made if each.row.score.low is None))
    if unknown:
        draft.caution(
            "no-error", f"No reliability is known for {listed(unknown)}, so these scores are shown without limits."
        )
    once = list({(each.row.scale, each.row.label): each for each in made}.values())
    return draft.answer(
        _statement(once), [_estimate(each, level) for each in once], PersonDimensionsDetail(tuple(made))
    )


def _dimension(shared: Shared, place: Place, basis: Basis, row: int) -> PersonDimension:
    made = dimension(shared, basis, row)
    here = basis.here
    later = np.flatnonzero(np.isfinite(here.score[row]))
    last, when = None, ""
    if later.size:
        last = within_error(shared, basis, float(here.score[row, later[-1]]))
        when = at_time(float(here.time[row, later[-1]]), here.time_unit)
    return PersonDimension(
        place.model.label,
        place.dimension.label,
        place.dimension.kind,
        place.how.own,
        made,
        t_scores(here.scale, made.score) if here.informant == SELF else None,
        last,
        when,
    )


def _estimate(each: PersonDimension, level: float) -> Estimate:
    score = each.row.score
    known = score.low is not None
    return Estimate(
        f"{each.row.label} at the start",
        score.value,
        score.low,
        score.high,
        level if known else None,
        "measurement error (standard error of measurement)" if known else "none: no reliability is known",
        "points",
        f"{each.row.severe} is worse",
        1,
        scale=each.row.scale,
    )


def _statement(made: list[PersonDimension]) -> str:
    told = []
    for each in made:
        s = each.row.score
        places = 2 if (each.row.high or 10) - (each.row.low or 0) <= 5 else 1
        limits = "" if s.low is None or s.high is None else f" ({number(s.low, places)} to {number(s.high, places)})"
        if each.t is not None:
            against = f", T {number(each.t.value, 0)}"
        else:
            against = "" if each.row.sample is None else f", above {percent(each.row.sample)} of the sample"
        told.append(f"{each.row.label} {number(s.value, places)}{limits}{against}")
    return f"At the start: {listed(told)}."
