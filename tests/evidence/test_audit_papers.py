"""The claims of the three papers: every verdict, and every count of the review given again or shown to differ with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli

from forwhom import evidence
from forwhom.evidence import Audited, Ledger
from forwhom.evidence.audit import VERDICTS, standing_alone
from forwhom.evidence.standing import only_discussed

CODED = ("claims/s0.toml", "claims/s1.toml", "claims/s2.toml")

SUPPORTED: set[str] = set()
"""The ledger was coded from the papers themselves: what they tell of the studies is at best restated."""
RECOMMENDATIONS = {"s1-want-scans", "s1-want-dismantling", "s1-want-biomarkers", "s2-eighteen-months", "s2-independent"}
CONTRADICTED = {
    "s0-dichotomise-reliability", "s0-dichotomise-validity", "s1-abstract-completed", "s1-abstract-ifg-arousal",
    "s1-abstract-ifg-inhibition", "s1-29-completed", "s1-amygdala-two", "s1-acc-other-two", "s1-ifg-inhibition", "s1-five-scans",
    "s1-other-treatments",
}  # fmt: skip
NOT_CHECKABLE = {
    "s0-good-for-average", "s0-first-line", "s0-mostly-bpd", "s0-other-pd", "s0-other-disorder", "s0-more-ruptures", "s0-unrepaired",
    "s0-repaired", "s0-not-moderated", "s0-transtheoretical", "s0-no-manipulation", "s0-schmitt-insula", "s0-long",
    "s0-adherent-skills", "s0-adherence-cause",
    "s1-abstract-biosocial", "s1-abstract-earlier-reviews", "s1-abstract-leading", "s1-abstract-significant", "s1-intro-biosocial",
    "s1-intro-abnormalities", "s1-intro-hippocampus", "s1-intro-leading", "s1-self-injury-amygdala", "s1-acc-connectivity",
    "s1-insula-no-severity", "s1-similar", "s1-neurofeedback-alternative", "s1-psychodynamic-alternative", "s1-best-predictors",
    "s2-mortality", "s2-deterioration", "s2-features", "s2-transference-harm", "s2-outpatient-more-compelling", "s2-papers-1991",
    "s2-focus-strong", "s2-hyperactivation", "s2-all-mentalize", "s2-trust", "s2-commitment",
    "s1-unmedicated", "s1-skills-amygdala", "s1-no-other-device", "s1-infancy", "s1-amygdala-improved", "s1-pain-significant",
    "s2-range-effective", "s2-inpatient-danger", "s2-minimal-training", "s2-durability", "s2-mechanism-equivocal", "s2-mentalizing-changes",
}  # fmt: skip
"""What is in none of the three is supported with conditions."""

COUNTS = {
    "s1-abstract-nine": ("9", 9), "s1-abstract-completed": ("9", 6), "s1-abstract-ifg-arousal": ("at least 2", 1),
    "s1-abstract-ifg-inhibition": ("at least 2", 0), "s1-nine": ("9", 9), "s1-fmri": ("7", 7), "s1-fnirs": ("2", 2),
    "s1-shared-fmri": ("4", 4), "s1-shared-fnirs": ("2", 2), "s1-no-other-device": ("0", 0), "s1-responders-four": ("4", 4),
    "s1-four-of-one-trial": ("4", 4), "s1-fnirs-again": ("2", 2), "s1-amygdala-two": ("2", 3), "s1-amygdala-pain": ("1", 1),
    "s1-amygdala-pain-after": ("1", 1), "s1-acc-two": ("2", 2), "s1-acc-responders": ("2", 2), "s1-acc-other-two": ("4", 3),
    "s1-acc-volume": ("1", 1), "s1-acc-connectivity": ("1", 0), "s1-single-studies": ("at most 1", 1), "s1-insula-down": ("2", 2),
    "s1-insula-up": ("1", 1), "s1-insula-severity": ("1", 1), "s1-insula-no-severity": ("1", 1),
    "s1-occipital-no-severity": ("1", 1), "s1-ifg-three": ("3", 3), "s1-bdnf-all": ("1", 1), "s1-reappraisal-bpd": ("1", 1),
    "s1-distancing-parietal": ("1", 1), "s1-acc-null": ("1", 1), "s1-neurofeedback-transfer": ("1", 1), "s1-tfp-acc": ("1", 1),
    "s1-tfp-dorsal-prefrontal": ("1", 1), "s1-tfp-ventral": ("1", 1), "s1-two-small": ("2", 2), "s1-two-patients": ("4", 4),
    "s1-predictors": ("3", 3), "s1-completers": ("1", 1), "s1-self-harm-before": ("1", 1), "s1-sert": ("1", 1),
    "s1-tfp-predictors": ("1", 1), "s1-methylation-healthy": ("1", 1), "s1-methylation-responders": ("1", 1),
    "s1-infancy": ("0", 0), "s1-majority-pre-post": ("at least 5", 8), "s1-twelve-weeks": ("at least 2", 5),
    "s1-other-treatments": ("3", 0), "s1-neurofeedback-several": ("at least 2", 2), "s1-psychodynamic-handful": ("at least 3", 3),
}  # fmt: skip
"""As the review says, and as the rows give."""

DIFFERS = {
    "s1-abstract-completed": (
        "2 do not: rodrigo-2015 (measured before the treatment ended), ruocco-2016",
        "of 1 it is not told: schnell-herpertz-2007",
    ),
    "s1-abstract-ifg-arousal": ("the rows give 1: schnell-herpertz-2007",),
    "s1-abstract-ifg-inhibition": ("rodrigo-2015 reports decrease",),
    "s1-amygdala-two": ("1 more: schmitt-2016 (responders compared with non-responders)",),
    "s1-other-treatments": ("3 do not: schulze-2011 (role: patients)",),
    "s1-acc-other-two": ("the rows give 3: schmitt-2016, schnell-herpertz-2007, winter-2016",),
    "s1-acc-connectivity": ("Told of niedtfeld-2017 where it is claimed, and by no report of results",),
    "s1-insula-no-severity": ("Told of farres-2019 where it is claimed, and by no report of results",),
}  # fmt: skip
"""Why a count of the review differs."""

NUMBERS = {
    "s1-scans-five": 5, "s1-patients-six": 6, "s1-18-remained": 18, "s1-29-began": 29, "s1-bdnf-weeks": 4,
    "s1-neurofeedback-days": 4, "s1-methylation-weeks": 12, "s0-kramer-number": 57, "s0-kramer-sessions": 10,
    "s0-euler-weeks": 20, "s2-first-trial-44": 44, "s2-second-trial-134": 134,
    "s2-second-trial-71": 71, "s2-second-trial-63": 63, "s2-episodes-mbt": 23, "s2-episodes-scm": 57, "s2-cassel-number": 297,
    "s2-cassel-inpatients": 120, "s2-cassel-community": 113, "s2-cassel-usual": 64,
}  # fmt: skip


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return evidence.read()


@pytest.fixture(scope="module")
def found(ledger: Ledger) -> dict[str, Audited]:
    return {each.claim.id: each for each in evidence.audit(ledger)}


def test_every_claim_of_the_papers_has_its_verdict(found: dict[str, Audited]) -> None:
    coded = {name: each.verdict for name, each in found.items() if each.claim.file in CODED}
    expected = {
        name: "supported"
        if name in SUPPORTED
        else "contradicted"
        if name in CONTRADICTED
        else "not checkable"
        if name in NOT_CHECKABLE
        else "recommendation"
        if name in RECOMMENDATIONS
        else "supported with conditions"
        for name in coded
    }
    assert coded == expected
    assert set(coded) >= SUPPORTED | CONTRADICTED | NOT_CHECKABLE
    assert len(coded) >= 180


def test_every_count_of_the_review(found: dict[str, Audited]) -> None:
    """The whole list: reproduced, or different with the reason."""
    counts = {
        name: (each.expected, each.found)
        for name, each in found.items()
        if each.claim.document == "S1" and each.reproduced is not None
    }
    assert counts == COUNTS
    assert {name for name in counts if found[name].reproduced is False} == set(DIFFERS)
    for name, reasons in DIFFERS.items():
        assert [each for each in reasons if each not in found[name].why] == [], found[name].why


def test_counts_by_hand(found: dict[str, Audited]) -> None:
    """A reader's counts in the text of the review, kept in validation/evidence_claims/."""
    by_hand = tomli.loads((Path(__file__).parents[2] / "validation/evidence_claims/by_hand.toml").read_text("utf-8"))
    samples, people = by_hand.pop("samples"), by_hand.pop("people")
    assert {name: hand["counted"] for name, hand in by_hand.items()} == {name: found[name].found for name in by_hand}
    assert (samples["counted"], people["counted"]) == (found["s1-nine"].samples, found["s1-nine"].people)


