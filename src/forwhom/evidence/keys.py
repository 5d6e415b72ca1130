"""Every key of every file of the ledger, with how its value is read. docs/design/evidence-ledger.md says it in words."""

from __future__ import annotations

from typing import Any

from forwhom.evidence.model import (
    Allegiance,
    Arm,
    Bias,
    Citation,
    Design,
    Duration,
    Extraction,
    Measure,
    Population,
    Result,
    Settled,
    Source,
    Stated,
    Withdrawn,
)
from forwhom.evidence.schema import word, words
from forwhom.keyed import (
    Found,
    Keys,
    Read,
    above_zero,
    count,
    date,
    flag,
    inside,
    mapping,
    number,
    numbers,
    one_of,
    required,
    scalar,
    text,
    texts,
)

PARTS = (
    "abstract", "introduction", "methods", "results", "table", "figure", "discussion", "conclusion", "references",
    "supplement", "text",
)  # fmt: skip
UNITS = ("session", "day", "week", "month", "year")
ROLES = ("treatment", "active_control", "usual_care", "waitlist", "healthy", "patients")
BETTER = one_of("lower", "higher", "neither")
RISK = one_of("low", "some", "high", "not stated")
HEMISPHERE = one_of("left", "right", "bilateral", "midline")

SOURCE = Keys(
    Source,
    {"document": text, "place": text, "line": count, "to": count},
    required(("document", "place"), 'Write source = { document = "S1", place = "Results, paragraph 4", line = 210 }.'),
)
AT = inside(SOURCE)
CITATION = Keys(
    Citation,
    {
        "authors": texts,
        "year": count,
        "title": text,
        "kind": one_of("article", "thesis", "preprint", "book", "chapter", "report"),
        "journal": text,
        "volume": text,
        "pages": text,
        "doi": text,
        "pmid": text,
        "url": text,
        "cited_as": mapping(text),
    },
    required(("authors", "year", "title"), "A citation needs authors, year and title."),
)
DESIGN = Keys(
    Design,
    {
        "kind": word("designs"),
        "allocation": text,
        "masked": text,
        "screened": count,
        "randomised": count,
        "analysed": count,
        "analysis": text,
        "registered": text,
        "begun": date,
        "ended": date,
        "assessments": numbers,
        "occasions": count,
        "unit": one_of(*UNITS),
        "note": text,
        "source": AT,
    },
    {"kind": "Say how the study was made, with a word of vocabulary/designs.toml."},
)
POPULATION = Keys(
    Population,
    {
        "disorder": words("disorders"),
        "sex": one_of("women", "men", "both"),
        "age_mean": number,
        "age_sd": number,
        "age_group": one_of("children", "adolescents", "adults", "older adults"),
        "country": text,
        "setting": one_of("inpatient", "day hospital", "outpatient", "residential", "community", "mixed"),
        "medication": text,
        "excluded": texts,
        "dimensions": words("dimensions"),
        "note": text,
        "source": AT,
    },
    {"disorder": "Say whom the study is about, with a word of vocabulary/disorders.toml."},
)
DURATION = Keys(
    Duration,
    {"value": above_zero, "unit": one_of(*UNITS)},
    required(("value", "unit"), 'Write { value = 12, unit = "week" }.'),
)
ARM = Keys(
    Arm,
    {
        "id": text,
        "label": text,
        "role": one_of(*ROLES),
        "treatment": word("treatments"),
        "control": word("controls"),
        "disorder": word("disorders"),
        "n": count,
        "analysed": count,
        "left": count,
        "format": texts,
        "setting": POPULATION.read["setting"],
        "duration": inside(DURATION),
        "sessions": above_zero,
        "per_week": above_zero,
        "therapists": count,
        "developer": flag,
        "components": words("components"),
        "note": text,
        "source": AT,
    },
    required(("id", "label", "role"), "An arm needs id, label and role."),
)
MEASURE = Keys(
    Measure,
    {
        "id": text,
        "label": text,
        "instrument": text,
        "domain": word("outcomes"),
        "informant": one_of("self", "clinician", "observer", "informant", "records", "task", "physiology"),
        "better": BETTER,
        "unit": text,
        "low": number,
        "high": number,
        "step": above_zero,
        "occasions": numbers,
        "note": text,
        "source": AT,
    },
    required(("id", "label"), "A measure needs id and label."),
)

