"""Several mechanisms of one outcome side by side: how far each was moved, what each carries, alone and beside the others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.how.carrying import DRAWS, UNSOLVED, Rows, fit_rows, rows_of
from forwhom.analysis.how.mediation import CITATIONS, LOST
from forwhom.analysis.how.mediation_words import lost_words, shown
from forwhom.analysis.how.order import Refused, ordered
from forwhom.analysis.how.planned_pairs import pairs, registered_pair
from forwhom.analysis.words import decimals_for, level_words, listed, number, p_value
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import Interval, MechanismRow, MechanismsDetail
from forwhom.kernels.carried_change import Carried, Number
from forwhom.kernels.carried_together import Together, carried_together
from forwhom.kernels.holm import holm
from forwhom.study import Study
from forwhom.study.plan import Mechanism

ALIKE = 0.6
"""Correlation of the changes of two mechanisms from which they are said to be hard to tell apart."""
SPARE = 10
PREACHER = (
    "Preacher KJ, Hayes AF. Asymptotic and resampling strategies for assessing and comparing indirect effects in multiple mediator "
    "models. Behav Res Methods 2008;40:879-891."
)
HOLM = "Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65-70."


@dataclass(frozen=True, slots=True)
class _One:
    """A mechanism that could be asked."""

    planned: Mechanism
    rows: Rows
    fit: Carried

    @property
    def label(self) -> str:
        return self.rows.here.mechanism.label


def compared(study: Study, asking: Asking, outcome: str) -> Finding:
    """`how.mechanisms.<scale>` of an outcome with several planned mechanisms."""
    ident = f"how.mechanisms.{outcome}"
    label = study.scales[outcome].label
    draft = Draft(study, asking, ident, f"Which mechanism carries change in {label}?")
    asked = [each for each, name in pairs(study) if name == outcome]
    if all(registered_pair(study, each, outcome) == "planned" for each in asked):
        draft.registered = "planned"
    found, refused = _each(study, asking, asked, outcome)
    if len(found) < 2:
        return draft.decline(
            f"{'only one' if found else 'none'} of {len(asked)} mechanisms can be asked ({'; '.join(f'{n}: {w}' for n, w in refused)})",
            "Two or more mechanisms measured before the outcome changes.",
        )
    for name, why in refused:
        draft.caution("mechanism-refused", f"{name} is not compared: {why}.")
    together = _together(asking, found, ident)
    if isinstance(together, str):
        draft.caution("no-joint-model", f"The mechanisms could not be put into one model: {together}.")
    if isinstance(together, Together) and together.lost > LOST * DRAWS:
        draft.caution("draws-lost", lost_words(together.lost))
    draft.analysed = max(each.rows.rows.size for each in found)
    draft.leave_out(draft.entered - draft.analysed, "not in the answer of any mechanism (see each)")
    rows = _rows(found, together)
    alike = _alike(found, together)
    draft.method = _method(found)
    draft.caution(
        "mechanism-not-randomised",
        "No mechanism was allocated to anybody: what each seems to carry may be carried by something unmeasured, or by another of "
        "them (sequential ignorability is assumed).",
    )
    first = found[0].rows.here
    return draft.answer(
        _statement(found, rows, alike, together, asking.level),
        _estimates(found, rows, outcome, asking.level, first.outcome.label + " " + first.outcome.unit),
        MechanismsDetail(
            first.outcome.label,
            first.outcome.better or "",
            first.outcome.unit,
            tuple(rows),
            tuple(alike),
            tuple(refused),
        ),
    )


def _each(
    study: Study, asking: Asking, asked: list[Mechanism], outcome: str
) -> tuple[list[_One], list[tuple[str, str]]]:
    found, refused = [], []
    for planned in asked:
        here = ordered(study, planned, outcome)
        made = here if isinstance(here, Refused) else rows_of(study, here)
        fit = made if isinstance(made, Refused) else fit_rows(asking, made, f"how.mediation.{planned.name}.{outcome}")
        if isinstance(made, Refused) or isinstance(fit, Refused):
            why = made.why if isinstance(made, Refused) else fit.why if isinstance(fit, Refused) else ""
            label = study.scales[planned.name].label if planned.name in study.scales else planned.name.replace("_", " ")
            refused.append((label, why))
        else:
            found.append(_One(planned, made, fit))
    return found, refused


def _together(asking: Asking, found: list[_One], ident: str) -> Together | str:
    """All mechanisms in one model, where they share the outcome's window and the arms."""
    one = found[0].rows
    for each in found[1:]:
        if each.rows.here.outcome_window != one.here.outcome_window or each.rows.arms != one.arms:
            return f"{each.label} and {found[0].label} have other windows of the outcome, or other arms"
    rows = np.unique(np.concatenate([each.rows.rows for each in found]))
    place = {int(row): k for k, row in enumerate(rows)}
    arm = np.zeros(rows.size, dtype=np.intp)
    columns: dict[str, np.ndarray] = {}
    unit = np.full(rows.size, -1)
    for each in found:
        at = np.array([place[int(row)] for row in each.rows.rows])
        arm[at] = each.rows.arm
        for k, name in enumerate(each.rows.names):
            columns.setdefault(name, np.full(rows.size, np.nan))[at] = each.rows.before[:, k]
        if each.rows.cluster is not None:
            unit[at] = each.rows.cluster if each is found[0] else np.where(unit[at] < 0, -1, unit[at])
    # A person in one mechanism's rows only is drawn alone.
    alone = unit < 0
    unit[alone] = unit.max(initial=-1) + 1 + np.arange(int(alone.sum()))
    m = np.column_stack([each.rows.here.m.last[rows] for each in found])
    y = one.here.y
    complete = int(np.isfinite(np.column_stack([m, y.first[rows], y.last[rows]])).all(axis=1).sum())
    need = len(one.arms) + len(columns) + len(found) + 1 + SPARE
    if complete < need:
        return f"{complete} people have all of them, and {need} are the least for so many"
    try:
        return carried_together(
            m, y.first[rows], y.last[rows], np.column_stack(list(columns.values())) if columns else np.empty((rows.size, 0)),
            arm, arms=len(one.arms), unit=None if alone.all() else unit, draws=DRAWS, level=asking.level, rng=asking.rng(ident),
        )  # fmt: skip
    except np.linalg.LinAlgError:
        return UNSOLVED
    except ValueError as why:
        return str(why).rstrip(".")


