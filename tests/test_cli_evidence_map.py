"""`forwhom evidence map`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from forwhom.cli import app


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["evidence", "map", *map(str, words)])


def test_lines_counts_and_what_is_not_counted() -> None:
    done = run("region=amygdala", "treatment=dbt", "modality=activation")
    assert done.exit_code == 0
    assert (
        "responders, change over time, fMRI, passive viewing of emotional pictures: less 1 (schnell-dbt-inpatient, left) "
        "[reported by 3 of 5 samples]"
    ) in done.output
    assert done.output.startswith("Activation (fMRI 4, fNIRS 1 samples; lines hold all, and say which)\n")
    assert "Not counted: 2 results measured before treatment." in done.output
    assert "Amygdala (3 of 5)" in done.output
    assert "loss of a deactivation (concluded, not tested) 1 (dbt-inpatient-fmri)" in done.output  # S1, lines 346-352


def test_the_anterior_cingulate_is_there_without_being_asked_for_and_once() -> None:
    asked = run("treatment=dbt", "modality=activation").output.splitlines()
    assert asked.count("  Anterior cingulate cortex with its parts") == 1
    lines = run("region=acc", "treatment=dbt", "modality=activation", "--parents").output.splitlines()
    titles = [line.strip() for line in lines if line.startswith("  ") and not line.startswith("   ")]
    assert len(titles) == len(set(titles))
    assert "Cingulate cortex with its parts" not in titles  # it would only repeat the anterior one
    assert "Anterior cingulate cortex with its parts" in titles


def test_correlates_are_in_words() -> None:
    """S1, lines 623-629: less affective lability with more orbitofrontal activity."""
    assert "more activity with less affective lability 1 (perez-tfp, left)" in run("--of", "correlates").output


def test_by_study() -> None:
    query = ("treatment=dbt", "region=acc", "scope=responders", "modality=activation")
    found = json.loads(run(*query, "--by", "study", "--parents", "--json").output)
    assert {line["by"] for line in [found]} == {"study"}
    acc = [line for line in found["lines"] if line["place"] == ["acc"]]
    assert {mark["unit"] for line in acc for mark in line["marks"]} == {"schmitt-2016", "winter-2016"}
    by_sample = json.loads(run(*query, "--parents", "--json").output)
    assert {mark["unit"] for line in by_sample["lines"] for mark in line["marks"]} == {"dbt-inpatient-fmri"}


def test_json_leads_to_every_row() -> None:
    found = json.loads(run("--of", "predictors", "outcome=dropout", "--json").output)
    line = next(each for each in found["lines"] if each["place"] == ["middle-frontal"])
    assert line["counts"]["mixed"] == 1
    (mark,) = line["marks"]
    assert mark["differ_by"] == ["side", "condition"]
    assert mark["rows"][0] == {
        "id": "rodrigo-2015/non-completers-bilateral-middle-frontal",
        "direction": "higher",
        "concluded": False,
        "source": mark["rows"][0]["source"],
    }
    assert "line 653" in mark["rows"][0]["source"]


@pytest.mark.parametrize("of", ["brain", "biomarkers", "predictors", "correlates", "gaps"])
def test_a_page_of_each(of: str, tmp_path: Path) -> None:
    page = tmp_path / "map.html"
    done = run("treatment=dbt", "--of", of, "--page", page)
    assert done.exit_code == 0, done.output
    text = page.read_text(encoding="utf-8")
    assert '<svg class="picture wide"' in text
    assert f"Page: {page}" in done.output.replace("\n", "")


def test_gaps_in_lines_and_json() -> None:
    done = run("--of", "gaps")
    assert "randomised comparison: Suicidal behaviour (2), Self-harm (2)" in done.output
    assert "  Schema therapy\n    study in the ledger, its results not coded: giesen-bloo-2006\n" in done.output
    assert "of 14 outcomes" in done.output
    assert "of 15 outcomes" not in done.output  # the column of outcomes that are not named is none
    found = json.loads(run("--of", "gaps", "--json").output)
    cell = next(each for each in found["cells"] if (each["treatment"], each["outcome"]) == ("mbt", "self-harm"))
    assert (cell["people"], cell["at_least"], cell["without_number"]) == (178, False, [])  # S2, line 264: 44 and 134
    assert {"disorder": "bpd", "treatment": "schema-therapy", "studies": ["giesen-bloo-2006"]} in found["uncoded"]


def test_nothing_found_says_so() -> None:
    done = run("study=bateman-fonagy-2009")
    assert done.exit_code == 0
    assert "Not applicable: no result on change of the brain counts here." in done.output


def test_a_wrong_query_is_wrong_usage() -> None:
    done = run("region=amigdala")
    assert done.exit_code == 2
    assert "amygdala" in done.output
    assert json.loads(run("region=amigdala", "--json").output)[0]["code"] == "unknown-word"
