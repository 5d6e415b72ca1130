"""Each rule finds what it is for, with both places, and nothing in the trial that agrees with itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forwhom.evidence import Contradiction, Ledger, check

Find = Callable[..., list[Contradiction]]


def ids(found: list[Contradiction]) -> list[tuple[str, str]]:
    return [(each.rule, each.says) for each in found]


def test_an_assessment_in_the_middle_of_treatment_is_fine(found: Find) -> None:
    half = ('duration = { value = 12, unit = "week" }', 'duration = { value = 6, unit = "month" }')
    assert ids(found(half)) == []


def test_nothing_is_found_in_a_trial_that_agrees_with_itself(found: Find) -> None:
    assert ids(found()) == []


SOURCE = 'source = { document = "P", place = "Table 2", line = 20 }'
CASES = {
    "arms against randomised": (
        [("n = 31\n", "n = 30\n")],
        "sum-of-arms",
        "The arms add up to 59, and 60 were randomised.",
    ),
    "arms against analysed": (
        [("analysed = 28", "analysed = 27")],
        "sum-of-arms",
        "The arms add up to 54, and 55 were analysed.",
    ),
    "more randomised than screened": (
        [("screened = 100", "screened = 50")],
        "more-than-before",
        "60 were randomised, more than the 50 screened.",
    ),
    "more analysed than began": (
        [("analysed = 28", "analysed = 32"), ("analysed = 55", "analysed = 59")],
        "more-than-before",
        "In DBT 32 were analysed, more than the 31 who began.",
    ),
    "more in a row than in the arm": (
        [("sd = 4.10\nn = 28", "sd = 4.10\nn = 32")],
        "more-than-before",
        "A result of 32 people in DBT, which had 31.",
    ),
    "more events than people": (
        [("events = 7\nn = 28\npercent = 25.0", "events = 29\nn = 28")],
        "events-above-n",
        "29 people with the event among 28.",
    ),
    "an impossible percentage": (
        [("events = 7\nn = 28\npercent = 25.0", "n = 28\npercent = 26.0")],
        "impossible-percentage",
        "26.0 % of 28 is impossible: 7 of 28 are 25.00 %, and no other number of people comes nearer.",
    ),
    "events against percentage": (
        [("events = 7", "events = 8")],
        "impossible-percentage",
        "8 of 28 are 28.6 %, not 25.0 %.",
    ),
    "no share": ([("percent = 25.0", "percent = 125.0")], "impossible-percentage", "125.0 % of 28 is no share."),
    "an impossible mean": (
        [("mean = 12.50", "mean = 12.51")],
        "impossible-mean",
        "28 scores in steps of 1 cannot have the mean 12.51.",
    ),
    "a mean outside its scale": (
        [("mean = 12.50", "mean = 41")],
        "impossible-mean",
        "A mean of 41 lies outside its scale, 0 to 40.",
    ),
    "a standard deviation too large": (
        [("sd = 4.10", "sd = 25.00")],
        "impossible-sd",
        "With mean 12.50 on a scale from 0 to 40 the SD is at most 18.88.",
    ),
    "a standard deviation of no whole numbers": (
        [("mean = 12.50\nsd = 4.10\nn = 28", "mean = 3.00\nsd = 1.20\nn = 3")],
        "impossible-sd",
        "3 scores in steps of 1 with mean 3.00 cannot have the SD 1.20.",
    ),
    "an effect outside its interval": (
        [("value = -0.45", "value = 0.45")],
        "impossible-effect",
        "The effect 0.45 lies outside its own interval, -0.97 to 0.08.",
    ),
    "an interval upside down": (
        [("low = -0.97\nhigh = 0.08", "low = 0.08\nhigh = -0.97")],
        "impossible-effect",
        "The interval runs from 0.08 down to -0.97.",
    ),
    "an interval against significance": (
        [("significant = false", "significant = true")],
        "impossible-effect",
        "The interval -0.97 to 0.08 does not go with significant.",
    ),
    "p against significance": (
        [("significant = false", "significant = false\np = 0.01")],
        "impossible-effect",
        "p = 0.01 beside no significant difference.",
    ),
    "a negative ratio": (
        [('statistic = "g"\nvalue = -0.45\nlow = -0.97\nhigh = 0.08', 'statistic = "rr"\nvalue = -0.45')],
        "impossible-effect",
        "A ratio of -0.45 is not above zero.",
    ),
    "a correlation above one": (
        [('statistic = "g"\nvalue = -0.45\nlow = -0.97\nhigh = 0.08', 'statistic = "r"\nvalue = 1.2')],
        "impossible-effect",
        "A correlation of 1.2 lies outside −1 to 1.",
    ),
    "a probability above one": (
        [("significant = false", "p = 1.2")],
        "impossible-effect",
        "p = 1.2 is no probability.",
    ),
    "a scale against its domain": (
        [('better = "lower"', 'better = "higher"')],
        "scale-direction",
        "Severity: higher is better, where Borderline symptom severity is better lower.",
    ),
    "a row against its scale": (
        [('arm = "dbt"\ntime = 12\nmean', 'arm = "dbt"\nbetter = "higher"\ntime = 12\nmean')],
        "scale-direction",
        "means: higher is better, where Severity is better lower.",
    ),
    "weeks and months": (
        [('duration = { value = 12, unit = "week" }', 'duration = { value = 12, unit = "month" }')],
        "unit",
        "DBT lasts 12 months, and the last assessment is at 12 weeks.",
    ),
    "a treatment far longer than what was seen of it": (
        [('duration = { value = 12, unit = "week" }', 'duration = { value = 1, unit = "year" }')],
        "unit",
        "DBT lasts 1 year, and the last assessment is at 12 weeks.",
    ),
    "sessions against weeks": (
        [('duration = { value = 12, unit = "week" }', 'duration = { value = 12, unit = "week" }\nsessions = 40\nper_week = 1')],
        "unit",
        "DBT: 1 a week for 12 weeks make 12 sessions, not 40.",
    ),
    "ended before begun": (
        [("assessments", "begun = 2018-03-01\nended = 2017-03-01\nassessments")],
        "date",
        "The study ended on 2017-03-01, before it began on 2018-03-01.",
    ),
    "begun after publication": (
        [("assessments", "begun = 2021-03-01\nassessments")],
        "date",
        "The study was begun in 2021, and published in 2020.",
    ),
    "coded before publication": (
        [("[[arms]]", '[extraction]\nby = "x"\ndate = 2019-01-01\n[[arms]]')],
        "date",
        "Coded in 2019, before it was published in 2020.",
    ),
    "assessments that fall": ([("[0, 12]", "[12, 0]")], "date", "Assessments at 12, 0 do not rise."),
    "a time without assessment": (
        [('time = 12\nmean', 'time = 11\nmean')],
        "date",
        "A result at 11 weeks, and assessments at 0, 12.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("replaced", "rule", "says"), CASES.values(), ids=CASES)
def test_a_rule_finds_it(found: Find, replaced: list[tuple[str, str]], rule: str, says: str) -> None:
    there = found(*replaced)
    assert (rule, says) in ids(there), ids(there)
    each = next(each for each in there if each.says == says)
    assert each.status == "open"
    assert each.settle
    assert each.places
    assert str(each.places[0]).startswith("trial (")


def again(**keys: str) -> str:
    """A row of results that states another one again."""
    table = {
        "id": "again",
        "same_as": "amygdala",
        "kind": "brain",
        "modality": "bold",
        "region": "amygdala",
        "direction": "decrease",
    } | keys
    rows = "".join(
        f"{key} = {value if value[:1].isdigit() else repr(value)}\n" for key, value in table.items() if value
    )
    return f'\n[[results]]\n{rows}source = {{ document = "P", place = "Discussion, paragraph 1", line = 90 }}\n'


FIRST = 'direction = "decrease"\nsource = { document = "P", place = "Results, paragraph 3", line = 50 }\n'


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"direction": "increase"}, "Amygdala: decrease in one place and increase in another."),
        ({"hemisphere": "right"}, "Amygdala, side: left in one place and right in another."),
        ({"region": "insula"}, "Amygdala, region: Amygdala in one place and Insula in another."),
        (
            {"modality": "volume"},
            "Amygdala, what was measured: Activation, fMRI in one place and Grey matter volume in another.",
        ),
        ({"task": "n-back"}, "Amygdala, task: Cognitive reappraisal of pictures in one place and n-back in another."),
        ({"arm": "tau"}, "Amygdala, group: DBT in one place and Usual care in another."),
        ({"region": "limbic-system", "modality": "activation", "task": "emotion-regulation"}, None),
        ({"hemisphere": ""}, None),
    ],
)
def test_a_result_stated_again_is_compared_key_by_key(found: Find, keys: dict[str, str], says: str | None) -> None:
    there = found((FIRST, FIRST + again(**keys)))
    assert ids(there) == ([("within-paper", says)] if says else [])
    if says:
        sources = [str(place.source) for place in there[0].places]
        assert sources == ["P, Results, paragraph 3, line 50", "P, Discussion, paragraph 1, line 90"]


def test_an_opposite_direction_elsewhere_is_found_without_a_tie(found: Find) -> None:
    row = again(direction="increase", same_as="")
    assert ids(found((FIRST, FIRST + row))) == [
        ("within-paper", "Amygdala: decrease in one place and increase in another.")
    ]


@pytest.mark.parametrize(
    "keys",
    [
        {"scope": "responders"},
        {"hemisphere": "right"},
        {"task": "n-back"},
        {"modality": "volume"},
        {"arm": "tau"},
        {"region": "insula"},
    ],
)
def test_another_result_is_no_contradiction(found: Find, keys: dict[str, str]) -> None:
    there = found((FIRST, FIRST + again(direction="increase", same_as="", **keys)))
    assert {each.rule for each in there} <= {"never-reported"}


NEVER = "Insula: the discussion tells decrease, and no other part reports it."


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"region": "insula"}, NEVER),
        ({"region": "limbic-system"}, None),
        ({"modality": "connectivity"}, "Amygdala: the discussion tells decrease, and no other part reports it."),
        ({"scope": "responders"}, None),
    ],
)
def test_a_result_of_the_discussion_alone_is_told(found: Find, keys: dict[str, str], says: str | None) -> None:
    there = found((FIRST, FIRST + again(same_as="", **keys)))
    assert ids(there) == ([("never-reported", says)] if says else [])


def test_another_paper_may_discuss_what_it_does_not_report(found: Find) -> None:
    row = again(same_as="", region="insula").replace('document = "P"', 'document = "Q"')
    assert ids(found((FIRST, FIRST + row))) == []


def test_papers_and_tables_are_told_apart(found: Find) -> None:
    row = again(direction="increase", same_as="")
    review = row.replace('document = "P"', 'document = "Q"')
    table = row.replace("Discussion, paragraph 1", "Table 3")
    assert [each.rule for each in found((FIRST, FIRST + review))] == ["paper-against-paper"]
    assert [each.rule for each in found((FIRST, FIRST + table))] == ["text-against-table"]


def stated(what: str, value: str, place: str = "Results, paragraph 1") -> str:
    return (
        f'[[stated]]\nwhat = "{what}"\nvalue = {value}\nsource = {{ document = "P", place = "{place}", line = 31 }}\n'
    )


@pytest.mark.parametrize(
    ("what", "value", "says"),
    [
        ("arms.dbt.n", "30", "Number who began in DBT: 31 in one place and 30 in another."),
        ("arms.dbt.n", "31", None),
        ("design.screened", "101", "Number screened: 100 in one place and 101 in another."),
        ("population.disorder", '"bpd"', None),
        ("population.disorder", '["bpd"]', None),
        ("population.disorder", '"Borderline personality disorder"', None),
        (
            "population.disorder",
            '["depression"]',
            "Disorder: Borderline personality disorder in one place and Depressive disorder in another.",
        ),
        ("arms.dbt.treatment", '"DBT"', None),
        ("arms.dbt.duration", '"12 week"', None),
        ("arms.dbt.duration", '"3 month"', "Length of DBT: 12 week in one place and 3 month in another."),
        (
            "population.setting",
            '"inpatient"',
            "Setting: outpatient in one place and inpatient in another.",
        ),
        (
            "measures.severity.better",
            '"higher"',
            "The good direction of “Severity”: lower in one place and higher in another.",
        ),
    ],
)
def test_a_fact_stated_again_is_compared(found: Find, what: str, value: str, says: str | None) -> None:
    there = found(("[[results]]", stated(what, value) + "[[results]]"))
    assert [each.says for each in there] == ([says] if says else [])


def test_text_against_table(found: Find) -> None:
    there = found(("[[results]]", stated("arms.dbt.n", "30") + "[[results]]"))
    assert [each.rule for each in there] == ["text-against-table"]
    assert [str(place) for place in there[0].places] == [
        "trial (P, Table 1, line 10): 31",
        "trial (P, Results, paragraph 1, line 31): 30",
    ]


def another(trial: str, **changed: str) -> dict[str, str]:
    text = trial.replace('id = "trial"', 'id = "other"').replace("A trial", "Another trial")
    for old, new in changed.values():
        text = text.replace(old, new, 1)
    return {"studies/other.toml": text}


@pytest.fixture
def trial() -> str:
    from evidence.conftest import TRIAL

    return TRIAL


def test_people_told_twice_are_suspected(found: Find, trial: str) -> None:
    there = found(files=another(trial, s=('sample = "trial"', 'sample = "other"')))
    assert [each.rule for each in there] == ["one-sample-or-two"]
    assert "trial, other" in there[0].says or "other, trial" in there[0].says
    assert "Family, Second among the authors" in there[0].says


@pytest.mark.parametrize(
    "changed",
    [
        {"a": ('["Family A", "Second B"]', '["Stranger C"]')},
        {"n": ("n = 31\n", "n = 32\n"), "r": ("randomised = 60", "randomised = 61")},
        {"y": ("year = 2020", "year = 2010")},
    ],
    ids=["other authors", "other numbers", "long ago"],
)
def test_other_people_are_not_suspected(found: Find, trial: str, changed: dict[str, tuple[str, str]]) -> None:
    assert ids(found(files=another(trial, s=('sample = "trial"', 'sample = "other"'), **changed))) == []


def test_another_design_does_not_tell_two_samples_apart(found: Find, trial: str) -> None:
    """A cohort may hold the people of a trial."""
    other = another(
        trial, s=('sample = "trial"', 'sample = "other"'), d=('kind = "randomised"', 'kind = "non-randomised"')
    )
    assert [each.rule for each in found(files=other)] == ["may-be-one-sample"]


def test_one_sample_described_in_two_ways(found: Find, trial: str) -> None:
    there = found(files=another(trial, s=('setting = "outpatient"', 'setting = "inpatient"')))
    says = "trial and other share a sample and differ. Setting: outpatient, and inpatient."
    assert sorted(ids(there)) in (
        [("one-sample-differs", says)],
        [("one-sample-differs", "other and trial share a sample and differ. Setting: inpatient, and outpatient.")],
    )  # fmt: skip


def test_what_was_settled_is_marked_and_what_settles_nothing_is_told(ledger: Callable[..., Ledger]) -> None:
    wrong = ("n = 31\n", "n = 30\n")
    name = check(ledger(wrong)).contradictions[0].id
    settled = f'[[settled]]\ncontradiction = "{name}"\nhow = "One withdrew."\nby = "x"\ndate = 2026-01-01\n[[results]]'
    checked = check(ledger(wrong, ("[[results]]", settled)))
    assert [(each.status, each.how) for each in checked.contradictions] == [("settled", "One withdrew.")]
    assert checked.open == ()
    assert "Settled: One withdrew." in str(checked.contradictions[0])
    nothing = check(ledger(("[[results]]", settled)))
    assert [str(notice.found) for notice in nothing.notices] == [f"no rule finds {name} any more"]


def test_two_ways_to_break_a_rule_are_both_told(found: Find) -> None:
    there = found(("value = -0.45", "value = 0.45"), ("significant = false", "significant = false\np = 0.01"))
    assert [each.says for each in there] == [
        "The effect 0.45 lies outside its own interval, -0.97 to 0.08. p = 0.01 beside no significant difference."
    ]
