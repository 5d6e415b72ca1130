"""The tests of whether effects differ, in words: what was run, and a sentence that claims no more than they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forwhom.analysis.asking import Draft
from forwhom.analysis.for_whom.omnibus import Omnibus
from forwhom.analysis.for_whom.trial import CHERNOZHUKOV, FOLDS, REPEATS, Trial
from forwhom.analysis.words import level_words, listed, number, people
from forwhom.findings import Estimate, Method
from forwhom.findings.kinds import HeterogeneityTest
from forwhom.kernels.holm import holm

TITLES = {
    "interaction": "interaction",
    "calibration": "calibration",
    "AUTOC": "AUTOC",
    "Qini": "Qini",
    "spread": "spread of outcomes",
}
GENERIC = (
    "Chernozhukov V, Demirer M, Duflo E, Fernández-Val I. Fisher-Schultz lecture: generic machine learning inference on "
    "heterogeneous treatment effects in randomized experiments. Econometrica 2025;93:1121-1164."
)
RATE = (
    "Yadlowsky S, Fleming S, Shah N, Brunskill E, Wager S. Evaluating treatment prioritization rules via rank-weighted average "
    "treatment effects. J Am Stat Assoc 2025;120:38-51."
)
LUEDTKE = (
    "Luedtke AR, van der Laan MJ. Statistical inference for the mean outcome under a possibly non-unique optimal treatment "
    "strategy. Ann Stat 2016;44:713-742."
)
TIPTON = (
    "Pustejovsky JE, Tipton E. Small-sample methods for cluster-robust variance estimation and hypothesis testing in fixed "
    "effects models. J Bus Econ Stat 2018;36:672-683."
)
NAKAGAWA = (
    "Nakagawa S, et al. Meta-analysis of variation: ecological and evolutionary applications and beyond. Methods Ecol Evol "
    "2015;6:143-152."
)
BONETT = "Bonett DG. Robust confidence interval for a ratio of standard deviations. Appl Psychol Meas 2006;30:432-439."


@dataclass(frozen=True, slots=True)
class Row:
    """One test of one contrast, ready for the picture, the table and the sentence.

    kind : "interaction", "calibration", "AUTOC", "Qini" or "spread"; k : index of the arm compared with arm 0
    short : the result as the sentence gives it; absent : why there is none
    detectable : SD of effects that the interaction test finds with 80 % power
    """

    kind: str
    k: int
    shown: HeterogeneityTest
    estimate: Estimate
    short: str
    detectable: float | None = None
    absent: str = ""


def answer_words(draft: Draft, made: Trial, together: Omnibus | str, rows: Sequence[Row]) -> str:
    """Verdict by Holm-adjusted p over all tests, then the main tests' numbers, then what could have been seen."""
    level, alpha = draft.asking.level, 1.0 - draft.asking.level
    adjusted = holm([row.estimate.p for row in rows])
    passed = [row for row, p in zip(rows, adjusted, strict=True) if p is not None and p < alpha]
    near = [row for row in rows if row.estimate.p is not None and row.estimate.p < alpha]
    told = [row for row in passed if row.kind != "spread"]
    outcome = f"{made.target.label} {made.time_words}"
    if len(made.arms) == 2:
        about = f"the effect of {made.arms[1][1]} against {made.arms[0][1]} on {outcome}"
    else:
        about = f"effects of {listed([label for _, label in made.arms[1:]])} against {made.arms[0][1]} on {outcome}"
    differs = "differs" if len(made.arms) == 2 else "differ"
    if told:
        start = f"Evidence that {about} {differs} between people ({_named(made, told)})"
    elif passed:
        start = (
            f"Outcomes are spread unequally over the arms, but no other test says that {about} {differs} between people; a floor "
            "of the scale can do the same"
        )
    elif near:
        start = (
            f"No evidence that {about} {differs} between people once the number of tests is counted (taken by itself, the test of "
            f"{_named(made, near)} would have p below {alpha:.2g})"
        )
    else:
        start = f"No evidence that {about} {differs} between people"
    return f"{start}: {_numbers(made, rows, level)}.{_could(made, together, rows, bool(told))}"


def _named(made: Trial, rows: Sequence[Row]) -> str:
    """The tests by name; with several arms, whose."""
    return listed([TITLES[row.kind] + (f" for {made.arms[row.k][1]}" if len(made.arms) > 2 else "") for row in rows])


def _numbers(made: Trial, rows: Sequence[Row], level: float) -> str:
    """The test of interaction and the calibration in a phrase, arm by arm; the others stand in the picture and its table."""
    main = ("interaction", "calibration") if len(made.arms) == 2 else ("interaction",)
    parts = []
    for k in range(1, len(made.arms)):
        mine = [row.short for row in rows if row.k == k and row.short and row.kind in main]
        lead = f"{made.arms[k][1]}: " if len(made.arms) > 2 else ""
        parts.append(lead + ("; ".join(mine) if mine else "no such test could be made"))
    width = f" ({level_words(level)})" if "calibration" in main and any(row.kind == "calibration" for row in rows) else ""
    return f"{'. '.join(parts)}{width}"


def _could(made: Trial, together: Omnibus | str, rows: Sequence[Row], found: bool) -> str:
    """What this many people could have shown."""
    widest = [row.detectable for row in rows if row.detectable is not None]
    n = int(made.observed.sum())
    if not widest or isinstance(together, str):
        if found:
            return ""
        return f" {people(n)} with an outcome cannot rule differences out; how large they may be, the intervals say."
    least = max(widest)
    in_sd = f", {number(least / made.sd, 2)} baseline SD," if made.sd else ""
    seen = (
        f"With {people(n)} seen, the interaction test finds effects that differ between people by a standard deviation of "
        f"{number(least, max(made.places, 1))} ({made.unit}{in_sd.rstrip(',')}) or more through these moderators with 80 % power"
    )
    return f" {seen}" + ("." if found else "; smaller differences may well exist.")


def method_of(made: Trial, together: Omnibus | str, learned: object, level: float) -> Method:
    """What was run."""
    options = {
        "multiplicity": f"all tests reported; the sentence follows Holm-adjusted p below {1.0 - level:.2g}",
    }
    cited = []
    if isinstance(together, Omnibus):
        options["interaction"] = f"{together.model}; {listed(together.moderators)}; people complete in these"
        options["clustering of the interaction test"] = together.clustering
        cited.append(TIPTON)
    if not isinstance(learned, str):
        options |= {
            "predictions": f"{REPEATS} repeats of {FOLDS} folds, learned from earlier folds only, ridge and forest averaged; "
            "learners fixed in advance",
            "baseline variables": f"{made.features_words} ({made.usable_features})",
            "calibration": "least squares of doubly robust scores on predictions, a mean per fold, CR2 with Satterthwaite df",
            "AUTOC, Qini, targeting curve": "doubly robust scores by rank of predicted benefit within the fold, ties averaged",
            "over repeats": "z averaged over repeats; estimate and limits by inversion; conservative as far as repeats disagree",
            "p of predictions": "one-sided: only predictions that hold speak for differing effects",
        }
        cited += [GENERIC, RATE, LUEDTKE, CHERNOZHUKOV, *([] if TIPTON in cited else [TIPTON])]
    if not made.target.binary:
        options["spread"] = "bias-corrected log ratio of SDs of those with an outcome" + (
            ", jackknife over clusters" if made.cluster is not None else ", Bonett's interval for non-normal scores"
        )
        cited += [NAKAGAWA, BONETT]
    options["clustering of the other tests"] = made.cluster_words
    return Method("Omnibus tests of differing effects, side by side", options, tuple(cited))
