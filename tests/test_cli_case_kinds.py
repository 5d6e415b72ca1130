"""`forwhom case kinds`: whoever has only the program can find out what to record, and how."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from forwhom.cli import app
from forwhom.cli.case.kinds import NAMED_IN
from forwhom.keyed import Found
from forwhom.programme.case import KINDS
from forwhom.programme.case.examples import BY_ITSELF, EXAMPLES

RUN = CliRunner()


def run(*words: str) -> tuple[int, str]:
    done = RUN.invoke(app, ["case", "kinds", *words])
    return done.exit_code, done.stdout


def test_every_kind_has_an_example_that_its_keys_take() -> None:
    assert set(EXAMPLES) == set(KINDS)
    for name, data in EXAMPLES.items():
        found = Found(name)
        if name not in BY_ITSELF:
            assert KINDS[name].keys.build(data, "", found) is not None, found.problems
        assert set(data) <= set(KINDS[name].keys.read)
        assert set(KINDS[name].keys.required) <= set(data)


def test_all_kinds_are_listed_with_what_they_record() -> None:
    code, text = run()
    assert code == 0
    for name, kind in KINDS.items():
        assert any(line.startswith(name) and kind.says in line for line in text.splitlines())


@pytest.mark.parametrize("name", sorted(KINDS))
def test_one_kind_is_told_with_every_key_and_an_example(name: str) -> None:
    code, text = run(name)
    assert code == 0
    assert all(f"\n  {key}" in text for key in KINDS[name].keys.read)
    assert json.dumps(EXAMPLES[name], ensure_ascii=False) in text
    told = json.loads(run(name, "--json")[1])
    assert told["example"] == EXAMPLES[name]


def test_ids_are_listed_and_those_of_examples_are_among_them() -> None:
    lists = json.loads(run("--json")[1])["ids"]
    assert {each for names in NAMED_IN.values() for each in names} <= set(lists)
    assert len(lists["observations"]) == 25
    assert set(EXAMPLES["assessment.observed"]["marks"]) <= set(lists["observations"])
    assert set(EXAMPLES["adherence.rated"]["items"]) <= set(lists["stance"])
    episode = EXAMPLES["assessment.episode"]
    assert (episode["context"] in lists["contexts"], episode["affect"] in lists["affects"]) == (True, True)
    assert episode["act"] in lists["acts"]
    assert EXAMPLES["formulation.said"]["point"] in lists["points"]
    assert "too-calm" in run("observations")[1]
    assert "The programme has no observations" in run("observations", "--programme", "scm")[1]


def test_a_wrong_name_is_met_with_what_was_meant() -> None:
    done = RUN.invoke(app, ["case", "kinds", "event.happend"])
    assert done.exit_code == 2
    assert "event.happened" in done.output
