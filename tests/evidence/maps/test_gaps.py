"""The gap map: what carries a cell, who counts, what is left empty."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forwhom import evidence
from forwhom.evidence import Ledger
from forwhom.evidence.maps import LEVELS, Gaps, gaps

Make = Callable[..., Ledger]


@pytest.fixture(scope="module")
def shipped() -> Gaps:
    return gaps(evidence.read())


def level(ledger: Ledger, outcome: str = "bpd-severity", treatment: str = "dbt") -> str:
    return gaps(ledger).cell("bpd", treatment, outcome).level


def test_a_comparison_in_a_trial_is_randomised(ledger: Make) -> None:
    found = gaps(ledger())
    cell = found.cell("bpd", "dbt", "bpd-severity")
    assert cell.level == "randomised"
    assert cell.people is not None
    assert (cell.samples, cell.people.distinct) == (("trial",), 55)  # 28 of DBT against 27 in usual treatment
    assert found.cell("bpd", "dbt", "signs:activation").level == "change"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("minimised", "randomised"), ("non-randomised", "comparison"), ("comparison", "comparison"),
        ("not-stated", "unclear"),
    ],
)  # fmt: skip
def test_the_level_follows_the_design(ledger: Make, kind: str, expected: str) -> None:
    assert level(ledger(('kind = "randomised"', f'kind = "{kind}"'))) == expected


def test_events_of_one_arm_alone_are_change_and_of_both_a_comparison(ledger: Make) -> None:
    assert level(ledger(), "suicidality") == "change"
    both = (
        '[[results]]\nid = "difference"',
        '[[results]]\nid = "attempts-tau"\nkind = "events"\noutcome = "suicide-attempt"\narm = "tau"\nevents = 9\nn = 27\n'
        'source = { document = "P", place = "Results, paragraph 1", line = 31 }\n[[results]]\nid = "difference"',
    )
    assert level(ledger(both), "suicidality") == "randomised"


def test_a_comparison_with_healthy_people_is_change(ledger: Make) -> None:
    healthy = (
        "[[measures]]",
        '[[arms]]\nid = "hc"\nlabel = "Healthy"\nrole = "healthy"\n[[measures]]',
    )
    assert level(ledger(healthy, ('versus = "tau"', 'versus = "hc"'))) == "change"


def test_a_comparison_of_two_treatments_is_evidence_on_both(ledger: Make) -> None:
    other = ('role = "usual_care"\ncontrol = "treatment-as-usual"', 'role = "active_control"\ntreatment = "gpm"')
    found = gaps(ledger(other))
    cell = found.cell("bpd", "gpm", "bpd-severity")
    assert cell.level == "randomised"
    assert cell.people is not None
    assert cell.people.distinct == 55  # the same comparison, from its other side


def test_two_forms_of_one_treatment_are_no_comparison(ledger: Make) -> None:
    other = ('role = "usual_care"\ncontrol = "treatment-as-usual"', 'role = "treatment"\ntreatment = "dbt-skills"')
    assert level(ledger(other)) == "change"


def test_nothing_is_a_cell_too(ledger: Make) -> None:
    found = gaps(ledger())
    empty = found.cell("bpd", "dbt", "mortality")
    assert (empty.level, empty.people, empty.samples) == ("nothing", None, ())
    assert "mortality" in found.never
    assert not set(found.never) & set(found.outcomes)


def test_a_trial_without_coded_results_is_no_gap(shipped: Gaps) -> None:
    """S2, line 72 and its references: a trial of schema against transference-focused therapy, one of DBT against GPM."""
    cell = shipped.cell("bpd", "schema-therapy", "suicidality")
    assert (cell.level, cell.samples, cell.uncoded, cell.people) == (
        "uncoded", ("giesen-bloo-schema-tfp",), ("giesen-bloo-2006",), None,
    )  # fmt: skip
    assert shipped.cell("bpd", "gpm", "suicidality").uncoded == ("kramer-2017", "mcmain-2009")
    assert shipped.cell("bpd", "dbt", "suicidality").level == "uncoded"
    assert shipped.cell("bpd", "tfp", "reflective-functioning").level == "change"  # another trial tells it
    assert shipped.over("bpd", "schema-therapy").level == "uncoded"
    assert (
        shipped.cell("bpd", "schema-therapy", "signs:activation").level == "nothing"
    )  # nobody says that it was scanned
    assert shipped.cell("bpd", "ipt", "suicidality").level == "nothing"


def test_predictors_alone_are_no_trial_with_results_to_code(shipped: Gaps) -> None:
    known = {study.id for studies in shipped.uncoded.values() for study in studies}
    assert not known & {"schmitgen-2019", "perez-2010", "ruocco-2016"}


def test_an_outcome_that_something_foretells_is_not_told_as_never_reported(shipped: Gaps) -> None:
    assert not {"response", "completion", "dropout"} & set(shipped.never)


def test_the_shipped_ledger(shipped: Gaps) -> None:
    """Read from the papers: two trials of MBT on self-harm; no trial of what treatment does to the brain."""
    cell = shipped.cell("bpd", "mbt", "self-harm")
    assert (cell.level, cell.at["randomised"]) == ("randomised", ("mbt-day-hospital-trial", "mbt-outpatient-trial"))
    signs = {key: each.level for key, each in shipped.cells.items() if key[2].startswith("signs:")}
    assert "randomised" not in signs.values()
    assert signs["bpd", "dbt", "signs:volume"] == "comparison"
    assert signs["bpd", "maap", "signs:activation"] == "change"  # a trial, and no comparison of its arms is told


def test_all_outcomes_together_hold_each_row_once(shipped: Gaps) -> None:
    over = shipped.over("bpd", "mbt")
    assert over.level == "randomised"
    assert len({row.id for row in over.rows}) == len(over.rows)
    assert set(over.samples) == {"mbt-day-hospital-trial", "mbt-outpatient-trial", "bales-mbt-netherlands"}


def test_no_row_is_lost(shipped: Gaps) -> None:
    ledger = evidence.read()
    used = {row.id for cell in shipped.cells.values() for row in cell.rows}
    left = {row.id for each in shipped.left_out for row in each.rows}
    assert used | left == {row.id for row in evidence.rows(ledger)}
    assert not used & left
    assert all(set(cell.at) <= set(LEVELS) for cell in shipped.cells.values())


def test_a_query_narrows_rows_and_columns() -> None:
    found = gaps(evidence.read(), "treatment=mbt")
    assert found.outcomes
    assert {key[1] for key in found.cells} == {"mbt", "scm"}
