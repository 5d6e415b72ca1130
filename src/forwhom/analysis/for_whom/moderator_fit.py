"""The numbers of one moderator: interactions, effects at its values, and how far the tests hold together."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace

import numpy as np

from forwhom.analysis.asking import Asking, Draft
from forwhom.analysis.courses import Courses, covariates, informants
from forwhom.analysis.for_whom.candidates import Moderator, values_of
from forwhom.analysis.for_whom.moderator_model import InteractionDesign, after_treatment, interaction_design, only
from forwhom.analysis.for_whom.moderator_values import Prepared, prepare
from forwhom.analysis.outcome.arm_difference import FEW_DF, MIN_DF
from forwhom.analysis.outcome.repeated_model import Clusters, clusters_of, fit_design, inference
from forwhom.analysis.words import number, people
from forwhom.findings import Caution
from forwhom.kernels.johnson_neyman import JohnsonNeyman, Region, curve, johnson_neyman
from forwhom.kernels.repeated import RepeatedFit
from forwhom.kernels.repeated_df import Contrasts, FTest
from forwhom.study import Study

SHOWN = 0.05
"""Effects along a moderator are drawn between these two shares of the people, from the one to one minus it."""
POINTS = 41
BEND_VALUES = 6
"""Different values a moderator must have for its bend to be tested."""
KEPT = 128


@dataclass(frozen=True, slots=True)
class Contrasted:
    """One contrast with its t."""

    value: float
    se: float
    df: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class Along:
    """Effect of one arm along a continuous moderator, in its own unit, with one t quantile throughout."""

    at: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    pointwise: JohnsonNeyman
    simultaneous: JohnsonNeyman
    bend: FTest | None


@dataclass(frozen=True, slots=True)
class Moderation:
    """One moderator tested on one outcome at one occasion. Arms by their index, each against arm 0.

    interactions : per arm, one per column (per standard deviation; or per level against the commonest)
    any_arm : that no arm has an interaction with any column
    effects : per arm, at one standard deviation below the mean, the mean and one above; or in each level
    counts : (arms, levels) people seen at the occasion, (arms, 1) for a continuous moderator
    """

    prepared: Prepared
    here: Courses
    at: int
    analysed: int
    ancova: bool
    interactions: dict[int, tuple[Contrasted, ...]]
    any_arm: FTest
    effects: dict[int, tuple[Contrasted, ...]]
    along: dict[int, Along]
    counts: np.ndarray
    structure: str
    small_sample: str
    clustering: str
    cautions: tuple[Caution, ...]


@dataclass(frozen=True, slots=True)
class Untested:
    """A moderator without a test: why, what it would take, and whether the question arises at all."""

    why: str
    would_take: str
    applicable: bool = True
    cautions: tuple[Caution, ...] = ()


_made: OrderedDict[bytes, Moderation | Untested] = OrderedDict()


def moderation(study: Study, asking: Asking, here: Courses, one: Moderator) -> Moderation | Untested:
    """The test of one moderator, made once per process: every member of the family needs the others' p.

    here : the courses of the outcome, `courses(study, scale, informant)`
    """
    key = _key(study, asking, here, one)
    if key not in _made:
        try:
            _made[key] = _moderation(study, asking, here, one)
        except (ValueError, np.linalg.LinAlgError) as why:
            # One moderator a kernel refuses must not take the rest of its family with it.
            _made[key] = Untested(f"the numbers do not allow it: {why}", "Data that differ in what the reason names.")
        while len(_made) > KEPT:
            _made.popitem(last=False)
    _made.move_to_end(key)
    return _made[key]


def _key(study: Study, asking: Asking, here: Courses, one: Moderator) -> bytes:
    """Of the numbers themselves: a study may be changed in memory and keep its name."""
    values = values_of(study, one)
    plan = study.plan
    words = (
        here.scale.name,
        here.informant,
        one,
        asking.level,
        plan.covariates,
        plan.primary,
        values.levels,
        here.arms,
    )
    digest = hashlib.blake2b(repr(words).encode(), digest_size=16)
    for array in (here.scores, here.times, here.arm, values.numbers, values.codes):
        digest.update(b"none" if array is None else np.ascontiguousarray(array).tobytes())
    digest.update(study.persons.hash_rows(seed=1).to_numpy().tobytes())
    return digest.digest()


def _moderation(study: Study, asking: Asking, here: Courses, one: Moderator) -> Moderation | Untested:
    """Prepare, fit, contrast."""
    setting = _setting(study, here, one)
    if isinstance(setting, Untested):
        return setting
    here, at, ancova = setting
    prepared = prepare(study, here, one, at)
    if isinstance(prepared, tuple):
        return Untested(*prepared)
    scratch = Draft(study, asking, "", "")
    model = _model(study, scratch, here, prepared, at)
    return model if isinstance(model, Untested) else _contrasts(asking, scratch, model, prepared, at, ancova)


def _setting(study: Study, here: Courses, one: Moderator) -> tuple[Courses, int, bool] | Untested:
    """The courses the model sees, the occasion effects are asked at, and whether the baseline is a moderator only."""
    if len(here.arms) < 2:
        return Untested("the study has one arm", "A comparison group, best of all by randomisation.", False)
    if not here.scheduled:
        why = "people were seen at times of their own, so there are no common occasions to compare at"
        return Untested(why, "Occasions shared by most people.", False)
    at = here.target(study)
    if here.before[at] and here.has_baseline:
        why = f"{here.scale.label} was not measured after treatment began"
        return Untested(why, "A score after treatment began.", False)
    # Given the baseline as moderator, the baseline's own row has no spread left.
    own = one.of_scale and one.name == here.scale.name and here.informant == informants(study, here.scale.name)[0]
    return (after_treatment(here), at - int(here.before.sum()), True) if own else (here, at, False)


@dataclass(frozen=True, slots=True)
class _Model:
    """A fitted model with what its contrasts and the test of the bend need."""

    here: Courses
    rows: InteractionDesign
    fit: RepeatedFit
    structure: str
    cluster: Clusters | None
    cluster_words: str
    others: np.ndarray
    analysed: int


def _model(study: Study, scratch: Draft, here: Courses, prepared: Prepared, at: int) -> _Model | Untested:
    """The repeated-measures model of the people with a value of the moderator."""
    kept = only(here, prepared.keep)
    used = kept.allocated & np.isfinite(kept.scores).any(axis=1)
    extra = covariates(study, study.plan.covariates, used)
    filled = extra.absent & used
    if filled.any():
        scratch.caution(
            "covariate-absent",
            f"{people(int(filled.sum()))} lacked a planned covariate; its mean was used, which does not bias a randomised comparison.",
        )
    cluster, cluster_words, fixed = clusters_of(study, scratch, kept, used)
    others = np.column_stack([extra.matrix, fixed])
    rows = interaction_design(kept, others, prepared.columns, cluster)
    if not all(rows.estimable(k, at) for k in range(1, len(here.arms))):
        return Untested(
            f"at {here.occasion(at)} the people seen cannot tell {prepared.moderator.label} by arm from the other columns of the model",
            "More people whose moderator varies within each arm.",
        )
    fit, structure = fit_design(scratch, kept, rows.rows)
    if fit is None:
        return Untested(
            f"the repeated-measures model with this moderator could not be estimated: {structure}",
            "More people with scores at two or more occasions.",
        )
    if fit.cluster_variance == 0.0:
        scratch.caution(
            "cluster-variance-zero", "The model found no variance between clusters; the interval then ignores them."
        )
    return _Model(kept, rows, fit, structure, cluster, cluster_words, others, int(used.sum()))


def _contrasts(
    asking: Asking, scratch: Draft, model: _Model, prepared: Prepared, at: int, ancova: bool
) -> Moderation | Untested:
    """Interactions, effects at values of the moderator, and the curve with its regions."""
    kept, rows = model.here, model.rows
    arms = range(1, len(kept.arms))
    infer = inference(scratch, model.fit)
    slopes = {k: rows.slopes(k, at) for k in arms}
    points = (
        [np.array([step]) for step in (-1.0, 0.0, 1.0)]
        if prepared.continuous
        else [prepared.at_level(code) for code in range(len(prepared.levels))]
    )
    grid = _grid(prepared) if prepared.continuous else np.empty(0)
    # One call for everything: the small-sample adjustment is most of the work.
    blocks = {("slope", k): slopes[k] for k in arms}
    blocks |= {("effect", k): np.array([rows.effect(k, at, point) for point in points]) for k in arms}
    if prepared.continuous:
        blocks |= {("along", k): _along_rows(rows, prepared, k, at, grid) for k in arms}
    found = infer.rows(np.vstack(list(blocks.values())), asking.level)
    ends = np.cumsum([block.shape[0] for block in blocks.values()]).tolist()
    place = {name: slice(end - block.shape[0], end) for (name, block), end in zip(blocks.items(), ends, strict=True)}
    interactions = {k: _contrasted(found, place["slope", k]) for k in arms}
    every = np.vstack(list(slopes.values()))
    df = min(each.df for row in interactions.values() for each in row)
    if df < MIN_DF:
        return Untested(
            f"with {people(model.analysed)} only {number(df, 1)} degrees of freedom are left for the interaction",
            "More people: some thirty to fifty per arm for a useful width.",
        )
    if df < FEW_DF:
        scratch.caution("few-degrees-of-freedom", f"{number(df, 1)} degrees of freedom stand behind the interaction.")
    bends = _bends(model, prepared, at, scratch) if prepared.continuous else {}
    return Moderation(
        prepared=prepared,
        here=kept,
        at=at,
        analysed=model.analysed,
        ancova=ancova,
        interactions=interactions,
        any_arm=infer.together(every) if every.shape[0] > 1 else _single(interactions[1][0], infer.words),
        effects={k: _contrasted(found, place["effect", k]) for k in arms},
        along={k: _along(found, blocks["along", k], place["along", k], prepared, grid, bends.get(k)) for k in arms}
        if prepared.continuous
        else {},
        counts=_seen(kept, prepared, at),
        structure=model.structure,
        small_sample=infer.words,
        clustering=model.cluster_words,
        cautions=(*prepared.cautions, *scratch.cautions),
    )  # fmt: skip


def _contrasted(found: Contrasts, at: slice) -> tuple[Contrasted, ...]:
    columns = (found.estimate, found.se, found.df, found.low, found.high, found.p)
    return tuple(
        Contrasted(*(float(v) for v in values)) for values in zip(*(column[at] for column in columns), strict=True)
    )


def _single(one: Contrasted, words: str) -> FTest:
    """The F test of one contrast: its t squared."""
    return FTest((one.value / one.se) ** 2, 1.0, 1, one.df, one.p, words)


def _grid(prepared: Prepared) -> np.ndarray:
    """Values of a continuous moderator from the 5th to the 95th percentile."""
    assert prepared.numbers is not None
    low, high = np.quantile(prepared.numbers[prepared.keep], [SHOWN, 1 - SHOWN])
    if low == high:
        low, high = prepared.numbers[prepared.keep].min(), prepared.numbers[prepared.keep].max()
    return np.linspace(low, high, POINTS)


def _along_rows(rows: InteractionDesign, prepared: Prepared, k: int, at: int, grid: np.ndarray) -> np.ndarray:
    """Contrast rows: the effect at the mean, its slope per unit, the effect at each value of the grid."""
    standard = (grid - prepared.mean) / prepared.sd
    slope = rows.slopes(k, at)[0] / prepared.sd
    return np.vstack([rows.effect(k, at, np.zeros(1)), slope, [rows.effect(k, at, np.array([s])) for s in standard]])


def _along(
    found: Contrasts, rows: np.ndarray, at: slice, prepared: Prepared, grid: np.ndarray, bend: FTest | None
) -> Along:
    """The effect between the 5th and the 95th percentile, and where it is told from zero."""
    estimate, level = found.estimate[at], found.level
    cov = rows[:2] @ found.beta_cov @ rows[:2].T
    # One quantile along the curve, the widest, so that picture and regions agree.
    df = float(found.df[at][1:].min())
    effect, slope = float(estimate[0]), float(estimate[1])
    start, end = float(grid[0]) - prepared.mean, float(grid[-1]) - prepared.mean
    pointwise, wide = (
        johnson_neyman(effect, slope, cov, df=df, low=start, high=end, level=level, simultaneous=at_once)
        for at_once in (False, True)
    )
    value, below, above = curve(effect, slope, cov, grid - prepared.mean, pointwise.quantile)
    return Along(grid, value, below, above, _moved(pointwise, prepared.mean), _moved(wide, prepared.mean), bend)


def _moved(found: JohnsonNeyman, by: float) -> JohnsonNeyman:
    """Regions of the centred moderator as values of its own."""
    regions = tuple(Region(part.low + by, part.high + by, part.sign) for part in found.regions)
    return replace(found, regions=regions, boundaries=tuple(value + by for value in found.boundaries))


def _bends(model: _Model, prepared: Prepared, at: int, scratch: Draft) -> dict[int, FTest]:
    """Whether the effect of each arm bends along the moderator: its square by arm, tested beside it."""
    assert prepared.numbers is not None
    if np.unique(prepared.numbers[prepared.keep]).size < BEND_VALUES:
        return {}
    square = prepared.columns[:, 0] ** 2
    square = np.where(prepared.keep, square - square[prepared.keep].mean(), 0.0)
    both = np.column_stack([prepared.columns, square])
    rows = interaction_design(model.here, model.others, both, model.cluster)
    arms = [k for k in range(1, len(model.here.arms)) if rows.estimable(k, at)]
    aside = Draft(scratch.study, scratch.asking, "", "")
    fit, _ = fit_design(aside, model.here, rows.rows) if arms else (None, "")
    if fit is None:
        return {}
    infer = inference(aside, fit)
    found = infer.rows(np.vstack([rows.slopes(k, at)[1:] for k in arms]), 0.95)
    return {k: _single(one, infer.words) for k, one in zip(arms, _contrasted(found, slice(None)), strict=True)}


def _seen(here: Courses, prepared: Prepared, at: int) -> np.ndarray:
    """(arms, levels) people seen at the occasion."""
    seen = np.isfinite(here.scores[:, at]) & prepared.keep
    codes = np.zeros(seen.size, dtype=int) if prepared.codes is None else prepared.codes
    width = 1 if prepared.codes is None else len(prepared.levels)
    return np.array([np.bincount(codes[seen & (here.arm == k)], minlength=width) for k in range(len(here.arms))])
