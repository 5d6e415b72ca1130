"""The tests of whether effects differ, in words: what was run, and a sentence that claims no more than they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forwhom.analysis.asking import Draft
from forwhom.analysis.for_whom.heterogeneity_moderators import Passing, alone_words
from forwhom.analysis.for_whom.omnibus import Omnibus
from forwhom.analysis.for_whom.trial import CHERNOZHUKOV, FOLDS, REPEATS, Trial
from forwhom.analysis.words import listed, number, p_value, people
from forwhom.findings import Estimate, Method
from forwhom.findings.kinds import HeterogeneityTest
from forwhom.kernels.holm import holm

TITLES = {
    "any arm": "interaction over all arms",
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

    kind : "interaction", "calibration", "AUTOC", "Qini" or "spread", of arm k against arm `against`; or "any arm"
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
    against: int = 0


def answer_words(
    draft: Draft, made: Trial, together: Omnibus | str, rows: Sequence[Row], alone: Sequence[Passing]
) -> str:
    """Verdict by Holm-adjusted p over all tests, the main tests' numbers, single moderators that pass, what could be seen."""
    alpha = 1.0 - draft.asking.level
    adjusted = holm([row.estimate.p for row in rows])
    passed = [row for row, p in zip(rows, adjusted, strict=True) if p is not None and p < alpha]
    near = [row for row in rows if row.estimate.p is not None and row.estimate.p < alpha]
    told = [row for row in passed if row.kind != "spread"]
    outcome = f"{made.target.label} {made.time_words}"
    if len(made.arms) == 2:
        about = f"the effect of {made.arms[1][1]} against {made.arms[0][1]} on {outcome} differs between people"
    else:
        about = f"differences of {listed([label for _, label in made.arms])} on {outcome} vary between people"
    if told:
        start = f"Evidence that {about} ({_named(made, told)})"
    elif passed:
        start = (
            f"Outcomes are spread unequally over the arms, which a {end_of_scale(made)} of the scale can do too; no other test "
            f"here says that {about}"
        )
    elif near:
        start = f"No evidence by these tests that {about} once all tests are counted ({_named(made, near)} alone: p < {alpha:.2g})"
    else:
        start = f"No evidence by these tests that {about}"
    single = alone_words(alone, "it" if len(made.arms) == 2 else "them")
    return f"{start}: {_numbers(made, rows)}.{single}{'' if told else _could(made, together, rows)}"


def end_of_scale(made: Trial) -> str:
    """Where scores crowd as people get well."""
    return "floor" if made.better == "lower" else "ceiling"


def whose(made: Trial, row: Row) -> str:
    """The arm a test is of, and against which if not the reference; empty where it is of all arms."""
    if row.kind == "any arm":
        return ""
    return made.arms[row.k][1] + (f" against {made.arms[row.against][1]}" if row.against else "")


def titled(made: Trial, row: Row) -> str:
    """A test by its name; with several arms, whose."""
    who = whose(made, row) if len(made.arms) > 2 else ""
    return TITLES[row.kind] + (f" of {who}" if who else "")


def _named(made: Trial, rows: Sequence[Row]) -> str:
    return listed([titled(made, row) for row in rows])


def _numbers(made: Trial, rows: Sequence[Row]) -> str:
    """Interaction and calibration of two arms; with more the interaction over all of them and the p of each.

    The others stand in the picture and its table.
    """
    if len(made.arms) == 2:
        return "; ".join(row.short for row in rows if row.short and row.kind in ("interaction", "calibration")) or (
            "no test of moderators or predictions could be made"
        )
    joint = [row.short for row in rows if row.short and row.kind == "any arm"]
    each = [
        f"{made.arms[row.k][1]} {p_value(row.estimate.p)}"
        for row in rows
        if row.kind == "interaction" and row.estimate.p is not None
    ]
    parts = [*joint, *([f"against {made.arms[0][1]}, {listed(each)}"] if each else [])]
    return "; ".join(parts) or "no test of all moderators together could be made"


def _could(made: Trial, together: Omnibus | str, rows: Sequence[Row]) -> str:
    """What this many people could have shown."""
    widest = [row.detectable for row in rows if row.detectable is not None]
    if not widest or isinstance(together, str):
        return f" {people(int(made.observed.sum()))} with an outcome cannot rule differences out."
    least = max(widest)
    if made.target.binary:
        size = f"{number(100 * least, 0)} percentage points"
    else:
        size = number(least, max(made.places, 1)) + (f" ({number(least / made.sd, 2)} baseline SD)" if made.sd else "")
    return (
        f" Effects spread by an SD of {size} through these moderators would be found with 80 % power; smaller differences may "
        "well exist."
    )


def method_of(made: Trial, together: Omnibus | str, learned: object, level: float) -> Method:
    """What was run."""
    options = {
        "multiplicity": f"all tests reported; the sentence follows Holm-adjusted p below {1.0 - level:.2g}",
    }
    if len(made.arms) > 2:
        options["pairs of arms"] = (
            "moderators over all arms at once and each arm against the first; calibration and AUTOC of every pair"
        )
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
