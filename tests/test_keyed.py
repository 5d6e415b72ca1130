"""Reading a file by a table of its keys."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom import keyed
from forwhom.evidence import schema
from forwhom.evidence.vocabulary import Vocabulary
from forwhom.keyed import Found, Keys, count, one_of, rows, text


@dataclass(frozen=True)
class Thing:
    id: str
    kind: str = ""
    n: int = 0


THING = Keys(Thing, {"id": text, "kind": one_of("large", "small"), "n": count}, {"id": "Name it."})


def test_every_mistake_of_a_table_is_told_and_the_page_is_named() -> None:
    found = Found("a.toml", see="docs/x.md")
    assert THING.build({"kind": "lage", "n": -1, "nn": 2}, "[thing]", found) is None
    assert [(each.code, each.column) for each in found.problems] == [
        ("wrong-value", "[thing] kind"),
        ("wrong-type", "[thing] n"),
        ("unknown-key", "[thing] nn"),
        ("missing-key", "[thing] id"),
    ]
    assert "mean 'large'" in found.problems[0].do
    assert found.problems[2].do.endswith("Correct or remove it; see docs/x.md.")


def test_without_a_page_none_is_named() -> None:
    found = Found("a.toml")
    THING.build(3, "[thing]", found)
    assert found.problems[0].do == "Write [thing] as a table."


def test_rows_that_are_right_are_kept_beside_those_that_are_not() -> None:
    found = Found("a.toml")
    assert rows(THING)([{"id": "a"}, {"id": 3}, {"id": "b", "n": 2}], "things", found) == (Thing("a"), Thing("b", n=2))
    assert found.problems[0].column == "[[things]] 2 id"


def test_words_of_a_vocabulary_are_read_where_there_is_one() -> None:
    read = schema.word("regions")
    for found in (schema.Found("a.toml", Vocabulary({})), keyed.Found("a.toml")):
        assert Keys(Thing, {"id": read}).build({"id": "x"}, "", found) is None
        assert found.problems[0].code == "unknown-word"
