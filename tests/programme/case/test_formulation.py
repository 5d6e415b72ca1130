"""The formulation record: two voices, every version kept, agreement that ages."""

from __future__ import annotations

from case_topics import Log
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.programme.case.formulation import every_version, side_by_side


def assessed() -> Log:
    log = Log()
    log.add("assessment.observed", marks={"close-fast": "present"})
    return log


def sides(log: Log) -> dict[str, object]:
    return {side.point.id: side for side in side_by_side(log.case())}


def test_both_voices_and_what_they_agree_on() -> None:
    log = assessed()
    log.add("formulation.said", point="pain", voice="patient", text="Nobody sees it", own_words=True)
    assert sides(log)["pain"].result == "one voice"
    log.add("formulation.said", point="pain", voice="therapist", text="I saw it late")
    assert sides(log)["pain"].result == "not compared"
    log.add("formulation.compared", point="pain", result="partly", text="how late is open")
    case = log.case()
    assert not case.problems
    assert not case.deviations
    side = next(each for each in side_by_side(case) if each.point.id == "pain")
    assert (side.result, side.outdated) == ("partly", False)
    log.add("formulation.said", point="pain", voice="patient", text="Some see it")
    side = next(each for each in side_by_side(log.case()) if each.point.id == "pain")
    assert side.outdated
    assert [each.text for each in side.earlier] == ["Nobody sees it"]
    assert side.patient is not None
    assert (side.patient.number, side.patient.text) == (2, "Some see it")


def test_one_voice_is_not_compared_unless_somebody_says_why() -> None:
    log = assessed()
    log.add("formulation.said", point="pain", voice="patient", text="…")
    log.add("formulation.compared", point="pain", result="agreed", overrules=["formulation.two-voices"], why="By phone")
    case = log.case()
    assert [(each.rule, each.why) for each in case.deviations] == [("formulation.two-voices", "By phone")]


def test_before_any_assessment_it_is_a_deviation() -> None:
    log = Log()
    log.add("formulation.said", point="pain", voice="patient", text="…")
    assert [each.rule for each in log.case().deviations] == ["formulation.after-assessment"]


def test_unknown_points_and_empty_texts_change_nothing() -> None:
    log = assessed()
    log.add("formulation.said", point="pian", voice="patient", text="…")
    log.add("formulation.said", point="pain", voice="patient", text="  ")
    log.add("formulation.said", point="pain", voice="friend", text="…")
    case = log.case()
    assert [each.code for each in case.problems] == ["unknown-id", "empty-text", "wrong-value"]
    assert "pain" in case.problems[0].do
    assert not case.formulation.versions


SAID = st.tuples(
    st.sampled_from(["said", "compared", "correct", "withdraw"]),
    st.sampled_from(["pain", "modes"]),
    st.sampled_from(["patient", "therapist"]),
    st.integers(0, 20),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SAID, max_size=15))
def test_revising_never_loses_a_version(steps: list[tuple[str, str, str, int]]) -> None:
    log = assessed()
    written: list[str] = []
    seen: list[str] = []
    for step, point, voice, which in steps:
        text = f"text {len(log.entries)}"
        if step == "said" or not written:
            written.append(log.add("formulation.said", point=point, voice=voice, text=text))
        elif step == "compared":
            log.add("formulation.compared", point=point, result="partly")
            continue
        elif step == "correct":
            entry = log.entries[int(written[which % len(written)][1:]) - 1]
            data = dict(entry.data) | {"text": text}
            log.add("formulation.said", corrects=entry.id, **data)
        else:
            log.add("entry.withdrawn", corrects=written[which % len(written)])
            continue
        seen.append(text)
    case = log.case()
    assert [each.text for each in every_version(case)] == seen
    current = {row.entry: row.text for rows in case.formulation.versions.values() for row in rows}
    for version in every_version(case):
        if version.number:
            assert current[version.entry] == version.text
    for rows in case.formulation.versions.values():
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
