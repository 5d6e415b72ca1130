"""The audit on a small ledger: each verdict, each rule on causes, conditions, choosing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from evidence.conftest import TRIAL
from evidence.test_claims import claim

from forwhom.evidence import Audited, Ledger, audit
from forwhom.evidence.audit import choose, standing_alone
from forwhom.problems import ProblemsFound

Read = Callable[..., Ledger]
AMYGDALA = 'region = "amygdala", direction = "decrease"'
BRAIN = 'id = "amygdala"\nkind = "brain"\narm = "dbt"'


def judged(ledger: Read, query: str, *replaced: tuple[str, str], **given: str) -> Audited:
    text = claim(query, **{key: value for key, value in given.items() if key != "more"})
    text["claims/Q.toml"] += given.get("more", "")
    return audit(ledger(*replaced, files=text))[0]


def codes(each: Audited) -> list[str]:
    return [condition.code for condition in each.conditions]


def test_supported(ledger: Read) -> None:
    each = judged(ledger, 'design = "randomised"', expect="count = 1")
    assert (each.verdict, each.reproduced, each.expected, each.found, each.would_take) == (
        "supported",
        True,
        "1",
        1,
        "",
    )
    assert (each.studies, each.samples, each.basis) == (1, 1, "as P tells the studies")


def test_supported_with_conditions(ledger: Read) -> None:
    each = judged(ledger, AMYGDALA, kind="direction")
    assert each.verdict == "supported with conditions"
    assert codes(each) == ["one-sample", "hemisphere", "task", "comparator"]
    assert [str(row) for row in each.rows] == [
        "trial/amygdala (P, Results, paragraph 3, line 50): "
        "Left, Amygdala, Activation, fMRI, DBT: decrease [cognitive reappraisal of pictures]"
    ]


def test_what_the_query_asks_for_is_no_condition(ledger: Read) -> None:
    asked = f'{AMYGDALA}, hemisphere = "left", task = "reappraisal", sample = "trial", versus = "tau"'
    each = judged(ledger, asked, (BRAIN, f'{BRAIN}\nversus = "tau"'), kind="direction")
    assert (each.verdict, codes(each)) == ("supported", [])


def test_contradicted_by_a_count_with_the_study_that_is_missed(ledger: Read) -> None:
    each = judged(ledger, 'region = "amygdala", modality = "volume"', expect="count = 1", cites='"trial"')
    assert each.verdict == "contradicted"
    assert each.why == "Of the 1 that it counts, 1 does not: trial (what was measured: Activation, fMRI)."
    assert [row.side for row in each.rows] == ["near"]


def test_contradicted_by_a_direction(ledger: Read) -> None:
    each = judged(ledger, 'region = "amygdala", direction = "increase"', kind="direction", cites='"trial"')
    assert (each.verdict, each.why) == ("contradicted", "trial reports decrease.")


@pytest.mark.parametrize(("value", "verdict"), [(28, "supported"), (27, "contradicted")])
def test_a_number_of_a_row(ledger: Read, value: int, verdict: str) -> None:
    each = judged(ledger, 'result = "means"', kind="prevalence", expect=f'value = {value}, of = "n"')
    assert each.verdict == verdict
    assert each.rules == (() if verdict == "supported" else ("value-of-claim",))


@pytest.mark.parametrize(
    ("of", "value"), [("design.randomised", 60), ("arms.tau.n", 29), ("arms.*.analysed", 27), ("arms.*.duration", 12)]
)
def test_a_number_of_the_study(ledger: Read, of: str, value: int) -> None:
    """A fact is looked up in the studies cited; with a star any arm may give it."""
    text = claim("", f'value = {value}, of = "{of}"', '"trial"', kind="prevalence")
    assert audit(ledger(files=text))[0].verdict == "supported"
    text = claim("", f'value = 999, of = "{of}"', '"trial"', kind="prevalence")
    assert audit(ledger(files=text))[0].why.startswith("It says 999, and the ledger gives")


@pytest.mark.parametrize(("value", "verdict"), [("25", "supported"), ("25.0", "supported"), ("26", "contradicted")])
def test_a_percentage_is_compared_as_it_is_rounded(ledger: Read, value: str, verdict: str) -> None:
    assert judged(ledger, 'result = "attempts"', kind="prevalence", expect=f"value = {value}").verdict == verdict


def test_not_checkable_says_what_it_would_take(ledger: Read) -> None:
    each = judged(ledger, "", kind="comparison", more='needs = "A trial of both."\nquantified = false\n')
    assert (each.verdict, each.would_take, each.unquantified) == ("not checkable", "A trial of both.", True)
    each = judged(ledger, 'region = "insula"', kind="causal")
    assert each.why == "It names a cause, and no study of the ledger reports what is said to follow."
    assert each.would_take.startswith("A randomised trial")


def test_a_cited_study_that_reports_something_narrower(ledger: Read) -> None:
    asked = f'{AMYGDALA}, scope = "all"'
    each = judged(ledger, asked, (BRAIN, f'{BRAIN}\nscope = "responders"'), kind="direction", cites='"trial"')
    assert (each.verdict, each.why) == (
        "supported with conditions",
        "What the cited study reports is not quite the same: of whom: Responders.",
    )
    assert "scope" in codes(each)


def test_a_cited_study_that_reports_a_broader_outcome(ledger: Read) -> None:
    """A suicide attempt is part of suicidality: a result on the whole is told as such."""
    replaced = ('outcome = "suicide-attempt"', 'outcome = "suicidality"')
    each = judged(ledger, 'outcome = "suicide-attempt"', replaced, kind="direction", cites='"trial"')
    assert (each.verdict, codes(each)[0]) == ("supported with conditions", "outcome")
    assert each.why == "What the cited study reports is not quite the same: outcome: Suicidal behaviour."
    replaced = ('outcome = "suicide-attempt"', 'outcome = "depression"')
    assert (
        judged(ledger, 'outcome = "suicide-attempt"', replaced, kind="direction", cites='"trial"').verdict
        == "not checkable"
    )


@pytest.mark.parametrize(
    ("replaced", "rules"),
    [
        ([(BRAIN, f'{BRAIN}\nversus = "tau"')], []),
        ([], ["no-patients-to-compare"]),
        ([('kind = "randomised"', 'kind = "pre-post"')], ["before-and-after"]),
        ([('kind = "randomised"', 'kind = "comparison"')], ["allocation-not-told", "no-patients-to-compare"]),
        ([('kind = "randomised"', 'kind = "cohort"'), (BRAIN, f'{BRAIN}\nversus = "tau"')], ["not-by-chance"]),
        ([(BRAIN, f'{BRAIN}\nversus = "tau"\nscope = "responders"')], ["chosen-by-outcome"]),
    ],
)
def test_what_can_show_a_cause(ledger: Read, replaced: list[tuple[str, str]], rules: list[str]) -> None:
    each = judged(ledger, AMYGDALA, *replaced, kind="causal")
    assert [name for name, _ in each.downgraded] == rules
    assert all(samples == ("trial",) for _, samples in each.downgraded)
    assert ("design-of-claim" in each.rules) == bool(rules)
    assert each.verdict == "supported with conditions"
    assert (codes(each)[0] == "no-cause") == bool(rules)


ROW = """
[[results]]
id = "mediates"
kind = "process"
arm = "dbt"
versus = "tau"
mediator = "mentalizing"
outcome = "severity"
direction = "decrease"
source = { document = "P", place = "Results, paragraph 4", line = 60 }
"""


@pytest.mark.parametrize(
    ("sessions", "rules"),
    [("", ["no-time-order", "mediator-not-varied"]), ("sessions = [1, 5, 5, 10]\n", ["mediator-not-varied"])],
)
def test_mediation(ledger: Read, sessions: str, rules: list[str]) -> None:
    """A randomised trial makes arms by chance, and not its mediator."""
    row = ROW.replace("direction", f"{sessions}direction", 1)
    each = judged(
        ledger, 'kind = "process"', ('[[results]]\nid = "means"', row + '[[results]]\nid = "means"'), kind="causal"
    )
    assert [name for name, _ in each.downgraded] == rules


@pytest.mark.parametrize(
    ("components", "rules"),
    [("", ["cause-not-varied"]), ('components = ["skills-training"]\n', []), ('components = ["group-therapy"]\n', ["cause-not-varied"])],
)  # fmt: skip
def test_a_component_that_the_arms_must_differ_in(ledger: Read, components: str, rules: list[str]) -> None:
    """A cause that was neither varied nor measured is not tested at all."""
    arm = ('treatment = "dbt"\n', f'treatment = "dbt"\n{components}')
    versus = (BRAIN, f'{BRAIN}\nversus = "tau"')
    each = judged(ledger, AMYGDALA, arm, versus, kind="causal", more='cause = "skills-training"\n')
    assert [name for name, _ in each.downgraded] == rules
    assert each.verdict == ("not checkable" if rules else "supported with conditions")


def test_a_cause_that_was_measured_is_an_association(ledger: Read) -> None:
    replaced = ('[[results]]\nid = "means"', ROW + '[[results]]\nid = "means"')
    each = judged(ledger, 'kind = "process"', replaced, kind="causal", more='cause = "mentalizing"\n')
    assert (each.verdict, codes(each)[0]) == ("supported with conditions", "no-cause")


def test_an_explanation_that_the_design_leaves_open(ledger: Read) -> None:
    more = 'excludes = ["before-and-after"]\n'
    each = judged(ledger, AMYGDALA, ('kind = "randomised"', 'kind = "pre-post"'), kind="causal", more=more)
    assert each.verdict == "contradicted"
    assert each.why.startswith("It says that this is ruled out, and the design leaves it open: one treated group")
    assert judged(ledger, AMYGDALA, kind="causal", more=more).verdict == "supported with conditions"


def test_each_part_of_a_claim(ledger: Read) -> None:
    asked = 'region = "amygdala,insula", direction = "decrease"'
    each = judged(ledger, asked, kind="direction", more='each = "region"\n')
    assert each.verdict == "not checkable"
    assert each.why.startswith(
        "By part: amygdala: 1 study, 28 people; insula: not checkable. The least supported part decides, insula:"
    )
    assert judged(ledger, asked, kind="direction").verdict == "supported with conditions"


def test_what_is_said_beside_the_query(ledger: Read) -> None:
    asked = f'{AMYGDALA}, hemisphere = "left", task = "reappraisal", sample = "trial", versus = "tau"'
    with_tau = (BRAIN, f'{BRAIN}\nversus = "tau"')
    part = (
        'parts = [{{ says = "that it did not fall in usual care", query = {{ arm = "{0}", region = "amygdala" }} }}]\n'
    )
    each = judged(ledger, asked, with_tau, kind="direction", more=part.format("tau"))
    assert (each.verdict, codes(each)) == ("supported with conditions", ["unshown"])
    assert each.conditions[0].says == "Not shown: that it did not fall in usual care."
    assert judged(ledger, asked, with_tau, kind="direction", more=part.format("dbt")).verdict == "supported"


def test_a_recommendation_is_never_supported(ledger: Read) -> None:
    each = judged(ledger, AMYGDALA, kind="recommendation")
    assert (each.verdict, each.why) == (
        "recommendation",
        "A recommendation, not a finding. The ledger holds 1 study of it.",
    )


def test_that_none_is_held_shows_nothing(ledger: Read) -> None:
    each = judged(ledger, 'region = "insula"', kind="gap", expect="count = 0")
    assert (each.verdict, each.why.split(",")[0]) == ("not checkable", "The ledger holds none")
    search = """id = "s"
