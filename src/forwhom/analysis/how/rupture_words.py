"""What is said of ruptures: the sentence, the estimates, whom to cite."""

from __future__ import annotations

from collections.abc import Iterable

from forwhom.analysis.how.rupture_sentences import agreement, goes_with, repaired, shares_between
from forwhom.analysis.how.session_table import SessionTable
from forwhom.analysis.words import level_words, number, p_value, percent
from forwhom.findings import Estimate
from forwhom.findings.kinds import Interval, Relation, RuptureRate, RupturesDetail
from forwhom.kernels.ruptures import WITHIN

CITATIONS = (
    "Eubanks-Carter C, Gorman BS, Muran JC. Quantitative naturalistic methods for detecting change points in psychotherapy research: "
    "an illustration with alliance ruptures. Psychother Res 2012;22:621-637.",
    "Strauss JL, et al. Early alliance, alliance ruptures, and symptom change in a nonrandomized trial of cognitive therapy for avoidant "
    "and obsessive-compulsive personality disorders. J Consult Clin Psychol 2006;74:337-345.",
    "Stiles WB, et al. Patterns of alliance development and the rupture-repair hypothesis. J Couns Psychol 2004;51:81-92.",
    "Gumz A, Brähler E, Geyer M, Erices R. Crisis-repair sequences: considerations on the classification and assessment of breaches in "
    "the therapeutic relationship. BMC Med Res Methodol 2012;12:10.",
    "Firth D. Bias reduction of maximum likelihood estimates. Biometrika 1993;80:27-38.",
    "Cohen J. A coefficient of agreement for nominal scales. Educ Psychol Meas 1960;20:37-46.",
    "Fleiss JL. Measuring nominal scale agreement among many raters. Psychol Bull 1971;76:378-382.",
    "Shrout PE, Fleiss JL. Intraclass correlations: uses in assessing rater reliability. Psychol Bull 1979;86:420-428.",
)
CODES = "raters' codes"
PER_TEN = "ruptures per 10 sessions"


def statement(detail: RupturesDetail, level: float, table: SessionTable) -> str:
    """How often, against chance; how many are repaired; what goes with it."""
    arms = dict(table.process.arms)
    leading = detail.criteria[0][0]
    mine = [rate for rate in detail.rates if rate.criterion == leading]
    parts = [
        f"{_arm(rate.arm, arms)}{number(rate.rate.value, 2)} ruptures per 10 sessions "
        f"({level_words(level)} {number(rate.rate.low, 2)} to {number(rate.rate.high, 2)}), where noise alone would give "
        f"{number(rate.expected.value, 2)} ({number(rate.expected.low, 2)} to {number(rate.expected.high, 2)})"
        for rate in mine
    ]
    first = f"By the {leading}: {'; '.join(parts)}." if parts else f"By the {leading} nobody had sessions enough."
    more = _beyond(detail.relations, leading)
    mended = repaired(detail.repairs, leading)
    related = goes_with(detail.relations, leading, sum(rate.ruptures for rate in mine)) + agreement(detail.relations)
    other = [name for name, _ in detail.criteria[1:]]
    differ = ""
    if other and mine:
        total = sum(rate.ruptures for rate in mine)
        others = sum(rate.ruptures for rate in detail.rates if rate.criterion == other[0])
        differ = f" The {other[0]} finds {others} where the {leading} finds {total}: the criteria differ."
    return f"{first}{more}{mended}{related}{differ}"


def _arm(code: str, arms: dict[str, str]) -> str:
    return f"{arms.get(code, code)} " if len(arms) > 1 else ""


def _beyond(relations: Iterable[Relation], leading: str) -> str:
    found = next((each for each in relations if each.group == "Rate" and each.what.endswith(leading)), None)
    if found is None or found.estimate.value is None or found.p is None:
        return ""
    if found.p < 0.05 and found.estimate.value > 1:
        return f" That is {number(found.estimate.value, 1)} times what noise makes ({p_value(found.p)})."
    return f" That is no more than noise makes ({p_value(found.p)}), so these falls need not be ruptures."


