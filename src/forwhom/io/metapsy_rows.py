"""One row of a table of trials as a comparison: its words, its numbers, what may moderate."""

from __future__ import annotations

import re
from collections.abc import Mapping

from forwhom.evidence.comparisons import Comparison, Given, Group
from forwhom.evidence.vocabulary import Better, Vocabulary, plain
from forwhom.io.metapsy_odd import Notice, odd, share_of_women

ABSENT = {"", "NA", "na", "NaN", "nan", "N/A", "NULL", "."}
FORMS_OF_NUMBERS = ("msd", "imsd", "change", "dich", "raw", "es", "precalc", "other")
"""Values of outcome_type that say in which form the numbers are, not what was measured."""
GOOD_EVENTS = ("response", "remission", "recovery", "reliable improvement", "improvement", "completion")
BAD_EVENTS = ("deterioration", "reliable deterioration", "dropout", "drop-out", "relapse", "suicide")
TRAITS = (
    "format", "country", "age_group", "target_group", "recruitment", "diagnosis", "rating", "instrument", "modality",
    "outcomes", "comorbid_mental", "dich_type",
)  # fmt: skip
MATCHED, NOT_MATCHED = "developer among the authors", "not matched"
"""Whether a surname of the reference is one of the treatment's developers; no match is no proof of independence."""
RISKS = {"low": "low", "some concerns": "some", "some": "some", "unclear": "some", "high": "high"}
_WEEKS = 30.4375 / 7.0
_COUNT = re.compile(
    r"(?:approx\w*\.?|about|around|ca\.?|~)?\s*(\d+(?:\.\d+)?)(?:\s*(?:to|-|–)\s*(\d+(?:\.\d+)?))?(?:\s*\([^)]*\))?",
    re.I,
)