question = "q"
included = 1
[[sources]]
name = "PubMed"
terms = "x"
date = 2020-01-01
count = 1
"""
    text = claim('region = "insula"', "count = 0", kind="gap") | {"searches/s.toml": search}
    assert audit(ledger(files=text))[0].verdict == "supported with conditions"


def test_what_is_not_told_contradicts_nothing(ledger: Read) -> None:
    asked = 'region = "amygdala", ended = "true"'
    assert judged(ledger, asked, expect="count = 1", cites='"trial"').verdict == "not checkable"
    early = (BRAIN, f"{BRAIN}\ntime = 6")
    assert judged(ledger, asked, early, expect="count = 1", cites='"trial"').verdict == "contradicted"


def test_a_settled_contradiction_is_a_condition(ledger: Read) -> None:
    text = claim(AMYGDALA, "count = 2", by="study")
    rule = "count-of-claim:c/claims.c:trial/results.amygdala"
    settled = f'[[settled]]\ncontradiction = "{rule}"\nhow = "One of them is a thesis."\nby = "me"\ndate = 2026-01-01\n'
    assert audit(ledger(files=text))[0].verdict == "contradicted"
    text["claims/Q.toml"] += settled
    each = audit(ledger(files=text))[0]
    assert "settled" in codes(each)
    assert each.verdict == "supported with conditions"


def test_choosing(ledger: Read) -> None:
    found = audit(ledger(files=claim(AMYGDALA, kind="direction")))
    for query in (
        "",
        "so",
        "document=Q",
        "verdict='supported with conditions,contradicted'",
        "condition=task",
        "study=trial",
    ):
        assert choose(found, query) == found, query
    assert choose(found, "other") == choose(found, "kind=causal") == choose(found, "downgraded=true") == ()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("verdcit=contradicted", "'verdcit' is no filter of claims. Possible: id, document"),
        (
            "verdict=wrong",
            "'wrong' is no verdict of claims. Possible: supported, supported with conditions, contradicted",
        ),
        ("says='x", "an open quote"),
    ],
)
def test_a_wrong_choice_is_told(ledger: Read, query: str, said: str) -> None:
    with pytest.raises(ProblemsFound) as raised:
        choose((), query)
    assert said in str(raised.value).replace("\n  ", " ")


def test_whether_anybody_else_reports_it(ledger: Read) -> None:
    """The trial's rows are told by P; a claim of Q has them from another, a claim of P from itself only."""
    text = claim(AMYGDALA, kind="direction")
    each = audit(ledger(files=text))[0]
    assert not each.alone
    own = {"claims/Q.toml": text["claims/Q.toml"].replace('document = "Q"', 'document = "P"')}
    each = audit(ledger(files=own))[0]
    assert each.alone
    assert "On the claiming paper's word alone" in str(each)
    assert standing_alone([each]) == (
        "The one supported rests on the claiming paper alone: nobody else's report of it is in the ledger."
    )
    assert each.as_dict()["alone"] is True
    assert choose([each], "alone=true") == (each,)