def coded_words(human: list[Relation], level: float) -> str:
    """The sentences where there are only codes."""
    first = human[0]
    words = (
        f"Raters found a rupture in {percent(first.estimate.value)} of {first.n} coded sessions ({level_words(level)} "
        f"{shares_between(first.estimate)})"
    )
    mended = next((each for each in human if "coded as repaired" in each.what), None)
    if mended is not None and mended.estimate.value is not None:
        words += f"; of {mended.n} that can be told, {percent(mended.estimate.value)} were repaired ({shares_between(mended.estimate)})"
    return f"{words}.{agreement(human)}{goes_with(human, CODES, round((first.estimate.value or 0.0) * first.n))}"


def estimates(detail: RupturesDetail, table: SessionTable | None, level: float) -> list[Estimate]:
    """Every number with its width."""
    arms = dict(table.process.arms) if table is not None else {}
    made = [each for rate in detail.rates for each in _of_rate(rate, arms, level)]
    for share in detail.repairs:
        label = f", {arms.get(share.arm, share.arm)}" if share.arm else ""
        absent = None if share.share.value is not None else "no rupture was followed long enough"
        made.append(
            _one(
                f"ruptures repaired within {WITHIN} sessions, {share.criterion}{label}",
                share.share,
                level,
                "t on the logit, people as clusters",
                "proportion",
                "of ruptures that can be told",
                share.repaired + share.unrepaired,
                absent,
                arm=share.arm or None,
            )
        )
        if share.expected.value is not None:
            made.append(
                _one(
                    f"ruptures of null courses repaired within {WITHIN} sessions, {share.criterion}{label}",
                    share.expected,
                    level,
                    "range of null courses",
                    "proportion",
                    "of falls that are noise",
                    None,
                    None,
                    arm=share.arm or None,
                )
            )
    return [*made, *of_relations(detail.relations, level)]


def _of_rate(rate: RuptureRate, arms: dict[str, str], level: float) -> list[Estimate]:
    label = f", {arms.get(rate.arm, rate.arm)}" if len(arms) > 1 else ""
    arm = rate.arm or None
    return [
        _one(f"rate of ruptures, {rate.criterion}{label}", rate.rate, level, "t on the log scale, people as clusters", PER_TEN,
             "of sessions at which one could be found", rate.people, None, arm=arm),
        _one(f"rate expected by chance, {rate.criterion}{label}", rate.expected, level, "range of null courses", PER_TEN,
             "own straight line with noise alike from session to session", rate.people, None, arm=arm),
    ]  # fmt: skip


def of_relations(relations: Iterable[Relation], level: float) -> list[Estimate]:
    """Relations as estimates."""
    kinds = {
        "Leaving afterwards": "penalised profile likelihood",
        "Rate by arm": "profile likelihood, negative binomial",
    }
    made = []
    for each in relations:
        unit = "proportion" if each.unit == "share" else each.unit
        kind = kinds.get(
            each.group, "range of null courses" if each.group == "Rate" else "t, people or therapists as clusters"
        )
        if each.unit == "rate ratio":
            kind = kinds["Rate by arm"]
        made.append(
            _one(
                f"{each.group.lower()}: {each.what}",
                each.estimate,
                level,
                kind,
                unit,
                each.says,
                each.n,
                each.why_absent or None,
                each.p,
            )
        )
    return made


def _one(
    name: str,
    interval: Interval,
    level: float,
    kind: str,
    unit: str,
    says: str,
    n: int | None,
    absent: str | None,
    p: float | None = None,
    arm: str | None = None,
) -> Estimate:
    bare = interval.low is None and interval.high is None
    if bare and interval.value is not None:
        kind = "none: no interval could be made" if p is None else "none: a test statistic"
    elif (interval.low is None) != (interval.high is None):
        kind = f"{kind}, open on one side"
    return Estimate(
        name,
        interval.value,
        interval.low,
        interval.high,
        None if bare else level,
        kind if interval.value is not None else "",
        unit,
        says,
        n,
        p=p,
        arm=arm,
        why_absent=None if interval.value is not None else absent or "not computed",
    )
