"""Which column is the id, the arm, the therapist; which values stand for an absent one. From names and values alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

from forwhom.study.sheet import Sheet, as_numbers, texts
from forwhom.study.spec import ROW_NUMBER

NO_VALUE_TEXTS = ("na", "n/a", "#n/a", "nan", "null", ".", "-", "none", "missing", "k.a.", "fehlend")
NO_VALUE_NUMBERS = (-999, -998, -997, -99, -98, -97, -88, -77, -66, -9, -8, -7)
IDS = ("id", "subject", "subjid", "subjectid", "participant", "participantid", "patient", "patientid", "patid", "person",
       "pid", "personid", "record", "recordid", "case", "caseid", "code", "vpn", "vp", "proband", "respondent", "client",
       "clientid", "studyid", "usubjid", "subj", "user", "userid")  # fmt: skip
NOT_PERSONS = ("couple", "dyad", "family", "group", "site", "centre", "center", "clinic", "therapist", "session")
ARMS = ("arm", "treatment", "treat", "trt", "condition", "cond", "allocation", "allocated", "intervention",
        "randomisation", "randomization", "randomised", "randomized", "group", "gruppe", "bedingung", "rx", "tx")  # fmt: skip
CONTROLS = ("tau", "control", "controls", "ctrl", "placebo", "waitlist", "waiting", "wait", "wl", "wlc", "usual", "cau",
            "standard", "kontrolle", "booklet", "none", "no", "sham")  # fmt: skip
TIMES = ("time", "month", "months", "week", "weeks", "day", "days", "year", "visit", "wave", "occasion", "timepoint",
         "session", "tp", "event", "zeitpunkt", "t")  # fmt: skip
OTHER_ROLES = {
    "therapist": ("therapist", "clinician", "counsellor", "counselor", "therapeut"),
    "site": ("site", "centre", "center", "clinic", "hospital", "klinik", "zentrum"),
}


def tokens(name: str) -> list[str]:
    """A name in its words.

    >>> tokens("StudyArm_2")
    ['study', 'arm', '2']
    """
    apart = re.sub(r"(?<=[a-zäöü])(?=[A-ZÄÖÜ])", "_", name)
    return [part for part in re.split(r"[^0-9a-zäöüß]+", apart.casefold()) if part]


def hint(name: str, words: Iterable[str]) -> int | None:
    """How early in `words` one of the name's words comes; None when none does."""
    words = list(words)
    whole = name.casefold().replace("_", "").replace(".", "").replace(" ", "")
    places = [words.index(part) for part in [*tokens(name), whole] if part in words]
    return min(places) if places else None


def missing_codes(sheet: Sheet, said: list[str], check: list[str]) -> dict[str, str]:
    """Texts and negative numbers that stand for an absent value in columns that are numbers otherwise."""
    found: dict[str, list[str]] = {}
    suspicious: dict[str, list[str]] = {}
    for name in sheet.frame.columns:
        shown = texts(sheet, name).values.drop_nulls()
        values = as_numbers(shown, sheet.decimal)
        stray = shown.filter(values.is_null()).unique().to_list()
        if values.null_count() > 0.8 * len(shown) or len(shown) == 0:
            continue
        if stray and all(cell.casefold() in NO_VALUE_TEXTS for cell in stray):
            for cell in stray:
                found.setdefault(cell, []).append(name)
        known = values.drop_nulls()
        codes = known.filter(known.is_in([float(code) for code in NO_VALUE_NUMBERS]))
        rest = known.filter(~known.is_in([float(code) for code in NO_VALUE_NUMBERS]))
        if len(codes) and len(rest) and float(rest.min()) >= 0:  # type: ignore[arg-type]  # a number, for polars any value
            for code in codes.unique().to_list():
                found.setdefault(str(int(code)), []).append(name)
        for big in (99.0, 999.0, 9999.0):
            below = known.filter(known < big)
            if (known == big).any() and len(below) and float(below.max()) < big / 2:  # type: ignore[arg-type]  # a number, for polars any value
                suspicious.setdefault(f"{big:g}", []).append(name)
    for code, columns in found.items():
        said.append(f"'{code}' stands for an absent value (in {some(columns)}).")
        check.append(f'What does the code "{code}" mean? Write the reason in [missing]: not asked, declined …')
    for code, columns in suspicious.items():
        check.append(f"{code} is far above the other values of {some(columns)}: is it a missing code?")
    return dict.fromkeys(found, "")


def is_numbers(sheet: Sheet, name: str) -> bool:
    """Whether all that is there are numbers, missing codes left out."""
    dtype = sheet.frame[name].dtype
    if not (dtype.is_numeric() or dtype == pl.String):
        return False
    shown = texts(sheet, name).values.drop_nulls()
    return len(shown) > 0 and as_numbers(shown, sheet.decimal).null_count() == 0


