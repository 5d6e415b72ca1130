"""Every key of a programme's file, with how its value is read. docs/design/programmes.md says it in words."""

from __future__ import annotations

from typing import Any

from forwhom.keyed import (
    Found,
    Keys,
    Read,
    Refused,
    count,
    flag,
    inside,
    number,
    one_of,
    required,
    rows,
    text,
    texts,
)
from forwhom.problems import short
from forwhom.programme.model import (
    Agreement,
    Alert,
    Assessment,
    Duty,
    Gap,
    Gate,
    Item,
    Length,
    Module,
    Phase,
    Plan,
    Principle,
    Programme,
    Role,
    Rule,
    Session,
    Source,
)

SEE = "docs/design/programmes.md"
UNIT = one_of("day", "week", "month", "year")
FORMATS = ("individual", "group", "skills group", "telephone", "team", "family", "self")
PRINCIPLES = (
    "focus", "theory", "model-explained", "engagement", "attachment", "activity", "services", "manual", "aim",
    "technique",
)  # fmt: skip
GRADES = ("tested", "observed", "reasoned", "advised")
"""tested: a controlled comparison bears on it; observed: a study fits it; reasoned: it follows from the theory; advised."""
INFORMANTS = ("self", "clinician", "observer", "informant", "records", "task", "physiology")


def whole(value: Any, where: str, found: Found) -> int:
    """A whole number from 1 on."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    raise Refused("wrong-type", f"{short(value)} is not a whole number from 1 on", "Write 12.")


def counts(value: Any, where: str, found: Found) -> tuple[int, ...]:
    """Whole numbers, 0 or more."""
    if isinstance(value, list):
        return tuple(count(each, where, found) for each in value)
    raise Refused("wrong-type", f"{short(value)} is not a list of whole numbers", "Write [0, 6, 12].")


SOURCE = inside(
    Keys(
        Source,
        {"document": text, "place": text, "line": count, "to": count},
        required(("document",), 'Write source = { document = "S2", place = "Assessment", line = 90 }.'),
    )
)
LENGTH = inside(
    Keys(
        Length,
        {"value": whole, "unit": UNIT},
        required(("value", "unit"), 'Write { value = 12, unit = "week" }.'),
    )
)
FROM = inside(Keys(Length, {"value": count, "unit": UNIT}, required(("value", "unit"), "Write value and unit.")))
FACT: dict[str, Read] = {
    "id": text,
    "label": text,
    "source": SOURCE,
    "claim": text,
    "assumed": texts,
    "note": text,
}
ID = required(("id",), "Give it an id: small letters and hyphens.")
ROLE = Keys(
    Role,
    {
        **FACT,
        "training_days": count,
        "experience_years": count,
        "experience_years_disorder": count,
        "does": texts,
    },
    ID,
)
PHASE = Keys(
    Phase,
    {**FACT, "begins": FROM, "after": text, "length": LENGTH, "move_on": texts, "beside": flag},
    ID,
)
SESSION = Keys(
    Session,
    {
        **FACT,
        "phases": texts,
        "format": one_of(*FORMATS),
        "minutes": whole,
        "every": LENGTH,
        "led_by": texts,
        "required": flag,
    },
    {**ID, **required(("phases", "format"), "Say in which phases, and in which format.")},
)
ASSESSMENT = Keys(
    Assessment,
    {
        **FACT,
        "kind": one_of("profile", "outcome", "review"),
        "phase": text,
        "at": counts,
        "unit": UNIT,
        "window": count,
        "by": texts,
        "informant": one_of(*INFORMANTS),
        "measures": texts,
        "looks_at": texts,
        "trial": flag,
    },
    ID,
)
PLAN = Keys(
    Plan,
    {**FACT, "phase": text, "by": texts, "holds": texts, "first": texts, "review": texts},
    {**ID, "phase": "Say in which phase it is made."},
)
AGREEMENT = Keys(Agreement, {**FACT, "phase": text, "between": texts}, {**ID, "phase": "Say in which phase."})
MODULE = Keys(Module, {**FACT, "session": text, "topics": texts, "length": LENGTH}, ID)
PRINCIPLE = Keys(
    Principle,
    {**FACT, "kind": one_of(*PRINCIPLES), "says": text},
    {**ID, **required(("kind", "says"), "A principle needs kind and says.")},
)
ITEM = Keys(
    Item,
    {**FACT, "of": one_of("stance", "technique", "activity", "structure"), "says": text, "wanted": flag},
    {**ID, "says": "Say what is rated."},
)
GATE = Keys(
    Gate,
    {**FACT, "rule": text, "shuts": texts},
    {**ID, **required(("rule", "shuts"), "Name a rule of the guidance, and what it shuts.")},
)
DUTY = Keys(Duty, {**FACT, "says": text, "by": texts, "to": texts}, {**ID, "says": "Say what is owed."})
ALERT = Keys(
    Alert,
    {
        **FACT,
        "on": one_of("event", "missed", "item", "off-track"),
        "what": texts,
        "threshold": number,
        "below": flag,
        "to": texts,
        "within": whole,
    },
    {**ID, **required(("on", "to"), "Say on what it is raised, and whom it reaches.")},
)
RULE = Keys(
    Rule,
    {**FACT, "rule": text, "why": text, "grade": one_of(*GRADES)},
    {**ID, **required(("rule", "why", "grade"), "A rule needs rule, why and grade.")},
)
GAP = Keys(
    Gap,
    {"what": text, "needed_for": text, "of": text},
    required(("what", "needed_for"), "Say what is not known, and what for."),
)


PROGRAMME = Keys(
    Programme,
    {
        "id": text,
        "title": text,
        "disorder": text,
        "about": text,
        "length": LENGTH,
        "setting": text,
        "treatment": text,
        "source": SOURCE,
        "claim": text,
        "note": text,
        "roles": rows(ROLE),
        "phases": rows(PHASE),
        "sessions": rows(SESSION),
        "assessments": rows(ASSESSMENT),
        "plans": rows(PLAN),
        "agreements": rows(AGREEMENT),
        "modules": rows(MODULE),
        "principles": rows(PRINCIPLE),
        "adherence": rows(ITEM),
        "gates": rows(GATE),
        "duties": rows(DUTY),
        "alerts": rows(ALERT),
        "guidance": rows(RULE),
        "gaps": rows(GAP),
    },
    required(("id", "title", "disorder"), f"A programme needs id, title and disorder; see {SEE}."),
)