STATISTICS = (
    "g", "d", "smd", "md", "rr", "or", "hr", "irr", "rd", "nnt", "r", "rho", "beta", "b", "t", "f", "z", "chi2", "icc",
    "auc", "accuracy", "sensitivity", "specificity", "median", "rate", "cost", "kappa", "log_rr", "log_or", "prevalence",
)  # fmt: skip
COMMON: dict[str, Read] = {
    "id": text,
    "kind": text,
    "source": AT,
    "outcome": text,
    "domain": word("outcomes"),
    "arm": text,
    "versus": text,
    "time": number,
    "scope": word("scopes"),
    "better": BETTER,
    "printed": text,
    "computed": flag,
    "same_as": text,
    "significant": flag,
    "adjusted": text,
    "note": text,
    "n": count,
    "n_versus": count,
    "p": number,
}
NUMBER: dict[str, Read] = {
    "statistic": one_of(*STATISTICS),
    "value": number,
    "low": number,
    "high": number,
    "level": number,
    "se": number,
    "df": number,
}
BRAIN: dict[str, Read] = {
    "region": word("regions"),
    "hemisphere": HEMISPHERE,
    "modality": word("modalities"),
    "seed": word("regions"),
    "target": word("regions"),
    "task": word("tasks"),
    "condition": text,
    "contrast": text,
}
CHANGE = one_of("increase", "decrease", "none")
SIGN = one_of("positive", "negative", "none")
RESULT_KEYS: dict[str, dict[str, Read]] = {
    "events": {"events": count, "percent": number},
    "means": {"mean": number, "sd": number, "se": number},
    "effect": {**NUMBER, "direction": one_of("better", "worse", "none")},
    "association": {**NUMBER, **BRAIN, "marker": word("markers"), "predictor": text, "direction": SIGN},
    "brain": {**NUMBER, **BRAIN, "direction": CHANGE},
    "biomarker": {**NUMBER, "marker": word("markers"), "direction": CHANGE, "condition": text, "contrast": text},
    "prediction": {
        **NUMBER,
        **BRAIN,
        "marker": word("markers"),
        "predictor": text,
        "direction": one_of("higher", "lower", "none"),
    },
    "process": {
        **NUMBER,
        "mediator": word("mechanisms"),
        "sessions": numbers,
        "direction": CHANGE,
        "condition": text,
    },
    "statement": {
        "says": text,
        "direction": one_of("better", "worse", "none", "increase", "decrease"),
        "mediator": word("mechanisms"),
        "condition": text,
    },
}
NEEDED: dict[str, tuple[str, ...]] = {
    "events": ("outcome", "arm"),
    "means": ("outcome", "arm", "mean"),
    "effect": ("outcome", "statistic", "value"),
    "association": ("outcome", "direction"),
    "brain": ("modality", "direction"),
    "biomarker": ("marker", "direction"),
    "prediction": ("outcome",),
    "process": ("mediator",),
    "statement": ("says",),
}
"""Keys without which a row of this kind says nothing."""

RESULTS: dict[str, Keys] = {
    kind: Keys(
        Result,
        {**COMMON, **more},
        {
            **required(("id", "source"), "Every result needs an id and where it stands."),
            **required(NEEDED[kind], f'A result of kind "{kind}" needs {", ".join(NEEDED[kind])}.'),
        },
    )
    for kind, more in RESULT_KEYS.items()
}


def one_or_more(value: Any, where: str, found: Found) -> Any:
    """One value, or a list of words."""
    return (texts if isinstance(value, list) else scalar)(value, where, found)


STATED = Keys(
    Stated,
    {"what": text, "value": one_or_more, "source": AT, "note": text},
    required(("what", "value", "source"), 'Write what = "arms.dbt.n", value = 31 and where it stands.'),
)
BIAS = Keys(
    Bias,
    {"randomisation": RISK, "deviations": RISK, "missing": RISK, "measurement": RISK, "reporting": RISK, "note": text},
)
ALLEGIANCE = Keys(Allegiance, {"developer": flag, "note": text, "source": AT})
EXTRACTION = Keys(
    Extraction,
    {"by": text, "date": date, "quoted": texts, "computed": texts, "gaps": texts},
    required(("by", "date"), "Say who coded the file, and when."),
)
WITHDRAWN = Keys(
    Withdrawn,
    {"date": date, "why": text, "source": AT},
    required(("date", "why"), "Say when and why the publication was withdrawn."),
)
SETTLED = Keys(
    Settled,
    {"contradiction": text, "how": text, "by": text, "date": date},
    required(("contradiction", "how", "by", "date"), "Name the contradiction and say how, by whom and when."),
)
