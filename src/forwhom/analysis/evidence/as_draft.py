"""A study of one's own as a draft file of the ledger: arms, people, measures, what was found."""

from __future__ import annotations

import datetime as dt
import re

import polars as pl

from forwhom.analysis.courses import arm_codes
from forwhom.analysis.outcome.events import COMPOSITE
from forwhom.evidence.beside import Beside
from forwhom.evidence.drafts import quoted
from forwhom.findings import Estimate, Finding, Record
from forwhom.findings.kinds import PublishedDetail, RiskDetail
from forwhom.study import SELF, Arm, Study
from forwhom.study.published import Published

HERE = '{ document = "self", place = "Results, findings.json" }'


def as_draft(study: Study, record: Record, beside: Beside, day: dt.date) -> tuple[str, str]:
    """(id, text of the file) of the study, from its tables and its findings.

    record : the answers that were given; effects are taken from ``evidence.published.*`` and events from ``outcome.events.*``
    What the study folder does not say (authors, allocation, risk of bias, allegiance) is left to be coded.
    """
    told = study.published or Published()
    name = slug(study.name)
    parts = [
        f"id = {quoted(name)}\nsample = {quoted(name)}  # studies that share people name the same sample",
        "draft = true  # remove when the rest is coded: drafts are counted nowhere",
        "",
        _citation(study, day),
        _design(study),
        _population(told, beside),
        *(_arm(study, arm, told, beside) for arm in study.arms),
        *(_measure(study, scale, told, beside) for scale in told.outcomes if scale in study.scales),
        *_means(study, told, record),
        *_events(study, told, beside, record),
        *_effects(study, record),
        _extraction(day),
    ]
    return name, "\n".join(parts) + "\n"


