"""Two statements of one result in one file: its size, its sign, its word and its p."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forwhom.evidence import Contradiction
from forwhom.evidence.checks import check
from forwhom.evidence.checks.probability import _tests, p_of_t
from forwhom.evidence.facts import facts

Find = Callable[..., list[Contradiction]]
VALUE = 'statistic = "g"\nvalue = -0.45\nlow = -0.97\nhigh = 0.08\nsignificant = false\n'
MINE = "mean = 12.50\nsd = 4.10\nn = 28\n"
OTHER = """[[results]]
id = "means-tau"
kind = "means"
outcome = "severity"
arm = "tau"
time = 12
mean = {mean}
sd = {sd}
n = 27
source = {{ document = "P", place = "Table 2", line = 21 }}
[[results]]
id = "amygdala"
"""
EVENTS = """[[results]]
id = "attempts-tau"
kind = "events"
outcome = "suicide-attempt"
arm = "tau"
{numbers}
source = {{ document = "P", place = "Results, paragraph 1", line = 30 }}
[[results]]
id = "ratio"
kind = "effect"
outcome = "suicide-attempt"
arm = "dbt"
versus = "tau"
{effect}
source = {{ document = "P", place = "Results, paragraph 2", line = 41 }}
[[results]]
id = "amygdala"
"""
LAST = '[[results]]\nid = "amygdala"\n'
RULES = {
    "size-against-numbers", "size-differs", "word-against-significance", "word-against-p", "sign-against-word",
    "p-against-numbers", "within-paper", "text-against-table",
}  # fmt: skip


def told(found: Find, *replaced: tuple[str, str]) -> dict[str, str]:
    return {each.rule: each.says for each in found(*replaced) if each.rule in RULES}


def other(mean: str, sd: str = "4.30") -> tuple[str, str]:
    return LAST, OTHER.format(mean=mean, sd=sd)


@pytest.mark.parametrize(
    ("mean", "effect", "rule"),
    [
        ("14.40", VALUE, None),  # g by the pooled spread 0.45
        ("14.40", 'statistic = "g"\nvalue = -1.60\n', "size-against-numbers"),
        ("14.40", 'statistic = "d"\nvalue = -0.80\n', "size-differs"),
        ("14.40", 'statistic = "d"\nvalue = -0.80\nadjusted = "baseline"\n', None),
        ("14.40", 'statistic = "d"\nvalue = -0.46\n', None),  # not corrected for small samples
        ("14.40", 'statistic = "md"\nvalue = -1.9\n', None),
        ("14.40", 'statistic = "md"\nvalue = -9.1\n', "size-against-numbers"),
        ("12.60", 'statistic = "d"\nvalue = -0.15\n', "size-differs"),  # near nothing is never an opposite
    ],
)
def test_means_beside_an_effect(found: Find, mean: str, effect: str, rule: str | None) -> None:
    assert set(told(found, (VALUE, effect), other(mean))) == ({rule} if rule else set())


def test_changes_from_the_start_may_be_what_is_standardised(found: Find) -> None:
    start = OTHER.format(mean="20.00", sd="4.30").replace("time = 12", "time = 0").replace("means-tau", "tau-0")
    mine = (
        start.replace("tau-0", "dbt-0").replace('"tau"', '"dbt"').replace("20.00", "14.00").replace("n = 27", "n = 28")
    )
    effect = (VALUE, 'statistic = "d"\nvalue = 1.00\ndirection = "worse"\n')
    assert "size-differs" in told(found, effect, other("14.40"))
    assert "size-differs" not in told(found, effect, other("14.40"), (LAST, mine), (LAST, start))


@pytest.mark.parametrize(
    ("effect", "rule"),
    [
        ('statistic = "rr"\nvalue = 0.48', None),  # 7/28 against 14/27
        ('statistic = "rr"\nvalue = 0.84', "size-against-numbers"),
        ('statistic = "or"\nvalue = 0.31', None),
        ('statistic = "or"\nvalue = 0.48', "size-against-numbers"),  # the risk ratio called odds ratio
        ('statistic = "rd"\nvalue = -0.27', None),
        ('statistic = "rd"\nvalue = 27', None),
        ('statistic = "rd"\nvalue = -0.07', "size-against-numbers"),
        ('statistic = "nnt"\nvalue = 4', None),
        ('statistic = "nnt"\nvalue = 9', "size-against-numbers"),
        ('statistic = "rr"\nvalue = 0.84\nadjusted = "age"', None),
        ('statistic = "hr"\nvalue = 0.84', None),  # of time, which counts do not tell
    ],
)
def test_events_beside_an_effect(found: Find, effect: str, rule: str | None) -> None:
    rows = (LAST, EVENTS.format(numbers="events = 14\nn = 27", effect=effect))
    assert set(told(found, rows)) == ({rule} if rule else set())


def test_the_other_arm_against_this_one_is_said(found: Find) -> None:
    rows = (LAST, EVENTS.format(numbers="percent = 51.9\nn = 27", effect='statistic = "rr"\nvalue = 2.07'))
    assert "the other arm against this one" in told(found, rows)["size-against-numbers"]


AGAIN = """[[results]]
id = "attempts-again"
kind = "events"
outcome = "suicide-attempt"
arm = "dbt"
{numbers}
source = {{ document = "P", place = "{place}", line = 50 }}
[[results]]
id = "amygdala"
"""


@pytest.mark.parametrize(
    ("numbers", "place", "rule"),
    [
        ("percent = 25", "Abstract", None),
        ("percent = 32", "Abstract", "within-paper"),
        ("events = 9\nn = 28", "Table 3", "text-against-table"),
        ("events = 9\nn = 31", "Abstract", None),  # other people
        ('percent = 32\nsame_as = "attempts"', "Abstract", "within-paper"),
        ("percent = 32\ntime = 12", "Abstract", None),  # at another time
        ("events = 9\nn = 28", "Results, paragraph 4", "size-differs"),
    ],
)
def test_events_told_twice(found: Find, numbers: str, place: str, rule: str | None) -> None:
    rows = (LAST, AGAIN.format(numbers=numbers, place=place))
    assert set(told(found, rows)) == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        ('direction = "none"\nsignificant = true', "word-against-significance"),
        ('direction = "none"\nsignificant = false', None),
        ('direction = "none"\np = 0.03', "word-against-p"),
        ('direction = "none"\np = 0.03\nsignificant = false', None),  # told by the rule on effects
        ('direction = "better"\np = 0.30', "word-against-p"),
        ('direction = "better"\np = 0.03', None),
        ('direction = "better"\np = 0.05', None),
    ],
)
def test_words_beside_chance(found: Find, keys: str, rule: str | None) -> None:
    row = f'[[results]]\nid = "said"\nkind = "statement"\nsays = "x"\noutcome = "severity"\narm = "dbt"\nversus = "tau"\n{keys}\n'
    row += 'source = { document = "P", place = "Results, paragraph 5", line = 60 }\n'
    assert set(told(found, (LAST, row + LAST))) == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("effect", "rule"),
    [
        ('statistic = "g"\nvalue = -0.45\ndirection = "better"', None),
        ('statistic = "g"\nvalue = -0.45\ndirection = "worse"', "sign-against-word"),
        ('statistic = "g"\nvalue = 0.45\ndirection = "better"', "sign-against-word"),
        ('statistic = "rr"\nvalue = 0.80\ndirection = "worse"', "sign-against-word"),
        ('statistic = "md"\nvalue = -2.1\ndirection = "better"', None),
    ],
)
def test_a_word_against_the_sign(found: Find, effect: str, rule: str | None) -> None:
    assert set(told(found, (VALUE, effect + "\n"))) == ({rule} if rule else set())


def test_means_that_bear_a_word_out_settle_the_sign(found: Find) -> None:
    effect = (VALUE, 'statistic = "d"\nvalue = 0.45\ndirection = "better"\n')
    assert "sign-against-word" not in told(found, effect, other("14.40"))
    assert (
        "means of both arms"
        in told(found, (VALUE, 'statistic = "d"\nvalue = 0.45\n'), other("14.40"))["sign-against-word"]
    )


@pytest.mark.parametrize(
    ("effect", "says"),
    [
        ('statistic = "g"\nvalue = -0.45\np = 0.10', None),
        ('statistic = "g"\nvalue = -0.45\np = 0.048', "one-sided"),
        ('statistic = "g"\nvalue = -0.45\np = 0.01', "by its g"),
        ('statistic = "g"\nvalue = -0.45\np = 0.01\nadjusted = "baseline"', None),
        ('statistic = "g"\nvalue = -0.95\np = 0.001', None),  # may stand for "below"
        ('statistic = "g"\nvalue = -0.95\np = 0.04', "p is 0.04"),
        ('statistic = "g"\nvalue = -0.45\nlow = -0.97\nhigh = 0.08\np = 0.02', "by its interval"),
        ('statistic = "t"\nvalue = -2.10\np = 0.041', None),
        ('statistic = "t"\nvalue = -2.10\np = 0.004', "by its t"),
        ('statistic = "rr"\nvalue = 0.50\nlow = 0.25\nhigh = 1.00\np = 0.05', None),
        ('statistic = "rr"\nvalue = 0.50\nlow = 0.20\nhigh = 1.25\np = 0.01', "by its interval"),
        ('statistic = "g"\nvalue = -0.05\np = 0.60', None),  # nothing hangs on it
    ],
)
def test_a_printed_p(found: Find, effect: str, says: str | None) -> None:
    made = told(found, (VALUE, effect + "\n"))
    assert says is None or says in made["p-against-numbers"]
    assert says is not None or "p-against-numbers" not in made


def test_a_p_beside_means(found: Find) -> None:
    row = '[[results]]\nid = "said"\nkind = "statement"\nsays = "x"\noutcome = "severity"\narm = "dbt"\nversus = "tau"\ntime = 12\n'
    row += 'direction = "better"\np = {p}\nsource = {{ document = "P", place = "Results, paragraph 5", line = 60 }}\n'
    fine = (LAST, row.format(p="0.10") + LAST)
    low = (VALUE, 'statistic = "g"\nvalue = -0.45\n')
    assert "p-against-numbers" not in told(found, low, other("14.40"), fine)
    near = (MINE, MINE.replace("12.50", "14.00"))
    assert (
        "means and spreads"
        in told(found, low, near, other("14.40"), (LAST, row.format(p="0.02") + LAST))["p-against-numbers"]
    )


@pytest.mark.parametrize(("p", "told_"), [("0.04", False), ("0.052", False), ("0.60", True), ("0.004", True)])
def test_a_p_beside_events(found: Find, p: str, told_: bool) -> None:
    effect = f'statistic = "rr"\nvalue = 0.48\np = {p}'
    made = told(found, (LAST, EVENTS.format(numbers="events = 14\nn = 27", effect=effect)))
    assert ("events of both arms" in made.get("p-against-numbers", "")) == told_


def test_p_as_scipy_has_it() -> None:
    from scipy import stats

    table = [[7, 21], [14, 13]]
    found = [stats.chi2_contingency(table, correction=yates).pvalue for yates in (False, True)]
    assert _tests(7, 14, (28, 27)) == pytest.approx((*found, stats.fisher_exact(table).pvalue), rel=1e-9)

    assert p_of_t(2.3, 17.4) == pytest.approx(2 * stats.t.sf(2.3, 17.4), rel=1e-12)
    assert p_of_t(2.3) == pytest.approx(2 * stats.norm.sf(2.3), rel=1e-12)


def test_what_may_be_right_is_no_contradiction(ledger: Callable[..., object]) -> None:
    made = ledger((VALUE, 'statistic = "g"\nvalue = -0.45\ndirection = "worse"\n'))
    kinds = {fact.kind for fact in facts(check(made).contradictions, made)}
    assert kinds == {"to look at"}
