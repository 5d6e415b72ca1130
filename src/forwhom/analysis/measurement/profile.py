"""The sample's dimensional profile: severity and traits of ICD-11 and the AMPD, as dimensions."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite, scales_measured
from forwhom.analysis.courses import Courses, courses, informants
from forwhom.analysis.dimensions import Place, norm_words, places, t_scores, wanted
from forwhom.analysis.words import listed, number, percent
from forwhom.analysis.yardstick import yardstick
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import DimensionalProfileDetail, DimensionChange, DimensionRow, Interval
from forwhom.instruments import find
from forwhom.instruments.domains import personality_models
from forwhom.kernels.reliability import score_precision
from forwhom.kernels.risk import clopper_pearson
from forwhom.study import SELF, Study

FEWEST = 5
"""People with a score for a mean with an interval."""


def profile(study: Study, asking: Asking) -> Finding:
    """`measurement.profile`: where the sample stands on each dimension before treatment, and how that changed."""
    draft = Draft(
        study,
        asking,
        "measurement.profile",
        "Which dimensional profile of personality does the sample have?",
        method=Method(
            "Dimensional profile",
            {
                "mean": "at the last occasion before treatment, t interval",
                "error of one score": "standard error of measurement, where a reliability is known",
                "against norms": "T score (50 + 10 z), where mean and SD of a general population are on record",
                "categories": "none, but for shares beyond limits somebody published",
                "change": "mean of people seen at both occasions, arm by arm, with its t interval",
            },
        ),
    )
    placed = places(scales_measured(study))
    if not placed:
        return draft.decline("no instrument of the study speaks of a dimension of ICD-11 or the AMPD", wanted())
    made = [(place, who) for place in placed for who in informants(study, place.scale.name)]
    rows = [row for place, who in made if (row := _row(study, asking, draft, place, who)) is not None]
    if not rows:
        scales = listed(list(dict.fromkeys(place.scale.label for place in placed)))
        return draft.decline(
            f"fewer than {FEWEST} people have a score of {scales} to start from", "Scores at the baseline occasion."
        )
    draft.analysed = max(row.n for row in rows)
    draft.leave_out(draft.entered - draft.analysed, "no score before treatment on any dimension shown")
    _cautions(draft, rows)
    once = list({(row.scale, row.informant): row for row in rows}.values())
    estimates = [_estimate(row, asking.level) for row in once]
    return draft.answer(_statement(rows), estimates, DimensionalProfileDetail(tuple(rows)))


def _row(study: Study, asking: Asking, draft: Draft, place: Place, who: str) -> DimensionRow | None:
    here = courses(study, place.scale, who)
    start, later = _start(here)
    known = start[np.isfinite(start)]
    if known.size < FEWEST:
        return None
    scale = place.scale
    # Norms and limits are of what people say of themselves.
    own = who == SELF
    error = yardstick(study, draft, here)
    sem = None if isinstance(error, str) else score_precision(error.sd, error.reliability, level=asking.level).sem
    mean = _mean(known, asking.level)
    lower, middle, upper = (float(q) for q in np.quantile(known, (0.25, 0.5, 0.75)))
    return DimensionRow(
        model=place.model.label,
        dimension=place.dimension.label,
        kind=place.dimension.kind,
        scale=scale.name,
        label=scale.label if who == SELF else f"{scale.label} (rated by {who})",
        informant=who,
        own=place.how.own,
        source=place.how.source,
        n=int(known.size),
        mean=mean,
        sd=finite(known.std(ddof=1)),
        quartiles=(lower, middle, upper),
        low=scale.low,
        high=scale.high,
        sem=sem,
        t=t_scores(scale, mean) if own else None,
        norm_mean=scale.norm_mean if own and scale.norm_sd else None,
        norm=norm_words(scale) if own else "",
        worse="higher" if scale.better == "lower" else "lower",
        beyond=_beyond(place, known, asking.level) if own else (),
        changes=_changes(here, start, asking.level) if later else (),
    )


def _start(here: Courses) -> tuple[np.ndarray, bool]:
    """Everybody's score at the baseline, and whether there are common occasions after it."""
    if here.scheduled:
        return here.scores[:, here.baseline], here.baseline + 1 < here.times.size
    start = np.full(len(here.ids), np.nan)
    person, first = np.unique(here.long_person, return_index=True)
    start[person] = here.long_value[first]
    return start, False


def _mean(values: np.ndarray, level: float) -> Interval:
    """Mean with its t interval."""
    from scipy.special import stdtrit

    centre, n = float(values.mean()), values.size
    half = float(stdtrit(n - 1, 0.5 + level / 2) * values.std(ddof=1) / np.sqrt(n))
    return Interval(centre, centre - half, centre + half)


