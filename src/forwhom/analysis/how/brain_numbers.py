"""The numbers behind every region at once: changes, laterality and what goes with symptoms, with multiplicity over regions.

All regions are computed together, once per study, because each one's p value depends on how many were looked at.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.courses import Courses, courses
from forwhom.analysis.how.scans import Cell, cells
from forwhom.analysis.outcome.repeated_model import clusters_of, design, fit_design, inference
from forwhom.findings import Caution
from forwhom.findings.kinds import BrainChange, BrainSymptom, Interval
from forwhom.kernels.effect_size import standardised_difference
from forwhom.kernels.holm import holm
from forwhom.kernels.within_group_correlation import within_group_correlation
from forwhom.study import Scale, Study

FEWEST = 3
"""People per arm with both occasions below which a cell's change is not estimated."""
MIN_DF = 2.0
FAR = 5.0
"""Robust standard deviations beyond which a change is called extreme; of normal changes one in two million lies there."""
KEPT = 2


@dataclass(frozen=True, slots=True)
class CellNumbers:
    """What is known of one cell; `why` says why there is no change, "" where there is one."""

    cell: Cell
    changes: tuple[BrainChange, ...]
    symptom: BrainSymptom | None
    why: str
    cautions: tuple[Caution, ...]
    method: str


@dataclass(frozen=True, slots=True)
class BrainNumbers:
    """Every cell, every pair of hemispheres, and the symptom their changes are set beside."""

    cells: tuple[CellNumbers, ...]
    sides: tuple[CellNumbers, ...]
    symptom: Scale | None
    occasions: str


_made: OrderedDict[str, BrainNumbers] = OrderedDict()


def brain_numbers(study: Study, asking: Asking) -> BrainNumbers:
    """Everything about the scans of a study, made once per process and study."""
    places = cells(study)
    symptom = symptom_courses(study)
    digest = hashlib.blake2b(f"{asking.level} {study.plan.regions}".encode(), digest_size=16)
    for part in [*(cell.here for cell in places), *([symptom] if symptom else [])]:
        digest.update(f"{part.scale} {part.arms} {part.times.tolist()}".encode())
        digest.update(part.scores.tobytes() + part.arm.tobytes())
    for column in ("therapist", "group", "site"):
        digest.update(str(study.persons[column].to_list()).encode() if column in study.persons.columns else b"")
    key = digest.hexdigest()
    if key not in _made:
        _made[key] = _everything(study, asking, places, symptom)
        while len(_made) > KEPT:
            _made.popitem(last=False)
    _made.move_to_end(key)
    return _made[key]


def _everything(study: Study, asking: Asking, places: tuple[Cell, ...], symptom: Courses | None) -> BrainNumbers:
    numbers = [_numbers(study, asking, cell, symptom) for cell in places]
    sides = [_numbers(study, asking, cell, None) for cell in _differences_of_sides(places)]
    planned = {name: name in study.plan.regions for name in {cell.region for cell in places}}
    return BrainNumbers(
        cells=_adjusted(numbers, planned),
        sides=_adjusted(sides, planned),
        symptom=symptom.scale if symptom is not None else None,
        occasions=_occasions(places, symptom),
    )


def symptom_courses(study: Study) -> Courses | None:
    """The primary outcome, else the first scale with a baseline and a later occasion."""
    names = [study.plan.primary.scale] if study.plan.primary else []
    names += [*study.plan.outcomes, *study.scales]
    measured = set(study.measures.drop_nulls("value")["scale"].unique().to_list())
    for name in dict.fromkeys(names):
        if name in measured:
            here = courses(study, study.scales[name])
            if here.scheduled and here.has_baseline and here.times.size > 1:
                return here
    return None


def _occasions(places: tuple[Cell, ...], symptom: Courses | None) -> str:
    if symptom is None or not places:
        return ""
    at = _symptom_end(symptom, places[0])
    return f"from {symptom.occasion(symptom.baseline)} to {symptom.occasion(at)}"


def _symptom_end(symptom: Courses, cell: Cell) -> int:
    """The symptoms' occasion nearest to the last scan, after the baseline."""
    later = np.arange(symptom.baseline + 1, symptom.times.size)
    return int(later[np.argmin(np.abs(symptom.times[later] - cell.here.times[-1]))])


def _numbers(study: Study, asking: Asking, cell: Cell, symptom: Courses | None) -> CellNumbers:
    draft = Draft(study, asking, "how.brain", "")
    changes, why, method = _changes(study, draft, cell)
    return CellNumbers(
        cell=cell,
        changes=changes,
        symptom=_with_symptoms(cell, symptom, asking.level) if symptom is not None else None,
        why=why,
        cautions=tuple(draft.cautions),
        method=method,
    )