def test_numbers_of_the_papers_are_given_by_the_ledger(found: dict[str, Audited]) -> None:
    for name, number in NUMBERS.items():
        each = found[name]
        assert (each.claim.expect["value"], each.verdict.startswith("supported")) == (number, True), name
    contrary = {name for name, each in found.items() if "value" in each.claim.expect and each.verdict == "contradicted"}
    assert contrary == {"s0-dichotomise-reliability", "s0-dichotomise-validity", "s1-29-completed"}
    assert found["s0-dichotomise-reliability"].why.startswith("It says 15, and the ledger gives about 13.")


def test_audit_and_check_agree(ledger: Ledger, found: dict[str, Audited]) -> None:
    """What a rule finds of a claim is in its verdict, and no claim is contradicted without a rule."""
    allowed = {
        "count-of-claim": {"contradicted", "not checkable"},
        "value-of-claim": {"contradicted"},
        "direction-of-claim": {"contradicted", "supported with conditions"},
        "citation-without-result": {"contradicted", "supported with conditions", "not checkable"},
        "citation-of-another": {"contradicted", "supported with conditions", "not checkable"},
        "nothing-behind-claim": {"not checkable"},
        "design-of-claim": {"supported with conditions", "not checkable", "contradicted"},
    }
    named: dict[str, set[str]] = {}
    for each in evidence.check(ledger).contradictions:
        mine = found.get(each.places[0].of)
        if (
            mine
            and mine.verdict != "recommendation"
            and each.places[0].key.startswith("claims.")
            and each.status == "open"
        ):
            named.setdefault(each.places[0].of, set()).add(each.rule)
    for name, rules in named.items():
        assert set(found[name].rules) == rules
        assert all(found[name].verdict in allowed[rule] for rule in rules), name
    contradicted = {name for name, each in found.items() if each.verdict == "contradicted"}
    assert contradicted <= {
        name for name, rules in named.items() if rules & {"count-of-claim", "value-of-claim", "direction-of-claim"}
    } | {"s1-five-scans"}