def _rows(found: list[_One], together: Together | str) -> list[MechanismRow]:
    made = []
    for j, each in enumerate(found):
        fit, arms = each.fit, each.rows.arms
        sd_m, sd_y = fit.left
        for c in range(1, max(len(arms), 2)):
            contrast = len(arms) > 1
            beside = None
            if isinstance(together, Together):
                beside = together.carried[c - 1][j] if contrast else together.path[j]
            made.append(
                MechanismRow(
                    mechanism=each.label,
                    family=each.planned.family,
                    declared=each.planned.kind or "",
                    seen=seen_kind(fit, c - 1) if contrast else "not told",
                    arm=arms[c][0] if contrast else arms[0][0],
                    reference=arms[0][0] if contrast else "",
                    moved=_scaled(fit.moved[c - 1], 1 / sd_m) if contrast else Interval(None),
                    path=_scaled(fit.path, sd_m / sd_y),
                    carried=_scaled(fit.carried[c - 1], 1.0) if contrast else Interval(None),
                    beside=_scaled(beside, 1.0) if beside is not None and contrast else Interval(None),
                    p=finite(fit.joint_p[c - 1]) if contrast else finite(fit.path.p),
                    p_holm=None,
                )
            )
    adjusted = holm([row.p for row in made])
    return [replace(row, p_holm=p) for row, p in zip(made, adjusted, strict=True)]


def seen_kind(fit: Carried, contrast: int) -> str:
    """ "common": moves in every arm the same way and goes with the outcome in every arm; "specific": moved by one arm otherwise;
    "both", or "not told".
    """
    changes = [each for each in fit.arm_change if shown(each)]
    common = len(changes) == len(fit.arm_change) and len({each.value > 0 for each in changes}) == 1
    paths = [each for each in fit.arm_path if shown(each)]
    common &= bool(paths) and len(paths) == len(fit.arm_path) and len({each.value > 0 for each in paths}) == 1
    specific = shown(fit.moved[contrast])
    return "both" if common and specific else "common" if common else "specific" if specific else "not told"


def _scaled(of: Number, factor: float) -> Interval:
    return Interval(finite(of.value * factor), finite(of.low * factor), finite(of.high * factor))


def _alike(found: list[_One], together: Together | str) -> list[tuple[str, str, float]]:
    if not isinstance(together, Together):
        return []
    return [
        (found[i].label, found[j].label, float(together.correlation[i, j]))
        for i in range(len(found))
        for j in range(i + 1, len(found))
    ]