def _changes(study: Study, draft: Draft, cell: Cell) -> tuple[tuple[BrainChange, ...], str, str]:
    """Change of each arm, and of each arm beyond the first, from a repeated-measures model; or why there is none."""
    here = cell.here
    if cell.start is None or cell.start == cell.end:
        return (), "it was not scanned both before and after treatment began", ""
    both = np.isfinite(cell.change())
    people = [int((both & (here.arm == k)).sum()) for k in range(len(here.arms))]
    if min(people) < FEWEST:
        return (), f"fewer than {FEWEST} people per arm were scanned before and after", ""
    used = here.allocated & np.isfinite(here.scores).any(axis=1)
    cluster, _, fixed = clusters_of(study, draft, here, used)
    rows = design(here, fixed, cluster)
    fit, structure = fit_design(draft, here, rows)
    if fit is None:
        return (), f"its model could not be estimated ({structure})", ""
    infer = inference(draft, fit)
    wanted: list[tuple[int, int | None]] = [(k, None) for k in range(len(here.arms))]
    wanted += [(k, 0) for k in range(1, len(here.arms))]
    contrasts = np.zeros((len(wanted), rows.x.shape[1]))
    for row, (k, other) in zip(contrasts, wanted, strict=True):
        row[rows.cell[k, cell.end]] += 1
        row[rows.cell[k, cell.start] if other is None else rows.cell[other, cell.end]] -= 1
    result = infer.rows(contrasts, draft.asking.level)
    if not (np.isfinite(result.df).all() and result.df.min() >= MIN_DF):
        return (), "fewer than two degrees of freedom remain", ""
    sd, sd_df = here.baseline_sd()
    made = []
    for i, (k, other) in enumerate(wanted):
        value, se, df = float(result.estimate[i]), float(result.se[i]), float(result.df[i])
        standard = Interval(None)
        if sd > 0 and sd_df > 1 and se > 0:
            g = standardised_difference(value, se, sd=sd, df_sd=sd_df, df=df, level=draft.asking.level)
            standard = Interval(finite(g.value), finite(g.low), finite(g.high))
        made.append(
            BrainChange(
                cell=cell.label,
                modality=cell.modality,
                hemisphere=cell.hemisphere,
                condition=cell.condition,
                arm=here.arms[k][0],
                reference=None if other is None else here.arms[other][0],
                effect=Interval(finite(value), finite(result.low[i]), finite(result.high[i])),
                standardised=standard,
                p=finite(result.p[i]),
                holm=None,
                n=people[k] if other is None else people[k] + people[other],
            )
        )
    return tuple(made), "", f"{infer.words}, {structure} covariance"


def _with_symptoms(cell: Cell, symptom: Courses, level: float) -> BrainSymptom | None:
    """Change of the cell beside change of symptoms, within arms; None where too few have both."""
    before, after = symptom.scores[:, symptom.baseline], symptom.scores[:, _symptom_end(symptom, cell)]
    brain, change = cell.change(), after - before
    try:
        found = within_group_correlation(brain, change, cell.here.arm, level=level)
    except ValueError:
        return None
    both = np.flatnonzero(np.isfinite(brain) & np.isfinite(change) & (cell.here.arm >= 0))
    return BrainSymptom(
        cell=cell.label,
        modality=cell.modality,
        r=Interval(found.r, found.low, found.high),
        rank=Interval(found.rank, found.rank_low, found.rank_high),
        least=finite(found.least),
        most=finite(found.most),
        p=found.p,
        holm=None,
        n=found.n,
        extreme=int((_far(brain, cell.here.arm, both) | _far(change, cell.here.arm, both)).sum()),
        points=tuple((cell.here.arms[cell.here.arm[i]][0], float(brain[i]), float(change[i])) for i in both),
    )


def _far(values: np.ndarray, arm: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(rows,) True for people far from the median of their arm, measured by the arms' median absolute deviation."""
    centred = values[rows].copy()
    for k in np.unique(arm[rows]):
        centred[arm[rows] == k] -= np.median(centred[arm[rows] == k])
    spread = 1.4826 * float(np.median(np.abs(centred)))
    far: np.ndarray = np.abs(centred) > FAR * spread if spread > 0 else centred != 0
    return far


def _differences_of_sides(places: tuple[Cell, ...]) -> list[Cell]:
    """Left minus right of every place scanned on both sides."""
    made = []
    pairs = {(c.modality, c.region, c.condition): c for c in places if c.hemisphere == "right"}
    for left in places:
        right = pairs.get((left.modality, left.region, left.condition))
        if left.hemisphere != "left" or right is None:
            continue
        times = np.intersect1d(left.here.times, right.here.times)
        if times.size == 0:
            continue
        scores = (
            left.here.scores[:, np.isin(left.here.times, times)]
            - right.here.scores[:, np.isin(right.here.times, times)]
        )
        before = np.flatnonzero(times <= 0)
        here = replace(left.here, times=times, scores=scores, baseline=int(before[-1]) if before.size else 0)
        made.append(replace(left, hemisphere="left minus right", here=here))
    return made


def _adjusted(numbers: list[CellNumbers], planned: dict[str, bool]) -> tuple[CellNumbers, ...]:
    """Holm over all comparisons of the same kind, planned regions and the others apart."""
    families: dict[tuple[bool, str], list[tuple[int, int, float | None]]] = {}
    for i, each in enumerate(numbers):
        family = planned.get(each.cell.region, False)
        for j, change in enumerate(each.changes):
            kind = "change" if change.reference is None else "arms"
            families.setdefault((family, kind), []).append((i, j, change.p))
        if each.symptom is not None:
            families.setdefault((family, "symptom"), []).append((i, -1, each.symptom.p))
    changes = [list(each.changes) for each in numbers]
    symptoms = [each.symptom for each in numbers]
    for members in families.values():
        for (i, j, _), p in zip(members, holm([p for _, _, p in members]), strict=True):
            if j >= 0:
                changes[i][j] = replace(changes[i][j], holm=p)
            else:
                symptom = symptoms[i]
                symptoms[i] = replace(symptom, holm=p) if symptom is not None else None
    return tuple(
        replace(each, changes=tuple(own), symptom=symptom)
        for each, own, symptom in zip(numbers, changes, symptoms, strict=True)
    )
