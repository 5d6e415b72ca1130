"""A study's own effect beside what is published for that treatment and outcome: `evidence.published.<scale or event>`."""

from __future__ import annotations

import math

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.evidence.effects import Effect, Measure, effects_of
from forwhom.analysis.evidence.own_effect import OwnEffect, own_effect
from forwhom.analysis.evidence.pool import RHO, PooledEffect, pool_effects, shown
from forwhom.analysis.evidence.pool_redundant import without_redundant
from forwhom.analysis.evidence.pool_words import CALLED, UNITS, direction, limits, many, number, sides
from forwhom.analysis.evidence.signs import directed, signs
from forwhom.analysis.evidence.trial_limits import SCORE, limits_of
from forwhom.analysis.outcome.events import COMPOSITE
from forwhom.evidence.beside import Beside
from forwhom.evidence.comparisons import EVENTS, Comparison
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import Interval, PublishedDetail, PublishedEffect
from forwhom.kernels.meta_analysis import Compatibility, compatibility, risk_ratio_interval
from forwhom.problems import did_you_mean, listed
from forwhom.study import Study
from forwhom.study.published import Published

TOLD = "[published] in study.toml: what the arms and outcomes are called in the ledger of evidence."
RATIOS = ("rr", "or")
LEAST = 4
"""Published samples below which nothing is said of compatibility: variance between studies is all but unknown."""
METHOD = "Pooled published effect with prediction interval, and the new result against it"
CITATIONS = (
    "Higgins JPT, Thompson SG, Spiegelhalter DJ (2009). Journal of the Royal Statistical Society A, 172, 137-159.",
    "IntHout J, Ioannidis JPA, Borm GF (2014). BMC Medical Research Methodology, 14, 25.",
)


def published(study: Study, asking: Asking, about: str, arm: int | None, suffix: str) -> Finding:
    """`evidence.published.<scale or event>`: is the new result one that the published ones make likely?

    about : scale or kind of event named in [published] outcomes; "" where none is
    arm : the arm compared with the first
    """
    name = f"evidence.published.{suffix}" if suffix else "evidence.published"
    draft = Draft(study, asking, name, "How does the effect compare with what is published?")
    told = study.published
    if told is None or not about or arm is None:
        return draft.not_applicable("study.toml does not say what its arms and outcomes are called in the ledger", TOLD)
    label = _label(study, about)
    draft.question = f"How does the effect on {label} compare with what is published?"
    if asking.beside is None:
        return draft.decline(
            "the published evidence was not read", "answer(study, beside=read_beside(study.published))."
        )
    wrong = _unknown_words(told, about, study, arm, asking.beside)
    if wrong:
        return draft.decline(wrong, "A word of the ledger's vocabulary, by id, label or synonym.")
    own = own_effect(study, asking, about, arm)
    if isinstance(own, str):
        return draft.decline(own, "An answered comparison of the arms on this outcome.")
    draft.analysed = own.analysed
    kept, words = _chosen(told, about, study, arm, asking.beside, own)
    measure: Measure = "rr" if own.kind == EVENTS else "g"
    effects = effects_of(directed(kept, signs(asking.beside.comparisons)), measure)
    draft.leave_out(len(effects.unused), "published comparisons that give no effect on this measure", of="comparisons")
    free, again = without_redundant(effects.effects, RHO)
    draft.leave_out(
        len(again), "the same published result again, or one that follows from the others", of="comparisons"
    )
    if not free:
        take = "Trials of it in a ledger of one's own, or a table of trials: [published] ledgers, databases."
        return draft.decline(f"nothing published that was read compares {words}", take)
    pooled = pool_effects(free, measure, level=asking.level, limits=False)
    found = compatibility(
        own.value, own.variance, pooled=pooled.centre, se=pooled.se, tau2=pooled.tau2 or 0.0,
        df=pooled.df if math.isfinite(pooled.df) else None, level=asking.level,
    )  # fmt: skip
    _cautions(draft, pooled, told, own, free, asking.beside)
    draft.method = Method(METHOD, _options(pooled, free, asking.beside, own), CITATIONS)
    detail = _detail(study, arm, label, own, free, pooled, found)
    return draft.answer(
        _statement(study, arm, label, own, pooled, found), _estimates(study, arm, own, pooled, found), detail
    )


def _label(study: Study, about: str) -> str:
    """A scale by its label, a kind of event by its name, the planned composite by its parts."""
    if about in study.scales:
        return study.scales[about].label
    parts = study.plan.events if about == COMPOSITE else (about,)
    return " or ".join(part.replace("_", " ") for part in parts)


def _word(kind: str, word: str, beside: Beside) -> str | None:
    return beside.ledger.vocabulary.find(kind, word)


