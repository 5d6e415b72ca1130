"""What one score is exact to: a reliability, and the standard deviation of the same people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.asking import Draft
from forwhom.analysis.courses import Courses
from forwhom.analysis.measurement.answers import MIN_PERSONS, answers
from forwhom.analysis.words import number
from forwhom.kernels.reliability import cronbach_alpha
from forwhom.study import Study

MIN_FOR_SD = 10
"""People with a baseline score below which their standard deviation is not used."""
NO_YARDSTICK = (
    "A reliability and the standard deviation of the same people (reliability, reliability_sd) with their source under "
    "[scales.{scale}], an instrument that carries them, or answers to the single items."
)


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Standard deviation (raw points) and reliability, and where each comes from."""

    sd: float
    sd_words: str
    reliability: float
    reliability_words: str


def yardstick(study: Study, draft: Draft, here: Courses) -> Yardstick | str:
    """Reliability and standard deviation of one scale, or the reason why there is none.

    A reliability is only as good as the spread it was found in. So the standard deviation is that of the same people
    where it is known (`Scale.reliability_sd`; for a scale without instrument the user's `norm_sd`), else this sample's at
    baseline with a caution; never that of another population. Without a published reliability alpha of this sample's
    items is taken, with a caution.
    """
    scale = here.scale
    sample = here.baseline_sd() if here.scheduled else _first_scores(here)
    own = float("nan"), "too few people at baseline"
    if sample[1] >= MIN_FOR_SD - 1 and sample[0] > 0:
        own = sample[0], f"{sample[0]:.3g} (this sample at baseline)"
    if scale.reliability is None:
        alpha = _alpha_here(study, here)
        if alpha is None or not np.isfinite(own[0]):
            return f"no reliability is on record for {scale.label}"
        draft.caution(
            "reliability-of-sample",
            f"No published reliability is on record for {scale.label}; alpha of this sample's answers ({number(alpha, 2)}) was "
            "used, which leaves out day-to-day fluctuation.",
        )
        return Yardstick(own[0], own[1], alpha, f"{alpha:.2f} (alpha of this sample)")
    kind = f" ({scale.reliability_kind})" if scale.reliability_kind else ""
    words = f"{scale.reliability:g}{kind}, {scale.source or 'source not stated'}"
    if scale.reliability_kind in ("alpha", "omega"):
        draft.caution(
            "reliability-internal",
            f"The reliability is internal consistency ({scale.reliability_kind}), which leaves out day-to-day fluctuation: "
            "a retest coefficient would ask for a larger change.",
        )
    sd = scale.reliability_sd
    if sd is None and scale.instrument is None and scale.norm_sd is not None:
        sd = scale.norm_sd
        draft.caution(
            "sd-assumed",
            f"norm_sd ({sd:g}) is taken to be that of the people the reliability was found in; with another population's the amount "
            "of change that counts as reliable is wrong. Say reliability_sd to be sure.",
        )
    if sd is not None:
        return Yardstick(sd, f"{sd:g} (of the people the reliability was found in)", scale.reliability, words)
    if not np.isfinite(own[0]):
        return "fewer than ten people have a baseline score, and the standard deviation that goes with the reliability is unknown"
    draft.caution(
        "sd-of-sample",
        f"The standard deviation that goes with the reliability of {scale.label} is not on record; this sample's at baseline "
        f"({number(own[0], here.places)}) was used, so the amount of change that counts as reliable depends on who took part.",
    )
    return Yardstick(own[0], own[1], scale.reliability, words)


def _first_scores(here: Courses) -> tuple[float, int]:
    """Standard deviation of everybody's first score, and its degrees of freedom."""
    first = here.long_value[np.unique(here.long_person, return_index=True)[1]]
    return (float(first.std(ddof=1)), first.size - 1) if first.size > 1 else (float("nan"), 0)


def _alpha_here(study: Study, here: Courses) -> float | None:
    """Alpha at the first occasion with enough answers."""
    for part in answers(study, here.scale, here.informant):
        if part.matrix.shape[0] >= MIN_PERSONS and len(part.items) > 1:
            value = cronbach_alpha(part.matrix).value
            return value if value is not None and 0 < value < 1 else None
    return None
