"""case.toml: everything that is wrong, at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli

from forwhom import programme
from forwhom.io.new_case import new_case
from forwhom.problems import ProblemsFound
from forwhom.programme.case.opening import opened_problems, read_opened

GOOD = """
programme = "mbt"
start = 2026-03-02
zone = "Europe/London"
emergency = ["999"]
[people.pat]
roles = ["patient"]
[people.ben]
roles = ["individual-therapist", "supervisor", "group-therapist"]
[hours.clinic]
monday = ["09:00-12:30", "13:30-24:00"]
"""


def told(text: str) -> dict[str, str]:
    table: dict[str, Any] = tomli.loads(text)
    opened, problems = read_opened(table)
    more = opened_problems(opened, programme.shipped("mbt")) if opened is not None else ()
    quiet = "no-item-alert"
    return {str(each.column): each.code for each in (*problems, *more) if each.code != quiet}


def test_a_good_one_has_no_problems() -> None:
    assert told(GOOD) == {}


def test_everything_wrong_is_told_at_once() -> None:
    text = (
        GOOD.replace("09:00-12:30", "12:30-09:00")
        .replace("Europe/London", "Europe/Atlantis")
        .replace("2026-03-02", '"soon"')
    )
    assert set(told(text + '[[alerts]]\nid = "x"\non = "weather"\nto = []\nwithin = "soon"\n').values()) == {
        "wrong-hours", "unknown-zone", "wrong-type", "wrong-value"
    }  # fmt: skip


@pytest.mark.parametrize("to", ['["night-nurse"]', '["patient"]', '["pat"]', "[]"])
def test_an_alert_without_anybody_who_answers_is_a_problem(to: str) -> None:
    text = f'{GOOD}[[alerts]]\nid = "x"\non = "event"\nto = {to}\nwithin = "2 h"\n'
    assert "no-responder" in told(text).values()


@pytest.mark.parametrize("name", ["a/b", " "])
def test_an_id_of_a_rule_has_no_slash(name: str) -> None:
    text = f'{GOOD}[[alerts]]\nid = "{name}"\non = "event"\nto = ["ben"]\nwithin = "2 h"\n'
    assert "wrong-id" in told(text).values()
    assert "wrong-value" in told(text.replace("2 h", "0 h")).values()


def test_what_no_alert_tells_of_is_noted() -> None:
    opened, _ = read_opened(tomli.loads(GOOD))
    assert opened is not None
    noted = opened_problems(opened, programme.shipped("mbt"))
    assert [(each.code, each.severity) for each in noted] == [("no-item-alert", "notice")]
    assert next(each.code for each in opened_problems(opened, programme.shipped("scm"))) == "no-alert"
    narrow = f'{GOOD}[[alerts]]\nid = "severe-event"\non = "event"\nto = ["ben"]\nwithin = "2 h"\nwhat = ["overdose"]\n'
    assert "kinds-without-alert" in told(narrow).values()


def test_roles_of_the_programme_need_somebody() -> None:
    assert (
        set(told(GOOD.replace('"supervisor", "group-therapist"', "").replace('therapist", ', 'therapist"')).values())
        == set()
    )
    alone = GOOD.replace('["individual-therapist", "supervisor", "group-therapist"]', '["psychiatrist"]')
    assert list(told(alone).values()) == ["no-responder", "no-responder"]


def test_no_emergency_no_patient_unknown_hours_unknown_role() -> None:
    text = GOOD.replace('emergency = ["999"]', "").replace('["patient"]', '["pianist"]')
    text += '[[alerts]]\nid = "x"\non = "event"\nto = ["ben"]\nwithin = "2 h"\nclock = "clinc"\n[hours.shut]\nclosed = [2026-12-25]\n'
    assert set(told(text).values()) == {"no-emergency", "no-patient", "unknown-hours", "never-open", "unknown-role"}


def test_a_new_case_can_be_read_and_says_what_is_to_be_filled_in(tmp_path: Path) -> None:
    path = new_case(tmp_path / "c", programme.shipped("mbt"), "mbt", "2026-03-02", "Europe/London")
    assert set(told(path.read_text("utf-8")).values()) == {"no-responder", "no-emergency"}
    with pytest.raises(ProblemsFound) as found:
        new_case(tmp_path / "c", programme.shipped("mbt"), "mbt", "soon", "Atlantis")
    assert {each.code for each in found.value.problems} == {"wrong-day", "unknown-zone", "file-exists"}
    # What stands behind the comment signs can be used.
    lines = path.read_text("utf-8").splitlines()
    alerts = [
        line.removeprefix("# ") for line in lines[next(i for i, line in enumerate(lines) if "[[alerts]]" in line) :]
    ]
    assert "severe-event" in {each["id"] for each in tomli.loads("\n".join(alerts))["alerts"]}


def test_a_role_is_held_against_a_programme_that_names_some() -> None:
    opened, _ = read_opened(tomli.loads(GOOD.replace('"supervisor"', '"superviser"')))
    assert opened is not None
    told = [each for each in opened_problems(opened, programme.shipped("mbt")) if each.code == "unknown-role"]
    assert [each.found for each in told] == ["'superviser' is no role of the programme"]
    dbt = programme.shipped("dbt-outpatient")
    assert not [each for each in opened_problems(opened, dbt) if each.code == "unknown-role"]


def test_a_new_case_has_somebody_of_the_staff_to_fill_in_whatever_the_programme(tmp_path: Path) -> None:
    for name in programme.names():
        path = new_case(tmp_path / name, programme.shipped(name), name, "2026-03-02", "Europe/London")
        text = path.read_text("utf-8")
        assert "# roles = [" in text
        assert "somebody of the staff" not in text
        assert ".md" not in text