def id_column(sheet: Sheet, said: list[str], check: list[str]) -> tuple[str, bool]:
    """(the id column or "#row", whether persons have several rows)."""
    ranked = []
    for place, name in enumerate(sheet.frame.columns):
        word = hint(name, IDS)
        shown = texts(sheet, name).values
        if hint(name, NOT_PERSONS) is not None or any(name.casefold().startswith(other) for other in NOT_PERSONS):
            continue
        if word is not None and shown.null_count() == 0:
            # "id" itself and a first column count most; a code with two values is no id.
            if shown.n_unique() >= min(8, len(shown)):
                ranked.append((word, place, name))
        elif place == 0 and name in ("column_1",) and shown.n_unique() == len(shown):
            ranked.append((len(IDS), place, name))
    if not ranked:
        said.append('No column looks like an id, so persons are numbered by row: id = "#row".')
        check.append("Is there a column that tells persons apart? Then name it in id.")
        return ROW_NUMBER, False
    name = min(ranked)[2]
    shown = texts(sheet, name).values
    again = len(shown) - shown.n_unique()
    if again == 0:
        said.append(f"{name} is the id: its name says so, and every value occurs once.")
        return name, False
    if again >= 0.3 * len(shown):
        said.append(f"{name} is the id: its name says so. It has {shown.n_unique()} persons in {len(shown)} rows.")
        return name, True
    said.append(f"{name} is the id: its name says so.")
    check.append(f"{again} rows repeat an id of {name}: correct them, or write repeated = true.")
    return name, False


def arm_column(
    sheet: Sheet, identity: str, taken: set[str | None], many: bool, said: list[str], check: list[str]
) -> tuple[str | None, dict[str, str]]:
    """(the arm column, its values with their labels, the likely reference first)."""
    ranked = []
    for place, name in enumerate(sheet.frame.columns):
        word = hint(name, ARMS)
        size = texts(sheet, name).values.drop_nulls().n_unique()
        if name in taken or word is None or not 2 <= size <= 8 or size > sheet.height / 3:
            continue
        if many and varies(sheet, identity, name):
            continue
        ranked.append((word, place, name))
    if not ranked:
        said.append("No column looks like an arm, so this is read as a study with one arm.")
        check.append("If people were in different arms, name the column in arm and list them in [arms].")
        return None, {}
    name = min(ranked)[2]
    labels = dict(sheet.labels.get(name, {}))
    levels = sorted(texts(sheet, name).values.drop_nulls().unique().to_list(), key=_level)
    reference = [level for level in levels if _is_control(level) or _is_control(labels.get(level, ""))]
    ordered = [*reference[:1], *(level for level in levels if level not in reference[:1])]
    said.append(f"{name} is the arm: its name says so, and it has {len(levels)} values.")
    why = "its name sounds like a control" if reference else "it comes first"
    check.append(f"{labels.get(ordered[0], ordered[0])} is the reference arm, because {why}. Order and labels: [arms].")
    if others := [each[2] for each in sorted(ranked)[1:]]:
        check.append(f"{some(others)} could be the arm too.")
    return name, {level: labels.get(level, level) for level in ordered}


def _level(value: str) -> tuple[int, float, str]:
    try:
        return 0, float(value), value
    except ValueError:
        return 1, 0.0, value


def _is_control(value: str) -> bool:
    return any(part in CONTROLS for part in tokens(value)) or value.casefold() in CONTROLS


def other_roles(sheet: Sheet, taken: set[str | None], said: list[str]) -> dict[str, str]:
    """Columns that are the therapist or the site by their names."""
    roles: dict[str, str] = {}
    for role, words in OTHER_ROLES.items():
        for name in sheet.frame.columns:
            shown = texts(sheet, name).values.drop_nulls()
            fits = hint(name, words) is not None and len(tokens(name)) <= 2
            if fits and name not in taken and role not in roles and 2 <= shown.n_unique() < 0.8 * len(shown):
                roles[role] = name
                said.append(f"{name} is the {role}: its name says so.")
    return roles


def varies(sheet: Sheet, identity: str, name: str) -> bool:
    """Whether a column has different values within a person."""
    pairs = pl.DataFrame({"id": texts(sheet, identity).values, "value": texts(sheet, name).values}).drop_nulls()
    return bool((pairs.group_by("id").agg(pl.col("value").n_unique())["value"] > 1).any())


def some(names: list[str], most: int = 8) -> str:
    """Names for a sentence, the middle of many left out."""
    shown = names if len(names) <= most else [*names[: most - 2], "…", names[-1]]
    return ", ".join(shown)
