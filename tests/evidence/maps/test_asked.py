"""By which device and with which task: nothing is summed without being told apart, and denominators follow what was asked."""

from __future__ import annotations

import pytest
from evidence.maps.test_counting import Make, mapped, only, row, study

from forwhom import evidence
from forwhom.evidence.maps import DIRECTIONS, OTHERS, Line, Map, counted, parts
from forwhom.evidence.maps.asked import asked, device_counts, part_words
from forwhom.evidence.maps.plain import map_lines, plain_map


def told(found: Map, line: int = 0) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(part.device, part.task): tuple(mark.direction for mark in part.marks) for part in parts(found)[line]}


def test_devices_and_tasks_are_apart_below_a_line_that_holds_both(ledger: Make) -> None:
    files = study("a", row("x", task="n-back")), study("b", row("x", modality="fnirs", task="go-no-go"))
    read = mapped(ledger, *files)
    assert only(read).count("decrease") == 2
    assert told(read) == {("bold", "n-back"): ("decrease",), ("fnirs", "go-no-go"): ("decrease",)}
    assert [(part.reported, asked(read, part)) for part in parts(read)[0]] == [(("a",), ("a",)), (("b",), ("b",))]


def test_a_sample_that_differs_by_task_agrees_with_itself_in_each(ledger: Make) -> None:
    rows = row("x", task="n-back"), row("y", "increase", task="reappraisal"), row("z", "increase")
    read = mapped(ledger, study("a", *rows))
    assert only(read).marks[0].direction == "mixed"
    assert told(read) == {
        ("bold", "n-back"): ("decrease",),
        ("bold", "reappraisal"): ("increase",),
        ("bold", ""): ("increase",),
    }


def test_what_is_not_told_is_said_to_be_so_and_a_volume_has_no_task(ledger: Make) -> None:
    files = (
        study("a", row("x", modality="activation"), row("s", modality="volume", task="structural-scan")),
        study("b", row("x", task="n-back"), row("s", modality="volume")),
    )
    together = {name: text for each in files for name, text in each.items()}
    read = ledger(files=together)
    found = counted(read, "study=a,b")
    words = {part_words(part, found, read) for each in parts(found) for part in each}
    assert words == {"device not told, task not told", "fMRI, n-back", ""}
    heads = [line for line in map_lines(found, read) if not line.startswith(" ")]
    assert heads == [
        "Activation (device not told 1, fMRI 1 samples; lines hold all, and say which)",
        "Grey matter volume",
    ]


@pytest.mark.parametrize(
    ("query", "reported", "every"),
    [
        ("", 2, 4),
        ("task=n-back", 1, 2),
        ("task=cognitive-task", 1, 2),
        ("task!=n-back", 1, 1),
        ("modality=fnirs", 1, 1),
        ("modality=activation", 2, 4),
        ("scope=all", 2, 4),
        ("direction=decrease", 2, 4),
        ("hemisphere=left", 2, 4),
    ],
)
def test_a_filter_on_how_was_asked_narrows_the_denominator_one_on_the_finding_does_not(
    ledger: Make, query: str, reported: int, every: int
) -> None:
    files = (
        study("a", row("x", task="n-back", hemisphere="left")),
        study("b", row("x", region="insula", task="n-back")),
        study("c", row("x", modality="fnirs", task="reappraisal", hemisphere="left")),
        study("d", row("x", region="insula")),
    )
    found = mapped(ledger, *files, query=f"STUDIES region=amygdala {query}")
    line = only(found)
    assert len(line.reported) == reported
    assert len(found.measured["activation", "dbt"]) == every
    narrowing = query.startswith(("task", "scope")) or query == "modality=fnirs"
    assert found.within == (query if narrowing else "")


def test_parts_hold_every_row_of_their_line_once() -> None:
    shipped = evidence.read()
    for of in ("brain", "biomarkers", "predictors", "correlates"):
        found = counted(shipped, of=of, parents="wholes")
        for line, ways in zip(found.lines, parts(found), strict=True):
            assert sorted(_rows(line)) == sorted(each for part in ways for each in _rows(part))
            assert {unit for part in ways for unit in part.reported} <= set(line.reported)
            assert all(set(part.reported) <= set(asked(found, part)) for part in ways)


def _rows(line: Line) -> list[str]:
    return [row.id for mark in line.marks for row in mark.rows]


def test_one_way_has_the_counts_of_its_line() -> None:
    found = counted(evidence.read(), "treatment=dbt", parents="wholes")
    for line, ways in zip(found.lines, parts(found), strict=True):
        if len(ways) == 1:
            assert all(ways[0].how_many(key) == line.how_many(key) for key in (*DIRECTIONS["brain"], *OTHERS))


def test_the_inferior_frontal_gyrus_by_device_and_task() -> None:
    """S1, lines 387-389 and 415-430: more with n-back in fMRI, less with go/no-go in fNIRS; two devices, no sum of one kind."""
    shipped = evidence.read()
    found = counted(
        shipped, "treatment=dbt region=inferior-frontal-gyrus scope=all modality=activation", parents="wholes"
    )
    lines = map_lines(found, shipped)
    assert lines[0] == "Activation (fMRI 4, fNIRS 1 samples; lines hold all, and say which)"
    assert "      fMRI, n-back: more 1 (farres-dbt-modules, left) [1 of 1 samples asked so]" in lines
    assert "      fNIRS, go/no-go: less 1 (dbt-outpatient-fnirs, both sides) [1 of 1 samples asked so]" in lines


def test_json_has_device_and_task_in_each_line() -> None:
    shipped = evidence.read()
    plain = plain_map(counted(shipped, "task=n-back", parents="wholes"), shipped)
    assert {(line["device"], line["task"]) for line in plain["lines"]} == {("bold", "n-back")}
    assert plain["within"] == "task=n-back"
    every = plain_map(counted(shipped, "treatment=dbt", parents="wholes"), shipped)
    both = next(line for line in every["lines"] if line["place"] == ["inferior-frontal"] and line["scope"] == "all")
    assert (both["device"], both["task"]) == ("bold,fnirs", "n-back,go-no-go")
    assert [(each["said"], each["units"]) for each in both["by_task"]] == [
        ("fMRI, n-back", ["farres-dbt-modules"]), ("fNIRS, go/no-go", ["dbt-outpatient-fnirs"]),
    ]  # fmt: skip


def test_devices_of_samples_that_may_be_one_are_a_range() -> None:
    shipped = evidence.read()
    found = counted(shipped, "treatment=neurofeedback")
    assert device_counts(found, "activation", shipped) == (("fMRI", "1 to 2"),)