BARE = """
[[results]]
id = "named"
kind = "statement"
says = "Listed among the effective treatments."
source = { document = "P", place = "Results, paragraph 9", line = 90 }
"""


@pytest.mark.parametrize(
    ("kind", "verdict"), [("direction", "not checkable"), ("comparison", "not checkable"), ("count", "supported")]
)
def test_a_study_that_is_only_named(ledger: Read, kind: str, verdict: str) -> None:
    """It shows no effect; that there is such a study it does show."""
    replaced = ('\n[[results]]\nid = "means"', BARE + '\n[[results]]\nid = "means"')
    each = judged(ledger, 'result = "named"', replaced, kind=kind, expect="count = 1" if kind == "count" else "")
    assert each.verdict == verdict
    assert kind == "count" or each.why == "Named as evidence, and no result is told: trial."


@pytest.mark.parametrize("said", ["", 'each = "study"\n'])
def test_each_of_the_studies_named(ledger: Read, said: str) -> None:
    """A list of studies is judged study by study, each by its own rows."""
    other = TRIAL.replace('id = "trial"\nsample = "trial"', 'id = "other"\nsample = "other"', 1).replace(
        "A trial", "Another"
    )
    other = other[: other.index("[[results]]")].replace('["Family A", "Second B"]', '["Third C"]') + BARE
    files = claim('study = "trial,other"', kind="direction", cites='"trial", "other"')
    files["claims/Q.toml"] += said
    each = audit(ledger(files=files | {"studies/other.toml": other}))[0]
    assert each.verdict == "not checkable"
    assert each.why.startswith(
        "By part: trial: 1 study, 55 people; other: not checkable. The least supported part decides"
    )