def number(text: str, *, comma: bool = False) -> float | None:
    """A finite number, or None.

    >>> number("1.5"), number("1,5", comma=True), number("many"), number("inf")
    (1.5, 1.5, None, None)
    """
    try:
        value = float(text.replace(",", ".") if comma else text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def counted(text: str, *, comma: bool = False) -> tuple[float | None, str]:
    """A number of sessions as coders write it, and how it was read where it is not one number.

    >>> counted("40"), counted("60 to 104"), counted("approx. 140"), counted("varied")
    ((40.0, ''), (82.0, 'the middle of a range is taken'), (140.0, 'an approximate number is taken as it is'), (None, 'no number'))
    """
    found = _COUNT.fullmatch(text.strip().replace(",", ".") if comma else text.strip())
    if found is None:
        return None, "no number"
    low, high = float(found[1]), float(found[2]) if found[2] else None
    if high is not None:
        return (low + high) / 2, "the middle of a range is taken"
    return low, "an approximate number is taken as it is" if not text.strip()[0].isdigit() else ""


def treated_first(row: Mapping[str, str], words: Vocabulary) -> tuple[dict[str, str], list[Notice]]:
    """The row with the treatment as its first arm; the column's effect is turned with it."""
    made = dict(row)
    one, two = row["condition_arm1"], row["condition_arm2"]
    if not _control(one, words) or _control(two, words) or not words.find("treatments", two):
        return made, []
    for name in row:
        if name.endswith("_arm1") and name[:-1] + "2" in row:
            made[name], made[name[:-1] + "2"] = row[name[:-1] + "2"], row[name]
    effect = row.get(".g", "")
    made[".g"] = effect[1:] if effect.startswith("-") else f"-{effect.removeprefix('+')}" if effect else ""
    said = f"{one} stands as the treatment and {two} as what it is compared with; the arms and the column's effect are turned"
    return made, [("arms-turned", "Look whether that is meant.", "condition_arm1", said)]


def _control(code: str, words: Vocabulary) -> bool:
    return words.find("controls", code) is not None and words.find("treatments", code) is None


def comparison(row: Mapping[str, str], at: int, words: Vocabulary, *, comma: bool) -> tuple[Comparison, list[Notice]]:
    """The comparison of a row that has passed its checks, and notices on what was read loosely."""

    def value(name: str) -> float | None:
        return number(row.get(name, ""), comma=comma)

    study, notices = row["study"], list[Notice]()
    measure = row.get("instrument", "")
    domain = _domain(row, measure, words, notices)
    outcome = words.find("outcomes", domain) or domain
    events = value("event_arm1") is not None
    better, by = _direction(outcome, measure, row.get("dich_type") or row.get("dich", ""), words, events=events)
    g, se = value(".g"), value(".g_se")
    weeks = value("time_weeks")
    year = value("year")
    treatment, control = (
        _term(row[f"condition_arm{i}"], kind, words) for i, kind in ((1, "treatments"), (2, "controls"))
    )
    notices += odd(row, value, RISKS)
    made = Comparison(
        id=f"row {at}",
        study=study,
        sample=study,
        label=study,
        outcome=outcome,
        outcome_label=words.label("outcomes", outcome),
        measure=measure,
        one=_group(row, 1, study, treatment, value),
        two=_group(row, 2, study, control, value),
        better=better,
        declared_by=by,
        given=Given("g", g, se=se) if g is not None and se is not None else None,
        outcomes=(*words.broader("outcomes", outcome), domain),
        treatments=(*words.broader("treatments", treatment[0]), row["condition_arm1"]),
        controls=(*words.broader("controls", control[0]), row["condition_arm2"]),
        disorders=_disorders(row, words),
        time=_time(row.get("time", "")),
        months=None if weeks is None else weeks / _WEEKS,
        year=None if year is None else int(year),
        traits=_traits(row, value, treatment[0], treatment[1], control[1], words, notices, comma=comma),
        where=f"row {at}",
        absent="neither group had the treatment that is studied"
        if all(_control(row[f"condition_arm{i}"], words) for i in (1, 2))
        else "",
    )
    return made, notices


def _domain(row: Mapping[str, str], measure: str, words: Vocabulary, notices: list[Notice]) -> str:
    """What was measured: as the row says, else as its instrument is known for, else "outcome"."""
    kind = row.get("outcome_type", "")
    said = row.get("outcome_domain") or ("" if kind.casefold() in FORMS_OF_NUMBERS else kind)
    if said:
        return said
    term = words.find("instruments", measure)
    known = words.sets["instruments"][term].measures if term else ()
    if not known:
        return "outcome"
    label = words.label("outcomes", known[0])
    notices.append(
        (
            "outcome-of-instrument", "Give a column outcome_domain to say otherwise.", "instrument",
            f"No column says what was measured; '{measure}' is taken for {label.lower()}",
        )
    )  # fmt: skip
    return known[0]


def _term(code: str, kind: str, words: Vocabulary) -> tuple[str, str]:
    """Term and label; a code that is no word of the vocabulary stays as it is."""
    term = words.find(kind, code)
    if term is None and kind == "controls":
        term = words.find("treatments", code)
        return (term, words.label("treatments", term)) if term else (code, code)
    return (term, words.label(kind, term)) if term else (code, code)


def _group(row: Mapping[str, str], i: int, study: str, term: tuple[str, str], value: object) -> Group:
    assert callable(value)
    arm = f"arm{i}"
    part = row.get(f"multi_{arm}", "")
    means, events, change = value(f"mean_{arm}"), value(f"event_{arm}"), value(f"mean_change_{arm}")
    n = value(f"n_{arm}") if means is not None else None
    if n is None and events is not None:
        n = value(f"totaln_{arm}")
    if n is None and change is not None:
        n = value(f"n_change_{arm}")
    if n is None:
        n = next((x for x in (value(f"n_{arm}"), value(f"totaln_{arm}"), value(f"rand_{arm}")) if x is not None), None)
    label = f"{term[1]} ({part})" if part and part.casefold() != row[f"condition_{arm}"].casefold() else term[1]
    return Group(
        "/".join(filter(None, (study, row[f"condition_{arm}"], part))),
        term[0], label, n, means, value(f"sd_{arm}"), events, change, value(f"sd_change_{arm}"),
    )  # fmt: skip


def _direction(outcome: str, measure: str, kind: str, words: Vocabulary, *, events: bool) -> tuple[Better | None, str]:
    """Which way is good: of events what they are, else the instrument, else the outcome."""
    if events:
        named = plain(kind)
        if named in map(plain, GOOD_EVENTS):
            return "higher", "row"
        if named in map(plain, BAD_EVENTS):
            return "lower", "row"
    term = None if events else words.find("instruments", measure)
    if term is not None and words.sets["instruments"][term].better:
        return words.sets["instruments"][term].better, "instrument"
    known = words.sets["outcomes"].get(outcome)
    return (known.better, "outcome") if known is not None and known.better else (None, "")


def _time(text: str) -> str:
    short = text.casefold().replace("-", "").replace(" ", "")
    if short in ("post", "posttreatment", "posttest"):
        return "post"
    return "follow-up" if short.startswith(("fu", "followup")) else text


def _disorders(row: Mapping[str, str], words: Vocabulary) -> tuple[str, ...]:
    text = row.get("diagnosis", "")
    term = words.find("disorders", text) if text else None
    return words.broader("disorders", term) if term else (text,) if text else ()


def _traits(
    row: Mapping[str, str], value: object, treatment: str, treatment_label: str, control_label: str, words: Vocabulary,
    notices: list[Notice], *, comma: bool,
) -> dict[str, str | float]:  # fmt: skip
    """Words and numbers by which effects may differ; absent where the row does not give them."""
    assert callable(value)
    traits: dict[str, str | float] = {name: row[name] for name in TRAITS if row.get(name)}
    traits |= {"treatment": treatment_label, "control": control_label, "randomised": "yes"}
    sessions = row.get("n_sessions_ig") or row.get("n_sessions_arm1", "")
    if sessions:
        dose, how = counted(sessions, comma=comma)
        if dose is not None:
            traits["sessions"] = dose
        if how:
            do = (
                "The row takes no part in questions about dose."
                if dose is None
                else "Give one number to say otherwise."
            )
            notices.append(
                ("number-in-words", do, "n_sessions_ig", f"{how[0].upper()}{how[1:]} in the number of sessions")
            )
    for name, column in (("age", "mean_age"), ("women", "percent_women"), ("baseline", "baseline_m_arm1")):
        found = share_of_women(value(column)) if name == "women" else value(column)
        if found is not None:
            traits[name] = found
    year = value("year")
    if year is not None:
        traits["year"] = year
    risk = RISKS.get(row.get("overall_RoB", "").casefold())
    if risk:
        traits["bias"] = risk
    if row.get("cluster") or "cluster" in row.get("unit_of_randomisation", ""):
        traits["allocated"] = "clusters"
    developers = _developers(row.get("full_ref", ""), treatment, words)
    if developers is not None:
        traits["allegiance"] = MATCHED if developers else NOT_MATCHED
    return traits


def _developers(reference: str, treatment: str, words: Vocabulary) -> bool | None:
    """Whether a developer of the treatment is among the authors; None where authors are cut off, or no developer is known."""
    known = words.sets["treatments"].get(treatment)
    authors = re.split(r"\(?\b(?:19|20)\d\d\b", reference)[0]
    if known is None or not known.developers or not authors:
        return None
    if any(re.search(rf"\b{re.escape(name)}\b", authors) for name in known.developers):
        return True
    return None if "..." in authors or "…" in authors or "et al" in authors else False