def slug(name: str) -> str:
    """Small letters, digits and hyphens.

    >>> slug("Beat the Blues (2003)")
    'beat-the-blues-2003'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "study"


def _citation(study: Study, day: dt.date) -> str:
    year = study.plan.registered.year if study.plan.registered else day.year
    note = f"\n# source: {' '.join(study.source.split())}" if study.source else ""
    return f"[citation]{note}\nauthors = []\nyear = {year}  # of the publication\ntitle = {quoted(study.title)}\n"


def _design(study: Study) -> str:
    arm, _ = arm_codes(study)
    times = sorted({float(t) for t in study.measures["time"].drop_nulls().unique().to_list()})
    shown = ", ".join(f"{t:g}" for t in times[:40])
    unit = (
        f"\nunit = {quoted(study.time_unit)}" if study.time_unit in ("session", "day", "week", "month", "year") else ""
    )
    return (
        f'[design]\nkind = "not-coded"  # a word of vocabulary/designs.toml\n'
        f"randomised = {int((arm >= 0).sum())}  # in an arm\nassessments = [{shown}]{unit}\n"
    )


def _population(told: Published, beside: Beside) -> str:
    word = beside.ledger.vocabulary.find("disorders", told.disorder) if told.disorder else None
    return f"[population]\ndisorder = [{quoted(word or 'not-coded')}]\n"


def _arm(study: Study, arm: Arm, told: Published, beside: Beside) -> str:
    find = beside.ledger.vocabulary.find
    treatment = find("treatments", told.treatments.get(arm.name, ""))
    control = find("controls", told.controls.get(arm.name, ""))
    role = (
        "treatment"
        if treatment and not control
        else "usual_care"
        if control == "treatment-as-usual"
        else "active_control"
    )
    n = study.persons.filter(pl.col("arm") == arm.name).height
    lines = [
        "[[arms]]",
        f"id = {quoted(slug(arm.name))}",
        f"label = {quoted(arm.label)}",
        f"role = {quoted(role)}",
        *([f"treatment = {quoted(treatment)}"] if treatment else []),
        *([f"control = {quoted(control)}"] if control else []),
        f"n = {n}",
        f"source = {HERE}",
    ]
    return "\n".join(lines) + "\n"


def _measure(study: Study, name: str, told: Published, beside: Beside) -> str:
    scale = study.scales[name]
    domain = beside.ledger.vocabulary.find("outcomes", told.outcomes[name])
    lines = [
        "[[measures]]",
        f"id = {quoted(slug(name))}",
        f"label = {quoted(scale.label)}",
        *([f"domain = {quoted(domain)}"] if domain else []),
        f"better = {quoted(scale.better)}",
        *([f"low = {scale.low:g}"] if scale.low is not None else []),
        *([f"high = {scale.high:g}"] if scale.high is not None else []),
        f"source = {HERE}",
    ]
    return "\n".join(lines) + "\n"


def _means(study: Study, told: Published, record: Record) -> list[str]:
    """Scores as observed at the primary occasion, or the last one; the effect made of them stands first, so they count once."""
    made = []
    effects = {_scale_of(f): own.arm for f in record.findings if (own := _own(f)) is not None}
    for name in told.outcomes:
        if name not in study.scales:
            continue
        rows = study.measures.filter(
            (pl.col("scale") == name) & (pl.col("informant") == SELF) & pl.col("value").is_not_null()
        )
        primary = study.plan.primary
        at = primary.at if primary and primary.scale == name else _last(rows)
        for arm in study.arms:
            ids = study.persons.filter(pl.col("arm") == arm.name)["id"]
            here = rows.filter((pl.col("time") == at) & pl.col("id").is_in(ids.implode()))["value"]
            mean, sd = here.mean(), here.std()
            if here.len() < 2 or not isinstance(mean, float) or not isinstance(sd, float):
                continue
            same = f"\nsame_as = {quoted(_effect_id(name, arm.name))}" if effects.get(name) == arm.name else ""
            keys = f"mean = {mean:.4f}\nsd = {sd:.4f}\nn = {here.len()}{same}"
            made.append(
                _result(f"{slug(name)}-{slug(arm.name)}", "means", slug(name), arm, at, keys, "Scores as observed.")
            )
    return made


def _last(rows: pl.DataFrame) -> float | None:
    last = rows["time"].max()
    return float(last) if isinstance(last, (int, float)) else None


def _events(study: Study, told: Published, beside: Beside, record: Record) -> list[str]:
    made = []
    for name, word in told.outcomes.items():
        detail = next((f.detail for f in record.findings if f.id == f"outcome.events.{name}"), None)
        domain = beside.ledger.vocabulary.find("outcomes", word)
        if name in study.scales or not isinstance(detail, RiskDetail) or domain is None:
            continue
        for row in detail.rows:
            arm = next(each for each in study.arms if each.name == row.arm)
            what = " or ".join(study.plan.events) if name == COMPOSITE else name
            keys = f"events = {row.events}\nn = {row.n}"
            note = f"People with {what.replace('_', ' ')}; everybody without a record counts as free of it."
            made.append(_result(f"{slug(name)}-{slug(arm.name)}", "events", domain, arm, None, keys, note))
    return made


def _effects(study: Study, record: Record) -> list[str]:
    """The adjusted standardised difference of each scale, as the report has it."""
    made = []
    for finding in record.findings:
        own = _own(finding)
        name = _scale_of(finding)
        if own is None or name not in study.scales or own.arm is None or own.reference is None:
            continue
        keys = (
            f'versus = {quoted(slug(own.reference))}\nstatistic = "g"\nvalue = {own.value:.4f}\nlow = {own.low:.4f}\n'
            f"high = {own.high:.4f}\nlevel = {own.level:g}\ndirection = {quoted('better' if (own.value or 0) > 0 else 'worse')}"
        )
        arm = next(each for each in study.arms if each.name == own.arm)
        note = "Difference in standard deviations at baseline from the repeated-measures model; above 0 is better for the arm."
        made.append(_result(_effect_id(name, arm.name), "effect", slug(name), arm, None, keys, note))
    return made


def _effect_id(scale: str, arm: str) -> str:
    return f"{slug(scale)}-{slug(arm)}-g"


def _scale_of(finding: Finding) -> str:
    return finding.id.removeprefix("evidence.published.").split(".")[0]


def _own(finding: Finding) -> Estimate | None:
    detail = finding.detail
    if not isinstance(detail, PublishedDetail) or detail.ratio:
        return None
    own = finding.estimates[0]
    return None if None in (own.value, own.low, own.high) else own


def _result(name: str, kind: str, outcome: str, arm: Arm, at: float | None, keys: str, note: str) -> str:
    time = "" if at is None else f"\ntime = {at:g}"
    return (
        f"[[results]]\nid = {quoted(name)}\nkind = {quoted(kind)}\noutcome = {quoted(outcome)}\narm = {quoted(slug(arm.name))}{time}\n"
        f"{keys}\ncomputed = true\nnote = {quoted(note)}\nsource = {HERE}\n"
    )


def _extraction(day: dt.date) -> str:
    return (
        f'[extraction]\nby = "forwhom"\ndate = {day.isoformat()}\ncomputed = ["Every result, from the study\'s own tables"]\n'
        'gaps = ["Authors", "How people came into the arms", "Risk of bias", "Allegiance", "Dose"]'
    )
