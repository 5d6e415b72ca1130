"""Made-up answers of a case that does not exist."""

from __future__ import annotations

from forwhom.findings.kinds import (
    AdviceRow,
    AgendaDetail,
    AgendaRow,
    AlertRow,
    AlertsDetail,
    CaseAdviceDetail,
    ComponentRow,
    EarlierVersion,
    FormulationDetail,
    Interval,
    MentalizingProfileDetail,
    ObservationRow,
    OwedRow,
    ProfileSquare,
    RaterPair,
    StanceItem,
    StancePoint,
    StanceTrendDetail,
    StrategiesDetail,
    TeamDetail,
    TrainingDetail,
    TrainingRow,
    TriggerCount,
    TriggerLine,
    TriggerMapDetail,
    VoiceRow,
)


def strategies() -> StrategiesDetail:
    """One of each state."""
    states = ("present", "absent", "contested", "not observed")
    rows = tuple(ObservationRow(f"Sees {state}", "mixed", state, "S2 line 50") for state in states)
    return StrategiesDetail("undetermined", rows, ("Sees contested",))


def profile() -> MentalizingProfileDetail:
    """Every degree, one on which observers differ, one not assessed."""
    contexts = ("Partner", "Family of origin", "Own children", "Therapist", "Therapy group", "Alone")
    degrees = ((0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (0.0, 2.0), (1.0, 2.0), (None, None))
    squares = tuple(
        ProfileSquare(context, impairment, low, high, 1, "2026-03-02")
        for impairment in ("Psychic equivalence", "Hypermentalizing")
        for context, (low, high) in zip(contexts, degrees, strict=True)
    )
    return MentalizingProfileDetail(contexts, ("Psychic equivalence", "Hypermentalizing"), squares)


def triggers() -> TriggerMapDetail:
    """Many columns, a long name, a row without anything."""
    counts = tuple(
        TriggerCount(part, f"{part} {n} of this case", n)
        for part in ("Strategy", "Mode", "Feeling", "Act")
        for n in (1, 2, 9)
    )
    long = "Somebody whom the patient had waited for all evening does not come and does not call"
    return TriggerMapDetail(
        (
            TriggerLine(long, "Partner", 9, counts, "2026-01-01 to 2026-03-01", "patient"),
            TriggerLine("Silence", "Therapist", 1, (), "", "therapist"),
        )
    )


def advice() -> CaseAdviceDetail:
    """One rule that holds, one that waits."""
    row = AdviceRow("Setting", "avoid setting inpatient", "It stirs", "attachment: mixed", "S2 line 40", "observed", "")
    return CaseAdviceDetail((row,), (("Swings", "how it is"),))


def formulation() -> FormulationDetail:
    """Long words, one voice, none."""
    long = "It was always like this and nobody ever asked what it is like when everything has to happen at once. " * 4
    rows = (
        VoiceRow("Sensitive in attachment", long, "Being left alone", "Alike in part: so it seems", "2026-03-02"),
        VoiceRow("What takes its place", "", "It is taken for fact", "One voice only", "2026-03-02"),
        VoiceRow("The diagnosis", "", "", "", ""),
    )
    return FormulationDetail(rows, (EarlierVersion("The diagnosis", "patient", "A word", "2026-03-01"),))


def team() -> TeamDetail:
    """One component with everything, one without a session."""
    components = (
        ComponentRow("Individual session", True, "yes", 9, 2, 1, 2, 9 / 11),
        ComponentRow("Psycho-education group", True, "not asked", 0, 0, 0, 0, None),
    )
    return TeamDetail(components, (OwedRow("fear", "gus", "Tell the patient first", "duties.x", "S2 line 158"),))


def stance() -> StanceTrendDetail:
    """Seven sessions that others rated, one of them two; two that the therapist rated."""
    points = tuple(
        StancePoint(f"s{n}", n / 2, 1 + n / 3, (("dana", 1 + n / 3), ("eli", 1.0))[: 1 + (n == 6)]) for n in range(7)
    )
    items = (
        StanceItem("Humble", "stance", 3.0, 7, "S2 line 100", True, 4.0),
        StanceItem("Tells", "technique", None, 0, "ours", False),
    )
    own = tuple(StancePoint(f"s{n}", n / 2, 3.5, (("ben", 3.5),)) for n in (5, 6))
    beside = (
        RaterPair("s6", "dana", "eli", False, 5, 3, 5, -0.4),
        RaterPair("s6", "dana", "ben", True, 5, 0, 2, None),
    )
    return StanceTrendDetail(points, items, Interval(0.66, 0.4, 0.9), 1.0, own, Interval(None), None, beside)


def alerts() -> AlertsDetail:
    """One that is late, one that nobody answers."""
    rows = (
        AlertRow("self-harm", "unanswered", True, "ben, dana", "2026-03-02 18:00", "2026-03-01 18:00", "severe/e9"),
        AlertRow("two sessions missed", "no responder", False, "nobody", "", "2026-03-02 10:00", "missed/e12"),
    )
    return AlertsDetail(rows)


def agenda() -> AgendaDetail:
    """A deviation with its reason, a point without a day."""
    rows = (
        AgendaRow(
            "deviation",
            "It was refused.",
            "There was danger",
            "team.tell-first",
            "S2 line 252",
            "2026-03-02",
            "team.tell-first/e9",
        ),
        AgendaRow(
            "training", "Nobody supervises.", "", "training.supervision", "S2 line 144", "", "training.supervision/ben"
        ),
    )
    return AgendaDetail(rows)


def training() -> TrainingDetail:
    """One with everything, one with nothing."""
    return TrainingDetail(
        (
            TrainingRow("ben", "individual-therapist", 3.0, "dana", 2, 2.0, "2026-03-02", 9, ""),
            TrainingRow(
                "cleo", "group-therapist", 0.0, "", 0, 0.0, "", 4, "0 of 3 days of training are recorded for cleo."
            ),
        )
    )