def test_causes_are_read_as_what_goes_together(found: dict[str, Audited]) -> None:
    """No study of the ledger's brain could carry a cause; each claim says by which rule, and of which sample."""
    downgraded = {name: dict(each.downgraded) for name, each in found.items() if each.downgraded}
    assert set(downgraded) == {
        "s0-kramer", "s1-intro-influence", "s1-five-scans", "s1-unmedicated", "s1-skills-amygdala", "s1-structure",
        "s1-ifg-altered", "s1-methylation", "s1-directly", "s2-inpatient-danger", "s2-minimal-training",
    }  # fmt: skip
    assert downgraded["s1-skills-amygdala"]["cause-not-varied"] == ("dbt-inpatient-fmri",)
    assert downgraded["s0-kramer"]["mediator-not-varied"] == ("kramer-gpm-motr",)
    assert "no-time-order" not in downgraded["s0-kramer"]
    assert set(downgraded["s1-intro-influence"]["before-and-after"]) == {
        "goodman-dbt-outpatient", "dbt-outpatient-fnirs", "schnell-dbt-inpatient",
    }  # fmt: skip
    # The trial of outpatient MBT is randomised; what is named as the cause was the same in both arms.
    assert list(downgraded["s2-minimal-training"]) == ["cause-not-varied"]
    causal = [each for each in found.values() if each.claim.kind == "causal"]
    assert all(each.downgraded or each.verdict == "not checkable" for each in causal)


