"""How a reader is told which fact, row or value is meant: never by its key."""

from __future__ import annotations

import re

from forwhom.evidence.model import Ledger, Result, Study

ARM = {
    "n": "Number who began in {0}",
    "analysed": "Number analysed in {0}",
    "left": "Number who left {0}",
    "role": "Who {0} are",
    "label": "What {0} is",
    "duration": "Length of {0}",
    "sessions": "Sessions of {0}",
    "per_week": "Sessions a week of {0}",
    "therapists": "Therapists of {0}",
}
DESIGN = {
    "kind": "Design",
    "randomised": "Number randomised",
    "analysed": "Number analysed",
    "screened": "Number screened",
    "occasions": "Number of assessments",
    "assessments": "Times of assessment",
}
MEASURE = {
    "label": "What counts as an outcome",
    "better": "The good direction of “{0}”",
    "instrument": "The instrument of “{0}”",
}
ROLES = {
    "healthy": "healthy people",
    "patients": "patients",
    "treatment": "patients in the treatment",
    "usual_care": "patients in usual care",
    "waitlist": "patients on a waiting list",
    "active_control": "patients in another treatment",
}
KINDS = {
    "region": "regions", "seed": "regions", "target": "regions", "modality": "modalities", "task": "tasks",
    "scope": "scopes", "marker": "markers", "mediator": "mechanisms", "domain": "outcomes", "outcome": "outcomes",
    "disorder": "disorders", "treatment": "treatments", "control": "controls", "design": "designs",
}  # fmt: skip
"""Keys whose values are words of the vocabulary."""
KEYS = {
    "modality": "what was measured", "part": "told in the part", "by": "by", "domain": "outcome", "document": "told by",
    "scope": "of whom", "hemisphere": "side", "n": "number of people", "n_versus": "number of people compared with",
    "arm": "group", "versus": "compared with", "sd": "SD", "se": "SE", "p": "p", "df": "degrees of freedom",
    "low": "lower limit", "high": "upper limit", "level": "level of the interval", "events": "number with the event",
    "percent": "percentage", "kind": "kind of result", "significant": "significance", "seed": "one end", "target": "other end",
}  # fmt: skip


def surname(author: str) -> str:
    """The family name of an author; the whole name of a group.

    >>> surname("Domínguez-Clavé E"), surname("Clarkin, J. F."), surname("Linehan"), surname("The BPD Group")
    ('Domínguez-Clavé', 'Clarkin', 'Linehan', 'The BPD Group')
    """
    return author.split(",")[0].strip() if "," in author else re.sub(r" [A-ZÀ-Þ]{1,5}$", "", author.strip())


def fact_named(study: Study, what: str) -> str:
    """A fact of design, population, arm or measure in words.

    >>> from forwhom import evidence
    >>> fact_named(evidence.read().studies["rodrigo-2015"], "arms.dbt.n")
    'Number who began in DBT'
    """
    first, *rest = what.split(".")
    key = rest[-1] if rest else first
    plain = key.replace("_", " ")
    if first == "arms":
        arm = study.arm(rest[0])
        return ARM.get(key, f"{plain.capitalize()} of {{0}}").format(arm.label if arm else rest[0])
    if first == "measures":
        measure = study.measure(rest[0])
        return MEASURE.get(key, f"{plain.capitalize()} of “{{0}}”").format(measure.label if measure else rest[0])
    return DESIGN.get(key, plain.capitalize())


def value_named(key: str, value: str, ledger: Ledger) -> str:
    """A value as a reader should see it: the label of a word, or the value itself.

    >>> from forwhom import evidence
    >>> value_named("scope", "all", evidence.read())
    'Everybody in the arm'
    """
    last = key.rpartition(".")[2]
    if last == "role":
        return ROLES.get(value, value)
    return ledger.vocabulary.label(KINDS[last], value) if last in KINDS else value


def key_named(key: str) -> str:
    """A key of a row in words."""
    return KEYS.get(key, key.replace("_", " "))


def row_named(result: Result, study: Study, ledger: Ledger) -> str:
    """What a row is about: its region, connection, marker or outcome.

    >>> from forwhom import evidence
    >>> ledger = evidence.read()
    >>> study = ledger.studies["niedtfeld-2017"]
    >>> row_named(study.results[-1], study, ledger)
    'Connectivity of amygdala and dorsal anterior cingulate cortex'
    """
    label = ledger.vocabulary.label
    if result.seed or result.target:
        ends = [label("regions", each) for each in (result.seed, result.target) if each]
        return f"Connectivity of {' and '.join(each[:1].lower() + each[1:] for each in ends)}"
    for kind, word in (("regions", result.region), ("markers", result.marker), ("mechanisms", result.mediator)):
        if word:
            return label(kind, word)
    measure = study.measure(result.outcome)
    return (
        measure.label
        if measure
        else label("outcomes", result.outcome)
        if result.outcome
        else result.predictor or "A result"
    )


def sample_named(sample: str, ledger: Ledger) -> str:
    """A sample by its studies.

    >>> from forwhom import evidence
    >>> sample_named("dbt-inpatient-fmri", evidence.read()), sample_named("goodman-dbt-outpatient", evidence.read())
    ('mancke-2018 and 3 more of one sample', 'goodman-2014')
    """
    names = [study.id for study in ledger.studies.values() if study.sample == sample]
    if not names:
        return sample
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more of one sample"
