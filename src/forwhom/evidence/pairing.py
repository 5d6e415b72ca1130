"""Comparisons of arms from the rows of the ledger: events with events, means with means, effects as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from forwhom.evidence.arm_numbers import COMPARED, numbers, people_in
from forwhom.evidence.comparisons import Comparison, Given, Group
from forwhom.evidence.filters import DAYS, Row, of_study
from forwhom.evidence.model import Arm, Ledger, Result, Study
from forwhom.evidence.naming import surname
from forwhom.evidence.vocabulary import Better

TREATED = ("treatment",)
STATISTICS = {"g", "d", "smd", "md", "t", "f", "rr", "or", "rd", "log_rr", "log_or", "hr", "irr"}
RATIOS = {"rr", "or", "hr", "irr"}
_MONTH = DAYS["month"]


def comparisons(ledger: Ledger) -> tuple[Comparison, ...]:
    """Every comparison of arms of the ledger that states numbers, drafts and what was withdrawn left out.

    Results stated a second time (`same_as`), of parts of an arm, and at the start of treatment are left out. Events told as a per
    cent are counted where exactly one number of people has that per cent.

    >>> from forwhom import evidence
    >>> [(each.id, each.one.events, each.two.events) for each in comparisons(evidence.read())]
    [('bateman-fonagy-2009/episode-mbt', 16, 36)]
    """
    return tuple(
        each
        for study in ledger.studies.values()
        if study.counts
        for each in (*_paired(study, ledger), *_given(study, ledger))
    )


def events_of(percent: float, n: int) -> tuple[int, ...]:
    """Numbers of people among n that are printed as this per cent.

    >>> from forwhom.evidence import Printed
    >>> events_of(Printed("23"), 71), events_of(Printed("23"), 400)
    ((16,), (90, 91, 92, 93, 94))
    """
    text = getattr(percent, "text", f"{percent:g}")
    half = 0.5 * 10.0 ** -len(text.partition(".")[2])
    found = range(max(0, round(n * (percent - half) / 100.0) - 1), min(n, round(n * (percent + half) / 100.0) + 1) + 1)
    return tuple(k for k in found if abs(100.0 * k / n - percent) <= half + 1e-9)


def _rows(study: Study, kinds: tuple[str, ...]) -> Iterator[Row]:
    for row in of_study(study):
        result = row.result
        if result.kind in kinds and not result.same_as and result.scope in ("", "all") and result.time != 0:
            yield row


def _paired(study: Study, ledger: Ledger) -> Iterator[Comparison]:
    """Rows of a treated arm and of an arm it is compared with, same outcome and time."""
    here = list(_rows(study, ("events", "means")))
    for one in here:
        if one.arm is None or one.arm.role not in TREATED:
            continue
        for two in here:
            same = (one.result.kind, one.result.outcome, one.result.time) == (
                two.result.kind,
                two.result.outcome,
                two.result.time,
            )
            if not same or two.arm is None or two.arm is one.arm or not _against(one.arm, two.arm, study):
                continue
            groups, printed, made, absent = _groups(one, two, ledger, study)
            yield _comparison(one, two.arm, groups, ledger, printed=printed, made=made, absent=absent)


def _against(one: Arm, two: Arm, study: Study) -> bool:
    """Whether the second arm is what the first is compared with; two treatments are, where there is no control, in the file's order."""
    if two.role in COMPARED:
        return True
    if two.role not in TREATED or any(arm.role in COMPARED for arm in study.arms):
        return False
    return study.arms.index(one) < study.arms.index(two)


def _groups(one: Row, two: Row, ledger: Ledger, study: Study) -> tuple[tuple[Group, Group], str, str, str]:
    made, parts, notes, wrong = [], [], [], []
    for row in (one, two):
        assert row.arm is not None
        result, events = row.result, row.result.events
        n = row.n
        if result.kind == "events" and events is None and result.percent is not None and n:
            found = events_of(result.percent, n)
            if len(found) == 1:
                events = found[0]
                notes.append(f"{events} of {n} is the one number printed as {_text(result.percent)} %")
            else:
                wrong.append(f"{_text(result.percent)} % of {n} could be {_or(found)} people")
        if n is None:
            wrong.append(f"the number of people in {row.arm.label} is absent")
        if result.kind == "means" and result.sd is None and result.se is None:
            wrong.append(f"the spread in {row.arm.label} is absent")
        sd = result.sd if result.sd is not None or result.se is None or not n else result.se * n**0.5
        mean = result.mean if result.kind == "means" else None
        made.append(Group(people_in(study, row.arm), *_word(row.arm, ledger), n, mean, sd, events))
        parts.append(f"{row.arm.label} {_text(result.percent)} %" if result.percent is not None else "")
    printed = one.result.printed or " against ".join(part for part in parts if part)
    return (made[0], made[1]), printed, "; ".join(notes), "; ".join(wrong)