def test_a_state_before_treatment_is_no_evidence_of_its_influence(found: dict[str, Audited]) -> None:
    for name in ("s1-fmri", "s1-nine", "s1-intro-influence"):
        assert "amygdala-pain-before" not in {row.result for row in found[name].rows}
    assert {row.result for row in found["s1-amygdala-pain"].rows} == {"amygdala-pain-before"}


def test_a_concluded_sign_is_told_as_one(found: dict[str, Audited]) -> None:
    """S1, lines 346-352: a deactivation before treatment, none after; no test of the change is told."""
    after = found["s1-amygdala-pain-after"]
    assert after.verdict != "supported"
    assert "loss of a deactivation (concluded, not tested)" in after.rows[0].said
    assert "concluded" in {condition.code for condition in after.conditions}


def test_what_only_the_discussion_tells_supports_nothing(ledger: Ledger, found: dict[str, Audited]) -> None:
    """The same rows that the map leaves out (lines 492-495 and 514-516)."""
    only = {row.id for row in only_discussed(ledger)}
    behind = {f"{row.study}/{row.result}" for each in found.values() for row in each.rows if row.side == "for"}
    assert only
    assert not only & behind


@pytest.mark.parametrize(
    ("name", "people", "at_least"),
    [
        ("s2-two-trials", 178, False),  # S2, lines 264 and 268: 44 and 134 randomised
        ("s2-both-by-developers", 178, False),
        ("s2-secondary", 134, False),
        ("s2-episodes", 134, False),
        ("s2-cassel-inpatient", 233, False),  # 120 and 113
        ("s2-cassel-mau", 64, True),  # with whom it is compared is not told
        ("s1-completers", 29, True),  # S1, lines 424-427 and 640-645: 29 began; those who never began are not counted
        ("s1-non-completers", 29, True),
    ],
)
def test_people_behind_a_claim(found: dict[str, Audited], name: str, people: int, at_least: bool) -> None:
    assert (found[name].people, found[name].at_least) == (people, at_least)
    assert not at_least or "at least" in found[name].why


def test_samples_that_may_be_one_are_told_as_a_range(found: dict[str, Audited]) -> None:
    """Both studies of neurofeedback: authors, disorder and treatment in common, and S1 does not tell them apart."""
    made = next(each for each in found.values() if (each.samples_least, each.samples) == (1, 2))
    assert {row.sample for row in made.rows if row.side == "for"} == {"paret-2016-sample", "zaehringer-2019-sample"}


def test_counts_are_of_samples(found: dict[str, Audited]) -> None:
    nine = found["s1-nine"]
    assert (nine.studies, nine.samples, nine.people) == (9, 5, 108)
    said = {condition.code: condition.says for condition in found["s1-acc-responders"].conditions}
    assert said["shared-people"] == "2 studies of 1 independent sample."


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("s1-abstract-amygdala", "scope", "Not shown for everybody treated in 2 of 3 studies"),
        (
            "s1-abstract-amygdala",
            "other-results",
            "Not everywhere: niedtfeld-2017 reports loss of a deactivation (concluded, not tested).",
        ),
        (
            "s1-abstract-amygdala",
            "comparator",
            "Compared with healthy people, not with patients without the treatment.",
        ),
        ("s1-ifg-arousal", "scope", "Shown for responders only, not for everybody treated."),
        ("s1-ifg-arousal", "hemisphere", "On the right side only."),
        ("s1-amygdala-responders", "cited-without", "It cites goodman-2014, which is not told to report it"),
        ("s1-amygdala-responders", "few-people", "4 people behind it."),
        ("s1-distancing-acc", "cited-without", "It cites lang-2012, which is not told to report it"),
        ("s1-acc-null", "not-found", "No difference was found; without an interval"),
        ("s1-nine", "search", "What it rests on was found by a search that cannot be repeated."),
        ("s1-completers", "never-began", "rodrigo-2015: how many are compared is not told: 29 began"),
        ("s1-non-completers-again", "never-began", "of those who never began no number is told."),
        ("s1-single-studies", "ledger-only", "As far as the "),
        ("s1-fmri", "other-measure", "mancke-2018 reports grey matter volume only."),
        (
            "s1-ifg-three",
            "part-of-region",
            "farres-2019 reports inferior frontal operculum: with what is part of the region the count is 4.",
        ),
        ("s1-18-remained", "own-words", "Second-hand"),
        ("s1-responders-four", "own-words", "Second-hand"),
        ("s1-acc-volume", "own-account", "Restated: the ledger has it from S1 alone."),
        ("s1-shared-fmri", "own-account", "Restated"),
        ("s0-schmitt-dlpfc", "unshown", "Not shown: the comparison with untreated patients."),
        ("s1-insula-down", "task", "The tasks differ: "),
        ("s0-schmitt-dlpfc", "comparator", "Responders compared with non-responders"),
        ("s2-day-hospital-depression", "developers", "Only from studies by those who developed the treatment."),
        ("s2-day-hospital-depression", "own-words", "Second-hand: the ledger has it only from S2 itself"),
        ("s2-costs", "no-number", "Told in words"),
        ("s2-cassel-inpatient", "not-by-chance", "Arms not randomised: cohort."),
    ],
)
def test_conditions(found: dict[str, Audited], name: str, code: str, says: str) -> None:
    said = {condition.code: condition.says for condition in found[name].conditions}
    assert says in said[code]