def _unknown_words(told: Published, about: str, study: Study, arm: int, beside: Beside) -> str:
    """Words of [published] that the vocabulary does not have; "" when it has all."""
    code = study.arms[arm].name
    if code not in told.treatments:
        return f"[published] treatments does not name the arm {code}"
    asked = [("treatments", told.treatments[code]), ("outcomes", told.outcomes[about])]
    asked += [("controls", told.controls[study.arms[0].name])] if study.arms[0].name in told.controls else []
    asked += [("disorders", told.disorder)] if told.disorder else []
    for kind, word in asked:
        if _word(kind, word, beside) is None:
            names = beside.ledger.vocabulary.names.get(kind, {})
            hint = did_you_mean(word, names)
            possible = listed(beside.ledger.vocabulary.sets.get(kind, {}), 12)
            return f"'{word}' is no word of the ledger's {kind}. {hint}There are {possible}"
    return ""


def _chosen(
    told: Published, about: str, study: Study, arm: int, beside: Beside, own: OwnEffect
) -> tuple[tuple[Comparison, ...], str]:
    """Published comparisons of the same treatment, control and disorder on the same outcome, with words for them."""
    treatment = _word("treatments", told.treatments[study.arms[arm].name], beside)
    outcome = _word("outcomes", told.outcomes[about], beside)
    control = _word("controls", told.controls.get(study.arms[0].name, ""), beside)
    disorder = _word("disorders", told.disorder, beside) if told.disorder else None
    kept = tuple(
        one
        for one in beside.comparisons
        if treatment in one.treatments
        and outcome in one.outcomes
        and (control is None or control in one.controls)
        and (disorder is None or disorder in one.disorders)
        and one.study not in told.without
        and one.label not in told.without
        and (one.kind == EVENTS) == (own.kind == EVENTS)
    )
    label = beside.ledger.vocabulary.label
    words = f"{label('treatments', treatment or '')} with {label('controls', control) if control else 'any control'}"
    words += f" on {label('outcomes', outcome or '')}" + (f" in {label('disorders', disorder)}" if disorder else "")
    return kept, words


def _cautions(
    draft: Draft, pooled: PooledEffect, told: Published, own: OwnEffect, effects: tuple[Effect, ...], beside: Beside
) -> None:
    draft.caution(
        "ledger-is-no-search",
        "What is published stands here as far as somebody coded it. Trials that nobody coded, or that were never published, "
        "are not among it.",
    )
    if pooled.k == 1:
        draft.caution(
            "one-published",
            "One published sample tells nothing of how much effects differ between studies. The limits of the difference take "
            "them not to differ at all and are too narrow, so nothing is said of whether the results are compatible.",
        )
    elif pooled.k < 5:
        draft.caution(
            "few-published",
            f"{pooled.k} published samples say little of how much effects differ between studies; the prediction interval is "
            "uncertain itself, and holds in fewer studies than it says.",
        )
    if pooled.measure == "g":
        draft.caution(
            "standardised-otherwise",
            "The study's effect is in standard deviations at baseline, published ones mostly in those at the end; "
            "where people become more different with time the study's looks larger.",
        )
    mine = {each.comparison.study for each in effects}
    studies = [study for study in beside.ledger.studies.values() if study.id in mine]
    if (
        studies
        and all(study.allegiance is not None and study.allegiance.developer for study in studies)
        and len(studies) == len(mine)
    ):
        draft.caution(
            "published-by-developers",
            "Every published study among these was made by those who developed the treatment; such studies tend to find more.",
        )
    if own.kind == EVENTS:
        draft.caution(
            "defined-otherwise",
            "What counts as an event, and over which time, may differ between the published studies and this one.",
        )
    if not told.without:
        draft.caution(
            "may-be-itself",
            "If this very trial is among the published ones it agrees with itself: name it under [published] without.",
        )


def _options(pooled: PooledEffect, effects: tuple[Effect, ...], beside: Beside, own: OwnEffect) -> dict[str, str]:
    models = {
        "random effects": "random effects (REML, Knapp-Hartung)",
        "three-level": "three-level (REML, cluster-robust limits)",
        "one study": "one published sample, as it is",
    }
    return {
        "model": models[pooled.model],
        "published": "; ".join(dict.fromkeys(each.comparison.label for each in effects)),
        "the study's effect": own.finding,
        "ledger": beside.ledger.digest[:12],
    }


def _sign(own: OwnEffect, measure: Measure) -> int | None:
    return 1 if measure == "g" or own.good else -1


