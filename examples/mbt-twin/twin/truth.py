"""truth.toml: every true value with the finding and the estimate that should hold it, and what it is a value of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from twin.design import Design
from twin.population import (
    Mean,
    Population,
    agreement,
    code_prevalences,
    cronbach,
    draw_population,
    either,
    event_shares,
    intraclass,
    mean,
    slope,
)
from twin.scans import ACTIVATION, CONNECTIVITY, EFFECTS, VOLUME, WITH_SYMPTOMS
from twin.sessions import standardised

SCM, MBT = "Structured clinical management", "Mentalization-based treatment"
AGAINST = f"{MBT} − {SCM}"
SIZES = {"activation": 0.20, "volume": 180.0, "connectivity": 0.15}


@dataclass(frozen=True, slots=True)
class Value:
    """One true value.

    finding : id; estimate : how the estimate's name begins
    error : Monte Carlo standard error, 0 where the value follows from the design
    none : the value that means no effect, 1 for ratios; null : this is the true one, so that an interval without it is an error
        of the first kind
    """

    finding: str
    estimate: str
    value: float
    error: float
    none: float
    null: bool
    definition: str


def values(design: Design, size: int) -> list[Value]:
    """Everything that is known to be true."""
    made = draw_population(design, size)
    return [
        *_arms(made),
        *_individual(made),
        *_moderators(made),
        *_events(design),
        *_leaving(made),
        *_clusters(made),
        *_measurement(made),
        *_mediation(made),
        *_order(design),
        *_alliance(design),
        *_brain(made),
    ]


def truth_text(design: Design, size: int) -> str:
    """As TOML."""
    lines = [
        "# SIMULATED. What is true in the simulated trial: estimands in a population of people like those screened, everybody seen",
        "# under both arms and nothing missing, each with a therapist drawn from all therapists. Made by generate.py --truth.",
        "# estimate is how the estimate's name begins; error is the Monte Carlo standard error, 0 where the design fixes the value;",
        "# none is the value that means no effect; null = true: that is the true one, there is nothing to find.",
        "",
        f"people = {size}",
        "",
    ]
    for each in values(design, size):
        lines += [
            "[[value]]",
            f'finding = "{each.finding}"',
            f'estimate = "{each.estimate}"',
            f"value = {each.value:.6g}" if each.value else "value = 0.0",
            f"error = {each.error:.2g}" if each.error else "error = 0.0",
            f"none = {each.none:g}" if each.none else "none = 0.0",
            f"null = {'true' if each.null else 'false'}",
            f'definition = "{each.definition}"',
            "",
        ]
    return "\n".join(lines)


def _value(finding: str, estimate: str, found: Mean | float, definition: str, null: bool | None = None) -> Value:
    value, error = (found.value, found.error) if isinstance(found, Mean) else (found, 0.0)
    none = value if null else 0.0
    made = Value(finding, estimate, value, error, none, bool(null), definition)
    return replace(made, error=0.0) if null else made


def _arms(made: Population) -> Iterator[Value]:
    for name, scale in (
        ("bsl23", "bsl23"),
        ("gaf.assessor", "gaf"),
        ("lpfs", "lpfs"),
        ("lpfs_self", "lpfs_self"),
        ("lpfs_interpersonal", "lpfs_interpersonal"),
        ("reflective_functioning.assessor", "reflective_functioning"),
        ("ders16", "ders16"),
    ):
        for occasion, month in ((3, 18), (1, 6), (2, 12)):
            yield _value(
                f"outcome.arm_difference.{name}",
                f"difference at {month} months, {AGAINST}",
                mean(made.effect(scale, occasion)),
                "mean over people of the score under MBT minus the score under SCM, whatever else happens (treatment policy)",
            )


def _individual(made: Population) -> Iterator[Value]:
    yield _value(
        "for_whom.individual.bsl23",
        f"average expected difference at 18 months, {AGAINST}",
        mean(made.effect("bsl23", 3)),
        "mean over people of the score under MBT minus the score under SCM",
    )


def _moderators(made: Population) -> Iterator[Value]:
    effect = made.effect("bsl23", 3)
    people = made.people
    what = "slope of a person's effect (BSL-23 under MBT minus under SCM at 18 months) on the moderator, over people"
    found = "for_whom.moderator.bsl23"
    yield _value(f"{found}.diagnoses", "moderation by diagnoses per unit", slope(effect, people.diagnoses), what)
    yield _value(f"{found}.adversity", "moderation by adversity per unit", slope(effect, people.adversity), what)
    start = made.scores[0]["bsl23"][:, 0]
    yield _value(f"{found}.bsl23", "moderation by baseline BSL-23 per unit", slope(effect, start), what)
    none = "effects do not depend on it, and it depends on nothing"
    for name in ("age", "earlier_attempts"):
        yield _value(f"{found}.{name}", f"moderation by {name} per unit", 0.0, none, null=True)
    for name in ("gender", "antisocial_pd", "employed"):
        yield _value(f"{found}.{name}", f"moderation by {name}, ", 0.0, none, null=True)


def _events(design: Design) -> Iterator[Value]:
    scm, mbt = event_shares(design)
    what = "share with at least one in 18 months"
    words = {"composite": "suicide attempt or severe self harm or admission"}
    for kind, share in mbt.items():
        found = f"outcome.events.{kind}"
        named = words.get(kind, kind.replace("_", " "))
        yield _value(found, f"share with {named}, {SCM}", scm[kind], what)
        yield _value(found, f"share with {named}, {MBT}", share, what)
        yield _value(found, f"risk difference of {named}, {AGAINST}", share - scm[kind], f"{what}, MBT minus SCM")
    yield _value(
        "for_whom.individual.events.composite",
        f"average expected difference by 18 months, {AGAINST}",
        mbt["composite"] - scm["composite"],
        f"{what}, MBT minus SCM",
    )


def _leaving(made: Population) -> Iterator[Value]:
    share = mean(made.left.astype(float))
    for arm in (SCM, MBT):
        yield _value("outcome.leaving", f"share with leaving, {arm}", share, "share who leave therapy before 18 months")
    none = "leaving follows from unrepaired ruptures, which are alike in both arms"
    yield _value("outcome.leaving", f"risk difference of leaving, {AGAINST}", 0.0, none, null=True)
    yield _value("outcome.leaving", f"hazard ratio of leaving, {MBT} / {SCM}", 1.0, none, null=True)


def _clusters(made: Population) -> Iterator[Value]:
    for name, scale in (("bsl23", "bsl23"), ("gaf.assessor", "gaf")):
        yield _value(
            f"outcome.clustering.{name}",
            "intraclass correlation by therapist at 18 months",
            intraclass(made, scale, 3),
            "share of the variance given arm and baseline that lies between therapists",
        )
    yield _value(
        "outcome.clustering.ders16",
        "intraclass correlation by therapist at 18 months",
        0.0,
        "emotion regulation does not depend on the therapist",
        null=True,
    )


def _measurement(made: Population) -> Iterator[Value]:
    for scale in ("bsl23", "lpfs"):
        yield _value(
            f"measurement.reliability.{scale}",
            "Cronbach's alpha at baseline",
            Mean(cronbach(made.alpha[scale]), 0.0005),
            "alpha of the items in everybody screened",
        )


def _mediation(made: Population) -> Iterator[Value]:
    found = "how.mediation.reflective_functioning.bsl23"
    treated, crossed = made.scores[1]["bsl23"][:, 3], made.crossed
    indirect = mean(treated - crossed)
    moved = made.scores[1]["mentalizing_change"][:, 0] - made.scores[0]["mentalizing_change"][:, 0]
    yield _value(
        found,
        f"carried by way of the mechanism, {AGAINST}",
        indirect,
        "natural indirect effect at 18 months: BSL-23 under MBT minus under MBT with the mentalizing change (months 0 to 6) of SCM",
    )
    yield _value(found, "difference in Reflective functioning", mean(moved), "change in months 0 to 6, MBT minus SCM")
    yield _value(
        found,
        "path from Reflective functioning to later BSL-23",
        Mean(indirect.value / float(moved.mean()), indirect.error / float(moved.mean())),
        "BSL-23 points at 18 months per point of mentalizing change in months 0 to 6",
    )
    none = "it moves, or differs between people, and carries nothing of the arms' difference"
    for name, outcome in (
        ("ders16", "bsl23"),
        ("alliance", "bsl23"),
        ("coping", "symptoms"),
        ("emotion_regulation", "symptoms"),
    ):
        yield _value(
            f"how.mediation.{name}.{outcome}", f"carried by way of the mechanism, {AGAINST}", 0.0, none, null=True
        )


LABELS = {
    "m": ("mentalizing", "Mentalizing in session"),
    "r": ("emotion_regulation", "Emotion regulation in session"),
    "c": ("coping", "Coping in session"),
}
SYMPTOMS = "Symptoms of the week"


def _order(design: Design) -> Iterator[Value]:
    paths = standardised(design)
    what = "from one session held to the next, around the person's own line, in standard deviations within the person"
    for name, (column, label) in LABELS.items():
        found = f"how.temporal_order.{column}.symptoms"
        for cause, effect, size in ((label, SYMPTOMS, paths[name, "s"]), (SYMPTOMS, label, paths["s", name])):
            for variant in ("person curves taken out)", "person trends taken out)", "person means taken out)"):
                begins = f"within persons, {cause} → {effect} at the next occasion ({variant}"
                yield _value(found, begins, size, what, null=size == 0)


def _alliance(design: Design) -> Iterator[Value]:
    ruptures, repairs = code_prevalences(design)
    none = "ruptures come alike to everybody, in both arms"
    found = "how.ruptures"
    yield _value(found, f"rate by arm: {MBT} / {SCM}, own control chart", 1.0, none, null=True)
    for moderator in ("diagnoses, per standard deviation", "gender: man against woman"):
        yield _value(found, f"diagnosis and severity: rate of ruptures by {moderator}", 1.0, none, null=True)
    both = "share of sessions that one rater or both code, given how often raters see what is there and what is not"
    yield _value(
        found, "human codes: sessions coded with a rupture", either(ruptures, design.hit, design.false_alarm), both
    )
    agree = "kappa of two raters who see and miss independently of each other"
    for what, share, false in (
        ("ruptures", ruptures, design.false_alarm),
        ("repairs", repairs, design.false_alarm / 2),
    ):
        name = f"human codes: agreement on the presence of {what}, Cohen's kappa"
        yield _value(found, name, agreement(share, design.hit, false), agree)
    none = "alliance and symptoms do not follow each other from session to session"
    for first, second in (
        ("Alliance, rated by the patient", "Symptoms of the week"),
        ("Symptoms of the week", "Alliance, rated by the patient"),
    ):
        yield _value("how.alliance", f"session to session: {first}, then {second}", 0.0, none, null=True)
    yield _value(
        "how.alliance", f"difference in change per 10 sessions, {AGAINST}", 0.0, "alike in both arms", null=True
    )


def _brain(made: Population) -> Iterator[Value]:
    symptoms = mean(made.severity[1][:, 3] - made.severity[0][:, 3])
    kinds = [("activation", *place, condition) for place in ACTIVATION for condition in ("negative", "neutral")]
    kinds += [("volume", *place, "") for place in VOLUME]
    kinds += [("connectivity", *place, "negative") for place in CONNECTIVITY]
    for modality, region, hemisphere, condition in kinds:
        kind = (modality, region, hemisphere, condition)
        effect = EFFECTS.get(kind, 0.0) + WITH_SYMPTOMS.get(kind, 0.0) * symptoms.value
        place = f"{hemisphere} {region}".strip() + (f", {condition}" if condition else "")
        yield _value(
            f"how.brain.{region.replace(' ', '_').lower()}",
            f"difference in change, {place} ({modality}), {AGAINST}",
            SIZES[modality] * effect,
            "change from month 0 to 18, MBT minus SCM",
            null=effect == 0,
        )