@pytest.mark.parametrize(("document", "supported", "alone"), [("S0", 18, 12), ("S1", 82, 82), ("S2", 33, 33)])
def test_how_many_rest_on_the_claiming_paper_alone(
    found: dict[str, Audited], document: str, supported: int, alone: int
) -> None:
    """Only six claims, of S0 on one trial, are told by another paper too (S1)."""
    mine = [each for each in found.values() if each.claim.document == document]
    assert sum(each.verdict.startswith("supported") for each in mine) == supported
    assert sum(each.alone for each in mine) == alone
    told = {"own-words", "own-account"}
    for each in (each for each in mine if each.alone):
        assert told & {condition.code for condition in each.conditions} or not each.rows, each.claim.id
    assert standing_alone(mine).startswith(
        f"All {alone}" if alone == supported else f"Of the {supported} supported, {alone} "
    )


def test_to_name_a_trial_is_no_result(found: dict[str, Audited]) -> None:
    """S2, line 72, lists six studies as evidence that treatments work; of five nothing more is told."""
    each = found["s2-range-effective"]
    assert each.verdict == "not checkable"
    assert each.why.endswith("Named as evidence, and no result is told: davidson-2006.")


def test_every_verdict_can_be_followed(found: dict[str, Audited]) -> None:
    for each in found.values():
        assert each.verdict in VERDICTS
        assert each.why
        assert bool(each.would_take) == (each.verdict == "not checkable" or bool(each.downgraded)), each.claim.id
        assert each.unquantified == (each.claim.quantified is False)
        supported = each.verdict.startswith("supported")
        assert (not each.conditions) or supported
        assert bool(each.conditions) == (each.verdict == "supported with conditions")
        if supported and each.found != 0:
            assert [row for row in each.rows if row.side == "for"], each.claim.id
        assert each.claim.id in str(each)
    assert "for     schmitt-2016: 19 more" in str(found["s1-nine"])


def test_a_compound_claim_has_the_count_of_its_least_supported_part(found: dict[str, Audited]) -> None:
    each = found["s1-directly"]
    assert (each.studies, each.people) == (1, 4)
    assert (
        "posterior cingulate cortex: 1 study, 6 people; hippocampus: 1 study, 4 people; frontal lobe: 5 studies"
        in each.why
    )
    assert "The least supported part decides, hippocampus" in each.why


def test_the_word_alone_is_shown_by_rows(found: dict[str, Audited]) -> None:
    assert "amygdala-dmpfc-nssp" in [row.result for row in found["s0-maap-connectivity"].rows]
    assert {"reflective-functioning-supportive", "reflective-functioning-dbt"} <= {
        row.result for row in found["s2-tfp-only"].rows
    }


def test_every_domain_of_the_thesis_is_claimed(found: dict[str, Audited]) -> None:
    assert sum(name.startswith("s1-domain-") for name in found) == 10
    assert all(
        each.verdict == "supported with conditions" for name, each in found.items() if name.startswith("s1-domain-")
    )