def _method(found: list[_One]) -> Method:
    return Method(
        "Path models of several mechanisms, one by one and in one parallel model",
        {
            "each mechanism": "; ".join(each.rows.here.words() for each in found),
            "adjustment": f"Holm, over {len(found)} mechanisms (and arms)",
            "common": "moves the same way in every arm, and its change goes with later change of the outcome in every arm",
            "specific": "came out higher, or lower, in one arm than in the reference",
            "one model": "all mechanisms in the outcome's equation; none is said to move another",
        },
        (PREACHER, HOLM, *CITATIONS),
    )


def _statement(
    found: list[_One],
    rows: list[MechanismRow],
    alike: list[tuple[str, str, float]],
    together: Together | str,
    level: float,
) -> str:
    kept = [row for row in rows if row.p_holm is not None and row.p_holm < 1 - level]
    names = list(dict.fromkeys(row.mechanism for row in kept))
    many = f"Of {len(found)} mechanisms"
    what = "both steps are shown" if len(found[0].rows.arms) > 1 else "the path to later change is shown"
    text = (
        f"{many}, {what} for {listed(names)} after adjustment for their number."
        if names
        else f"{many}, {what} for none after adjustment for their number."
    )
    text += _kinds(found, rows)
    if isinstance(together, Together) and together.all_carried:
        of = together.all_carried[0]
        places = decimals_for(of.se)
        unit = found[0].rows.here.outcome.unit
        includes = "" if shown(of) else "; this includes none"
        text += (
            f" Together they amount to {number(of.value, places)} {unit} ({level_words(level)} {number(of.low, places)} to "
            f"{number(of.high, places)}{includes})"
            + (
                f" in {found[0].rows.arms[1][1]} against {found[0].rows.arms[0][1]}."
                if len(together.all_carried) > 1
                else "."
            )
        )
    close = [f"{a} and {b} (r = {number(r, 2)})" for a, b, r in alike if abs(r) >= ALIKE]
    if close:
        text += f" Changes in {listed(close)} go together so closely that they cannot be told apart here."
    elif alike:
        text += " Their changes differ enough to be told apart."
    return text


def _kinds(found: list[_One], rows: list[MechanismRow]) -> str:
    """Which mechanisms are common to the arms, and which came out otherwise in which arm."""
    text = ""
    common = list(dict.fromkeys(row.mechanism for row in rows if row.seen in ("common", "both")))
    if common:
        text += f" {listed(common)} {'is' if len(common) == 1 else 'are'} common to the arms."
    labels = {code: label for each in found for code, label in each.rows.arms}
    told: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.seen in ("specific", "both"):
            side = "higher" if (row.moved.value or 0.0) > 0 else "lower"
            told.setdefault((row.arm, row.reference), []).append(f"{row.mechanism} ({side})")
    for (arm, reference), names in told.items():
        text += f" What came out otherwise in {labels[arm]} than in {labels[reference]}: {listed(names)}."
    return text


def _estimates(found: list[_One], rows: list[MechanismRow], outcome: str, level: float, unit: str) -> list[Estimate]:
    labels = {code: label for each in found for code, label in each.rows.arms}
    kind = "bootstrap, percentile, widened for the number of people"
    made = []
    for row in rows:
        pair = f", {labels[row.arm]} − {labels[row.reference]}" if row.reference else ""
        for what, of, its_unit, p in (
            ("carried by way of", row.carried, unit, row.p),
            ("carried beside the other mechanisms by", row.beside, unit, None),
            ("moved by treatment:", row.moved, "SD", None),
            ("path to later change from", row.path, "SD per SD", None),
        ):
            if of.value is None:
                continue
            made.append(
                Estimate(
                    f"{what} {row.mechanism}{pair}", of.value, of.low, of.high, level, kind, its_unit, p=p,
                    arm=row.arm or None, reference=row.reference or None, scale=outcome,
                )
            )  # fmt: skip
        made.append(
            Estimate(
                f"p of {row.mechanism}, Holm-adjusted{pair} ({p_value(row.p)} alone)", row.p_holm, interval="none: a p value",
                unit="p", p=row.p_holm, arm=row.arm or None, reference=row.reference or None, scale=outcome,
                why_absent=None if row.p_holm is not None else "no test",
            )
        )  # fmt: skip
    return made