def _statement(study: Study, arm: int, label: str, own: OwnEffect, pooled: PooledEffect, found: Compatibility) -> str:
    m = pooled.measure
    low, high, _ = _limits(own, pooled.level)
    mine = f"{number(_plain(own.value, m), m)} ({limits(_plain(low, m), _plain(high, m), m)})"
    people = f" ({pooled.people} people)" if pooled.people is not None else ""
    there = f"{number(pooled.estimate, m)} ({limits(pooled.low, pooled.high, m)})"
    head = (
        f"On {label} this study finds a {CALLED[m]} of {mine}; {many(pooled.k, 'published sample')}{people} "
        f"{'gives' if pooled.k == 1 else 'give'} {there}."
    )
    if pooled.prediction_low is not None and pooled.prediction_high is not None:
        head += f" In a new study like these the true effect would lie from {limits(pooled.prediction_low, pooled.prediction_high, m)}."
    if pooled.k < LEAST:
        apart = number(_plain(found.difference, m), m)
        what = f"the ratio of the two is {apart}" if m in RATIOS else f"they differ by {apart}"
        between = limits(_plain(found.low, m), _plain(found.high, m), m)
        few = "One published sample cannot" if pooled.k == 1 else f"{pooled.k} published samples can hardly"
        counted = ", counting only the errors of both" if pooled.k == 1 else ""
        return f"{head} {few} say what results are likely in a new study; {what} ({between}){counted}."
    p = f"p {'< 0.001' if found.p < 0.001 else f'= {found.p:.2g}'}"
    if found.p < 1 - pooled.level:
        kind = "better" if (found.difference > 0) == (_sign(own, m) == 1) else "worse"
        return f"{head} The new result is {kind} than these make likely ({p})."
    return f"{head} The new result is compatible with {'it' if pooled.k == 1 else 'these'} ({p}), which is not proof that it is the same."


def _half(own: OwnEffect, level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + level / 2)) * math.sqrt(own.variance)


def _limits(own: OwnEffect, level: float) -> tuple[float, float, str]:
    """Of events those of their counts, as everywhere; else normal ones."""
    if own.counted is not None:
        found = risk_ratio_interval(*own.counted, level=level)
        if found.low is not None and found.high is not None and found.low > 0.0 and math.isfinite(found.high):
            return math.log(found.low), math.log(found.high), SCORE
    half = _half(own, level)
    return own.value - half, own.value + half, "normal"


def _plain(value: float, measure: Measure) -> float:
    made = shown(value, measure)
    return math.nan if made is None else made


def _interval(value: float | None, low: float | None, high: float | None) -> Interval:
    return Interval(finite(value), finite(low), finite(high))


def _estimates(study: Study, arm: int, own: OwnEffect, pooled: PooledEffect, found: Compatibility) -> list[Estimate]:
    m, level = pooled.measure, pooled.level
    one, two = study.arms[arm], study.arms[0]
    means = direction(m, _sign(own, m))
    low, high, how = _limits(own, level)
    made = [
        Estimate(
            f"{CALLED[m]} in this study, {one.label} against {two.label}", _plain(own.value, m),
            _plain(low, m), _plain(high, m), level, how, UNITS[m], means,
            n=own.analysed, arm=one.name, reference=two.name,
        ),
        Estimate(
            f"{CALLED[m]} as published, pooled", pooled.estimate, finite(pooled.low), finite(pooled.high), level,
            {"three-level": "t, cluster-robust", "random effects": "t, Knapp-Hartung"}.get(pooled.model, pooled.limits),
            UNITS[m], means, n=pooled.people, p=pooled.p,
        ),
    ]  # fmt: skip
    if pooled.prediction_low is not None:
        made.append(
            Estimate(
                f"true {CALLED[m]} of a new study", pooled.estimate, pooled.prediction_low, pooled.prediction_high, level,
                "prediction, t", UNITS[m], means,
            )
        )  # fmt: skip
    made.append(
        Estimate(
            f"{'ratio of this to the published' if m in ('rr', 'or') else 'this less the published'} {CALLED[m]}",
            _plain(found.difference, m), _plain(found.low, m), _plain(found.high, m), level,
            "t" if found.df is not None else "normal", UNITS[m], "", p=found.p if pooled.k >= LEAST else None, df=found.df,
        )
    )  # fmt: skip
    return made


def _detail(
    study: Study, arm: int, label: str, own: OwnEffect, effects: tuple[Effect, ...], pooled: PooledEffect, found: Compatibility
) -> PublishedDetail:  # fmt: skip
    m = pooled.measure
    one, two = study.arms[arm].label, study.arms[0].label
    below, above = sides(m, _sign(own, m), one, two)
    rows = []
    for each, weight in zip(effects, pooled.weights, strict=True):
        value, low, high, _ = limits_of(each, m, pooled.level)
        rows.append(
            PublishedEffect(
                each.comparison.label,
                _interval(_plain(value, m), _plain(low, m), _plain(high, m)),
                weight,
            )
        )
    low, high, _ = _limits(own, pooled.level)
    return PublishedDetail(
        measure=CALLED[m],
        ratio=m in ("rr", "or"),
        outcome=label,
        treatment=one,
        control=two,
        below=below,
        above=above,
        rows=tuple(rows),
        own=_interval(_plain(own.value, m), _plain(low, m), _plain(high, m)),
        pooled=_interval(pooled.estimate, pooled.low, pooled.high),
        prediction=_interval(pooled.estimate, pooled.prediction_low, pooled.prediction_high)
        if pooled.prediction_low is not None
        else Interval(None),
        expected=_interval(pooled.estimate, _plain(found.expected_low, m), _plain(found.expected_high, m)),
        difference=_interval(found.difference, found.low, found.high),
        p=found.p if pooled.k >= LEAST else None,
        people=pooled.people,
        samples=pooled.k,
    )
