"""Counting by independent sample: what is one, what differs, what is kept apart, what is not counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom import evidence
from forwhom.evidence import Ledger
from forwhom.evidence.maps import APART, DISCUSSED, KINDS, Line, Map, counted, package
from forwhom.evidence.maps.words import direction_of
from forwhom.evidence.standing import concluded
from forwhom.problems import ProblemsFound

Make = Callable[..., Ledger]

STUDY = """
id = "{id}"
sample = "{sample}"
[citation]
authors = ["Other {id}"]
year = 2021
title = "The study {id}"
[design]
kind = "pre-post"
[population]
disorder = ["bpd"]
[[arms]]
id = "dbt"
label = "DBT"
role = "treatment"
treatment = "{treatment}"
n = {n}
[[arms]]
id = "hc"
label = "Healthy"
role = "healthy"
"""
ROW = """
[[results]]
id = "{id}"
kind = "{kind}"
{keys}
source = {{ document = "P", place = "{place}", line = 3 }}
"""


def row(name: str, direction: str = "decrease", *, kind: str = "brain", place: str = "Results", **keys: object) -> str:
    """A result: amygdala in fMRI unless told otherwise; a key of None is left out."""
    given: dict[str, object] = {"arm": "dbt", "direction": direction}
    given |= {"modality": "bold", "region": "amygdala"} if kind in ("brain", "prediction") else {}
    given |= keys
    lines = [
        f"{key} = {str(value).lower() if isinstance(value, int) else repr(str(value))}"
        for key, value in given.items()
        if value is not None
    ]
    return ROW.format(id=name, kind=kind, keys="\n".join(lines).replace("'", '"'), place=place)


def study(name: str, *rows: str, sample: str = "", treatment: str = "dbt", n: int = 10) -> dict[str, str]:
    text = STUDY.format(id=name, sample=sample or name, treatment=treatment, n=n) + "".join(rows)
    return {f"studies/{name}.toml": text}


def only(found: Map, **keys: object) -> Line:
    lines = [line for line in found.lines if all(getattr(line, key) == value for key, value in keys.items())]
    assert len(lines) == 1, [(line.place, line.scope, line.contrast) for line in lines]
    return lines[0]


QUERY = "STUDIES"


def mapped(ledger: Make, *files: dict[str, str], query: str = QUERY, **more: object) -> Map:
    together = {name: text for each in files for name, text in each.items()}
    names = ",".join(name.removeprefix("studies/").removesuffix(".toml") for name in together)
    return counted(ledger(files=together), query.replace(QUERY, f"study={names}"), **more)


def test_studies_of_one_sample_are_one(ledger: Make) -> None:
    files = study("a", row("x"), sample="one"), study("b", row("x"), sample="one", n=14), study("c", row("x"))
    line = only(mapped(ledger, *files))
    assert [(mark.unit, mark.studies, mark.n) for mark in line.marks] == [("one", ("a", "b"), 14), ("c", ("c",), 10)]
    assert line.count("decrease") == 2
    assert only(mapped(ledger, *files, by="study")).count("decrease") == 3


def test_a_sample_that_disagrees_with_itself_counts_for_no_side_and_says_by_what(ledger: Make) -> None:
    files = (
        study("a", row("x", task="reappraisal"), sample="one"),
        study("b", row("x", "increase", task="n-back"), sample="one"),
    )
    line = only(mapped(ledger, *files))
    assert [line.count(each) for each in ("increase", "decrease", "none", "mixed")] == [0, 0, 0, 1]
    assert line.marks[0].differ_by == ("study", "task")
    assert {each.task: each.marks[0].direction for each in mapped(ledger, *files, apart=("task",)).lines} == {
        "reappraisal": "decrease",
        "n-back": "increase",
    }


def test_sides_are_kept_and_may_separate(ledger: Make) -> None:
    files = study("a", row("x", hemisphere="left"), row("y", "increase", hemisphere="right"))
    mark = only(mapped(ledger, files)).marks[0]
    assert (mark.direction, mark.differ_by, mark.sides) == ("mixed", ("side",), ("left", "right"))
    assert [line.side for line in mapped(ledger, files, apart=APART).lines] == ["left", "right"]


def test_a_difference_that_nothing_stated_explains(ledger: Make) -> None:
    mark = only(mapped(ledger, study("a", row("x"), row("y", "none")))).marks[0]
    assert (mark.direction, mark.differ_by) == ("mixed", ())


def test_activation_volume_and_connectivity_never_mix(ledger: Make) -> None:
    rows = (
        row("x"), row("f", modality="fnirs"), row("v", "increase", modality="volume"),
        row("c", "increase", modality="connectivity", region=None, seed="amygdala", target="acc"),
    )  # fmt: skip
    found = mapped(ledger, study("a", *rows), apart=())
    assert [(line.place.modality, line.place.ids, len(line.marks[0].rows)) for line in found.lines] == [
        ("activation", ("amygdala",), 2),
        ("volume", ("amygdala",), 1),
        ("connectivity", ("acc", "amygdala"), 1),
    ]


def test_responders_and_contrasts_are_apart(ledger: Make) -> None:
    rows = (
        row("x"), row("r", scope="responders"), row("h", versus="hc"), row("l", "none", versus="hc", contrast="level after treatment"),
        row("o", scope="responders-vs-non-responders"),
    )  # fmt: skip
    found = mapped(ledger, study("a", *rows))
    assert {(line.scope, line.contrast) for line in found.lines} == {
        ("all", "time"), ("responders", "time"), ("all", "healthy"), ("all", "level"), ("responders", "others"),
    }  # fmt: skip
    together = mapped(ledger, study("a", *rows), apart=("scope",))
    assert {(line.scope, line.contrast) for line in together.lines} == {
        ("all", ""),
        ("responders", ""),
        ("all", "level"),
    }


def test_both_ends_of_a_connection_are_one_place_in_any_order(ledger: Make) -> None:
    def ends(seed: str, target: str) -> str:
        return row("x", "increase", modality="connectivity", region=None, seed=seed, target=target)

    found = mapped(ledger, study("a", ends("amygdala", "acc")), study("b", ends("acc", "amygdala")))
    assert only(found).count("increase") == 2


def test_parents_roll_up_and_keep_the_region_behind(ledger: Make) -> None:
    rows = row("x", region="caudal-acc"), row("y", "increase", region="rostral-acc")
    found = mapped(ledger, study("a", *rows), parents=True)
    by_place = {line.place.ids[0]: line.marks[0] for line in found.lines}
    assert by_place["caudal-acc"].direction == "decrease"
    assert by_place["acc"].direction == "mixed"
    assert by_place["acc"].differ_by == ("region",)
    assert {row.result.region for row in by_place["acc"].rows} == {"caudal-acc", "rostral-acc"}
    assert found.parents
    assert set(by_place) == {"caudal-acc", "rostral-acc", "acc"}  # dorsal ACC and cingulate would only repeat them


def test_wholes_are_counted_without_being_asked_for_and_once(ledger: Make) -> None:
    """The vocabulary calls the anterior cingulate a whole, the dorsal part too; the cingulate is none."""
    files = (
        study("a", row("x", region="caudal-acc")),
        study("b", row("x", region="rostral-acc"), row("y", region="pcc")),
    )
    found = mapped(ledger, *files, parents="wholes")
    assert [line.place.ids[0] for line in found.lines] == ["acc", "caudal-acc", "rostral-acc", "pcc"]
    assert found.label(found.lines[0].place) == "Anterior cingulate cortex with its parts"
    assert found.label(found.lines[1].place) == "Caudal anterior cingulate cortex"
    assert found.lines[0].count("decrease") == 2
    assert [line.place.ids[0] for line in mapped(ledger, *files).lines] == ["caudal-acc", "rostral-acc", "pcc"]


# ── what does not count, or not as two ───────────────────────────────────────────────────────────


def test_a_concluded_sign_is_a_class_of_its_own_and_never_a_direction(ledger: Make) -> None:
    before, after = row("b", time=0), row("x", "increase", computed=True)
    line = only(mapped(ledger, study("a", before, after)))
    assert [line.count(each) for each in ("increase", "decrease", "mixed", "concluded")] == [0, 0, 0, 1]
    tested = only(mapped(ledger, study("a", before, after, row("y", "none"))))
    assert (tested.marks[0].direction, tested.marks[0].differ_by) == ("none", ())


def test_what_only_a_discussion_tells_is_left_out(ledger: Make) -> None:
    rows = row("x"), row("new", "increase", place="Discussion", region="insula"), row("again", place="Discussion")
    found = mapped(ledger, study("a", *rows))
    assert [line.place.ids for line in found.lines] == [("amygdala",)]
    assert [(each.why, [row.result.id for row in each.rows]) for each in found.left_out] == [(DISCUSSED, ["new"])]
    assert len(mapped(ledger, study("a", *rows), query=f"{QUERY} part=discussion").lines) == 2


def test_samples_that_may_be_one_never_count_as_two(ledger: Make) -> None:
    files = [study(name, row("x")) for name in "abc"]
    alike = [
        {name: text.replace(f'["Other {key}"]', '["First A", "Second B"]') for name, text in each.items()}
        for key, each in zip("ab", files, strict=False)
    ]
    assert only(mapped(ledger, *files)).how_many("decrease") == "3"
    line = only(mapped(ledger, *alike, files[2]))
    assert (line.count("decrease"), line.most("decrease"), line.how_many("decrease")) == (2, 3, "2 to 3")
    told = [{name: 'separate = ["b"]\n' + text for name, text in alike[0].items()}, *alike[1:], files[2]]
    assert only(mapped(ledger, *told)).how_many("decrease") == "3"
    assert only(mapped(ledger, *alike, files[2], by="study")).how_many("decrease") == "3"


def test_no_change_is_not_the_same_as_not_reported(ledger: Make) -> None:
    files = study("a", row("x", "none")), study("b", row("x", region="insula"))
    found = mapped(ledger, *files)
    amygdala = next(line for line in found.lines if line.place.ids == ("amygdala",))
    assert (amygdala.count("none"), amygdala.reported, found.silent(amygdala)) == (1, ("a",), ("b",))


def test_the_denominator_is_not_narrowed_by_the_region_asked_for(ledger: Make) -> None:
    files = study("a", row("x")), study("b", row("x", region="insula")), study("c", row("x", modality="volume"))
    found = mapped(ledger, *files, query=f"{QUERY} region=amygdala modality=bold")
    assert [line.place.ids for line in found.lines] == [("amygdala",)]
    assert found.measured == {("activation", "dbt"): ("a", "b")}


def test_a_result_stated_twice_counts_once_and_its_other_side_is_told(ledger: Make) -> None:
    rows = (
        row("x", hemisphere="left"), row("again", place="Discussion", same_as="x"),
        row("turned", "increase", place="Abstract", same_as="again"),
        row("side", place="Discussion", same_as="x", hemisphere="right"),
    )  # fmt: skip
    mark = only(mapped(ledger, study("a", *rows))).marks[0]
    assert mark.direction == "decrease"
    assert [each.result.id for each in mark.rows] == ["x"]
    assert len(mark.again) == 3
    assert {each.result.id for each in mark.otherwise} == {"turned", "side"}


def test_a_restatement_does_not_stand_for_a_result_the_query_leaves_out(ledger: Make) -> None:
    rows = row("x", scope="responders"), row("again", place="Discussion", same_as="x", scope="all")
    found = mapped(ledger, study("a", *rows), query=f"{QUERY} scope=all")
    assert found.lines == ()
    assert [(each.why, len(each.rows)) for each in found.left_out] == [
        ("that state again a result which is not asked for", 1)
    ]
    asked = mapped(ledger, study("a", *rows), query=f"{QUERY} part=discussion")
    assert only(asked).scope == "all"


def test_what_is_not_counted_is_told_with_the_reason(ledger: Make) -> None:
    rows = row("h", arm="hc"), row("b", time=0), row("x")
    found = mapped(ledger, study("a", *rows))
    assert only(found).count("decrease") == 1
    assert sorted((each.why.split(":")[0], len(each.rows)) for each in found.left_out) == [
        ("measured before treatment", 1),
        ("of groups without a treatment", 1),
    ]


def test_reviews_and_drafts_are_no_samples(ledger: Make) -> None:
    review = study("a", row("x"))
    review = {name: text.replace('"pre-post"', '"meta-analysis"') for name, text in review.items()}
    draft = {name: "draft = true\n" + text for name, text in study("b", row("x")).items()}
    found = mapped(ledger, review, draft, query=QUERY)
    assert found.lines == ()
    assert [each.why for each in found.left_out] == ["of reviews, which are no sample of their own"]


def test_treatments_are_counted_as_packages(ledger: Make) -> None:
    files = study("a", row("x"), treatment="dbt-mindfulness"), study("b", row("x"))
    assert only(mapped(ledger, *files)).treatment == "dbt"
    shipped = evidence.read()
    packages = {
        each: package(each, shipped) for each in ("mbt-day-hospital", "gpm-motr", "psychodynamic-family", "nssp")
    }
    assert packages == {
        "mbt-day-hospital": "mbt", "gpm-motr": "gpm", "psychodynamic-family": "psychodynamic-family", "nssp": "supportive",
    }  # fmt: skip


def test_predictors_are_by_outcome_and_may_lack_a_direction(ledger: Make) -> None:
    rows = (
        row("x", "higher", kind="prediction", outcome="dropout"),
        row("y", "lower", kind="prediction", outcome="completion"),
        row("z", kind="prediction", outcome="response", direction=None),
        row("late", "higher", kind="prediction", outcome="dropout", time=6),
        row(
            "clinical", "higher", kind="prediction", outcome="dropout", region=None, modality=None, predictor="Severity"
        ),
    )
    found = mapped(ledger, study("a", *rows), of="predictors")
    lines = {(line.place.label, line.outcome): line.marks[0].direction for line in found.lines}
    assert lines == {
        ("Amygdala", "completion"): "lower",  # told from both sides: one result
        ("Amygdala", "response"): "not stated",
        ("Severity", "completion"): "lower",  # higher in those who dropped out
    }
    assert only(found, outcome="completion", place=found.lines[0].place).count("lower") == 1
    assert [each.why for each in found.left_out] == ["measured after treatment began"]


# ── bad rows ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("bad", "code", "column"),
    [
        (row("x", region="amigdala"), "unknown-word", "region"),
        (row("x", direction=None), "missing-key", "direction"),
        (row("x", "sideways"), "wrong-value", "direction"),
        (row("x", hemisphere="leftish"), "wrong-value", "hemisphere"),
        (row("x", region=None), "missing-key", "[[results]] x"),
        (row("x", region=None, modality="connectivity"), "missing-key", "[[results]] x"),
    ],
)
def test_bad_rows_are_told_before_anything_is_counted(ledger: Make, bad: str, code: str, column: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        ledger(files=study("a", bad))
    told = [(problem.code, problem.column) for problem in found.value.problems]
    assert any(each == code and column in (where or "") for each, where in told), told


def test_an_unknown_word_in_the_query_is_told(ledger: Make) -> None:
    with pytest.raises(ProblemsFound, match="amigdala"):
        mapped(ledger, study("a", row("x")), query="region=amigdala")


@pytest.mark.parametrize("wrong", [{"of": "regions"}, {"by": "paper"}, {"apart": ("modality",)}])
def test_wrong_arguments_are_refused(ledger: Make, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="of is one of"):
        mapped(ledger, study("a", row("x")), **wrong)


# ── properties ───────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=12, deadline=None)
@given(
    of=st.sampled_from(list(KINDS)),
    parents=st.sampled_from([False, True, "wholes"]),
    apart=st.sets(st.sampled_from(APART)),
)
def test_no_row_is_lost_and_every_mark_counts_once(of: str, parents: bool | str, apart: set[str]) -> None:
    shipped = _shipped()
    found = counted(shipped, of=of, parents=parents, apart=tuple(sorted(apart)))
    used = {row.id for line in found.lines for mark in line.marks for row in (*mark.rows, *mark.again)}
    left = {row.id for each in found.left_out for row in each.rows}
    kind = KINDS[of]
    every = {row.id for row in evidence.rows(shipped) if row.result.kind == kind}
    assert used | left == every
    assert not used & left
    for line in found.lines:
        assert len({mark.unit for mark in line.marks}) == len(line.marks) <= len(line.reported)
        for mark in line.marks:
            directions = {direction_of(row) for row in mark.rows if not concluded(row)}
            assert (mark.direction == "mixed") == (len(directions) > 1)


_LEDGERS: list[Ledger] = []


def _shipped() -> Ledger:
    if not _LEDGERS:
        _LEDGERS.append(evidence.read())
    return _LEDGERS[0]