def _beyond(place: Place, known: np.ndarray, level: float) -> tuple[tuple[float, str, Interval], ...]:
    """Shares of people at or beyond the limits published for this score."""
    instrument = find(place.scale.instrument)[0] if place.scale.instrument else None
    made = []
    for limit in instrument.cutoffs if instrument else ():
        if limit.score != place.how.score:
            continue
        past = known >= limit.value if place.scale.better == "lower" else known <= limit.value
        share = clopper_pearson(int(past.sum()), known.size, level=level)
        made.append((float(limit.value), limit.meaning, Interval(share.value, share.low, share.high)))
    return tuple(made)


def _changes(here: Courses, start: np.ndarray, level: float) -> tuple[DimensionChange, ...]:
    made = []
    for j in range(here.baseline + 1, here.times.size):
        moved = here.scores[:, j] - start
        for arm, (_, label) in enumerate(here.arms):
            each = moved[(here.arm == arm) & np.isfinite(moved)]
            if each.size >= FEWEST:
                made.append(DimensionChange(here.occasion(j), label, int(each.size), _mean(each, level)))
    return tuple(made)


def _cautions(draft: Draft, rows: list[DimensionRow]) -> None:
    draft.caution_clusters()
    borrowed = list(dict.fromkeys(row.label for row in rows if not row.own))
    if borrowed:
        draft.caution(
            "domain-of-other-model",
            f"{listed(borrowed)} {'was' if len(borrowed) == 1 else 'were'} made for the domains of DSM-5 and stand"
            f"{'s' if len(borrowed) == 1 else ''} here for those of ICD-11 too, which have nearly the same content.",
        )
    without = list(dict.fromkeys(row.label for row in rows if row.t is None))
    if without:
        draft.caution(
            "norms-absent",
            f"No mean and SD of a general population are on record for {listed(without)}: how far from average these scores are "
            "cannot be said.",
        )
    unknown = list(dict.fromkeys(row.label for row in rows if row.sem is None))
    if unknown:
        draft.caution(
            "no-error", f"No reliability is known for {listed(unknown)}: how exact one score is cannot be said."
        )


def _estimate(row: DimensionRow, level: float) -> Estimate:
    return Estimate(
        f"mean {row.label} before treatment",
        row.mean.value,
        row.mean.low,
        row.mean.high,
        level,
        "t",
        "points",
        f"{row.worse} is worse",
        row.n,
        scale=row.scale,
    )


def _statement(rows: list[DimensionRow]) -> str:
    """Model by model: severity, then traits from the highest within its range on."""
    parts = []
    for model in dict.fromkeys(row.model for row in rows):
        own = [row for row in rows if row.model == model]
        severe = [_severity(row) for row in own if row.kind == "severity"]
        traits = sorted((row for row in own if row.kind == "trait"), key=lambda row: -_marked(row))
        if not severe and _has_severity(model):
            severe = ["severity was not measured"]
        told = severe + (
            [f"traits, from the highest within its range on: {listed([_trait(row) for row in traits])}"]
            if traits
            else []
        )
        parts.append(f"{model}: {'; '.join(told)}")
    return f"Before treatment, {'. '.join(parts)}."


def _has_severity(label: str) -> bool:
    return any(
        each.kind == "severity" for model in personality_models() if model.label == label for each in model.dimensions
    )


def _places(row: DimensionRow) -> int:
    return 2 if (row.sd or 0) < 2 else 1


def _severity(row: DimensionRow) -> str:
    beyond = [f"{percent(share.value)} at or beyond {value:g}, {meaning}" for value, meaning, share in row.beyond[:1]]
    name = row.dimension.removeprefix("Criterion A: ").lower()
    return ", ".join([f"{name} ({row.label}) {number(row.mean.value, _places(row))} on average{_range(row)}", *beyond])


def _trait(row: DimensionRow) -> str:
    rated = "" if row.informant == SELF else f", rated by {row.informant}"
    name = row.dimension.removeprefix("Criterion B: ").lower()
    t = f", T {number(row.t.value, 0)}" if row.t else ""
    return f"{name} {number(row.mean.value, _places(row))}{_range(row)}{t}{rated}"


def _range(row: DimensionRow) -> str:
    return "" if row.low is None or row.high is None else f" ({row.low:g} to {row.high:g})"


def _marked(row: DimensionRow) -> float:
    """Where the mean lies between the good and the bad end."""
    if row.low is None or row.high is None or row.high <= row.low:
        return 0.0
    share = (float(row.mean.value or 0.0) - row.low) / (row.high - row.low)
    return share if row.worse == "higher" else 1 - share