def _given(study: Study, ledger: Ledger) -> Iterator[Comparison]:
    """Effects between two arms as they are printed."""
    for row in _rows(study, ("effect",)):
        result, two = row.result, study.arm(row.result.versus)
        one = row.arm
        if one is None or two is None or result.statistic not in STATISTICS:
            continue
        if not {one.role, two.role} <= {*TREATED, *COMPARED}:
            continue
        toward = {"better": 1, "worse": -1}.get(result.direction)
        given = Given(
            result.statistic, result.value, result.low, result.high, result.level or 0.95, result.se, result.df, result.p, toward
        )  # fmt: skip
        told = numbers(study, result)
        groups = [
            Group(people_in(study, arm), *_word(arm, ledger), people)
            for arm, people in ((one, told.one), (two, told.two))
        ]
        made, absent = "", ""
        if one.role in COMPARED and two.role in TREATED:
            made = f"printed as {one.label} against {two.label}, and turned"
            one, two, given = two, one, turned(given)
            groups.reverse()
        elif one.role in COMPARED:
            absent = "neither group had the treatment that is studied"
        yield _comparison(
            row, two, (groups[0], groups[1]), ledger, one=one, given=given, printed=result.printed, made=made,
            absent=absent, parted=told.shared,
        )  # fmt: skip


def turned(given: Given) -> Given:
    """The same effect seen from the other group.

    >>> turned(Given("rr", 2.0, 1.6, 2.5)).low, turned(Given("g", 0.5, 0.1, 0.9, toward=-1)).toward
    (0.4, 1)
    """
    if given.statistic in ("f", "p"):
        return replace(given, toward=None if given.toward is None else -given.toward)

    def other(value: float | None) -> float | None:
        if given.statistic in RATIOS:
            return 1.0 / value if value else None
        return None if value is None else -value

    return replace(
        given, value=other(given.value), low=other(given.high), high=other(given.low),
        toward=None if given.toward is None else -given.toward,
    )  # fmt: skip


def _comparison(
    row: Row, two: Arm, groups: tuple[Group, Group], ledger: Ledger, *, one: Arm | None = None, given: Given | None = None,
    printed: str = "", made: str = "", absent: str = "", parted: bool = False,
) -> Comparison:  # fmt: skip
    study, result, arm = row.study, row.result, one or row.arm
    assert arm is not None
    measure = study.measure(result.outcome)
    domain = result.domain or (measure.domain if measure else result.outcome)
    better, by = _direction(row, domain, ledger)
    words = ledger.vocabulary
    return Comparison(
        id=row.id,
        study=study.id,
        sample=study.sample,
        label=_label(study),
        outcome=domain or result.outcome,
        outcome_label=words.label("outcomes", domain) if domain else result.outcome,
        measure=(measure.instrument or measure.label) if measure else "",
        one=groups[0],
        two=groups[1],
        better=better,
        declared_by=by,
        given=given,
        outcomes=words.broader("outcomes", domain) if domain else (result.outcome,),
        treatments=words.broader("treatments", arm.treatment) if arm.treatment else (),
        controls=tuple(
            dict.fromkeys(
                [*(words.broader("controls", two.control) if two.control else ()), *_treatment_of(two, ledger)]
            )
        ),
        disorders=tuple(
            dict.fromkeys(each for word in study.population.disorder for each in words.broader("disorders", word))
        ),
        time=_when(result, arm, study),
        months=_months(result.time, study.design.unit),
        year=study.citation.year,
        traits=_traits(study, arm, two, ledger),
        where=str(result.source),
        printed=printed,
        made=made,
        absent=absent,
        parted=parted,
    )


def _treatment_of(arm: Arm, ledger: Ledger) -> tuple[str, ...]:
    return ledger.vocabulary.broader("treatments", arm.treatment) if arm.treatment else ()


def _direction(row: Row, domain: str, ledger: Ledger) -> tuple[Better | None, str]:
    """The nearest declaration: row, measure, instrument (of scores), domain."""
    measure = row.study.measure(row.result.outcome)
    instrument = ledger.vocabulary.sets.get("instruments", {}).get(_instrument(row, ledger))
    term = ledger.vocabulary.sets["outcomes"].get(domain)
    for better, by in (
        (row.result.better, "row"),
        (measure.better if measure else None, "measure"),
        (instrument.better if instrument else None, "instrument"),
        (term.better if term else None, "outcome"),
    ):
        if better is not None:
            return better, by
    return None, ""


def _instrument(row: Row, ledger: Ledger) -> str:
    """The term of the instrument that gave scores; "" of events, which are not on its scale."""
    measure = row.study.measure(row.result.outcome)
    if measure is None or row.result.kind == "events" or row.result.statistic in RATIOS | {"rd"}:
        return ""
    return ledger.vocabulary.find("instruments", measure.instrument or measure.label) or ""


def _word(arm: Arm, ledger: Ledger) -> tuple[str, str]:
    if arm.treatment:
        return arm.treatment, arm.label
    return arm.control or arm.role, arm.label


def _label(study: Study) -> str:
    """Authors and year, as a forest plot names a study."""
    names = [surname(author) for author in study.citation.authors]
    who = " & ".join(names) if len(names) < 3 else f"{names[0]} et al."
    return f"{who} {study.citation.year}"


def _when(result: Result, arm: Arm, study: Study) -> str:
    length, time, unit = arm.duration, result.time, study.design.unit
    if length is None or time is None:
        return ""
    if length.unit != unit and not {length.unit, unit} <= set(DAYS):
        return ""
    days = {length.unit: 1.0, **DAYS} if length.unit == unit else DAYS
    share = time * days[unit] / (length.value * days[length.unit])
    return "during" if share < 0.95 else "post" if share <= 1.1 else "follow-up"


def _months(time: float | None, unit: str) -> float | None:
    return None if time is None or unit not in DAYS else time * DAYS[unit] / _MONTH


RISKS = ("low", "some", "high")


def _traits(study: Study, arm: Arm, two: Arm, ledger: Ledger) -> dict[str, str | float]:
    """What the files state of study and arm that may moderate."""
    words = ledger.vocabulary
    traits: dict[str, str | float] = {
        "design": words.label("designs", study.design.kind),
        "randomised": "yes" if "randomised" in words.broader("designs", study.design.kind) else "no",
    }
    if "cluster-randomised" in words.broader("designs", study.design.kind):
        traits["allocated"] = "clusters"
    developer = arm.developer if arm.developer is not None else study.allegiance.developer if study.allegiance else None
    if developer is not None:
        traits["allegiance"] = "developers" if developer else "not the developers"
    if study.bias is not None:
        found = [
            getattr(study.bias, name) for name in ("randomisation", "deviations", "missing", "measurement", "reporting")
        ]
        known = [each for each in found if each in RISKS]
        if known and (len(known) == len(found) or "high" in known):
            traits["bias"] = max(known, key=RISKS.index)
    if arm.format:
        traits["format"] = " and ".join(arm.format)
    control = two.control or two.treatment
    if control:
        traits["control"] = words.label("controls" if two.control else "treatments", control)
    if arm.treatment:
        traits["treatment"] = words.label("treatments", arm.treatment)
    numbers = {
        "sessions": _sessions(arm),
        "months_of_treatment": _months(arm.duration.value, arm.duration.unit) if arm.duration else None,
        "age": study.population.age_mean,
        "year": float(study.citation.year),
    }
    traits |= {name: float(value) for name, value in numbers.items() if value is not None}
    setting = arm.setting or study.population.setting
    if setting:
        traits["setting"] = setting
    if study.population.country:
        traits["country"] = study.population.country
    return traits


def _sessions(arm: Arm) -> float | None:
    if arm.sessions is not None:
        return arm.sessions
    if arm.per_week is None or arm.duration is None or arm.duration.unit not in DAYS:
        return None
    return arm.per_week * arm.duration.value * DAYS[arm.duration.unit] / 7.0


def _text(value: float | None) -> str:
    return "" if value is None else str(getattr(value, "text", f"{value:g}"))


def _or(found: tuple[int, ...]) -> str:
    if not found:
        return "no whole number of"
    return " or ".join(map(str, found)) if len(found) < 4 else f"{found[0]} to {found[-1]}"
