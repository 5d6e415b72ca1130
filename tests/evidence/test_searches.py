"""Logs of searches: the same source gives the same lines, sums are checked, and nothing is taken for a search that is finished."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from evidence.conftest import make_folder

from forwhom import evidence
from forwhom.evidence.model import Looked
from forwhom.evidence.searches import absent, finished, flow, flow_words, scaffold_log, source_text, with_source

IMPORT = Looked(
    "PubMed", "dbt AND “fMRI”", dt.date(2026, 11, 20), 5, "english", "a.nbib", "0f" * 32, "NBIB", 1, 2, ("trial", "trial"),
    ("a-2020", "b-2021"),
)  # fmt: skip
DRAFT = """
id = "{0}"
sample = "{0}"
draft = {1}
citation = {{ authors = ["A B"], year = 2020, title = "T {0}" }}
design = {{ kind = "rct" }}
population = {{ disorder = ["bpd"] }}
"""
Make = Callable[..., evidence.Ledger]


@pytest.fixture
def ledger(tmp_path: Path) -> Make:
    def make(text: str, **drafts: str) -> evidence.Ledger:
        place = make_folder(tmp_path)
        (place / "searches").mkdir(exist_ok=True)
        (place / "searches/s.toml").write_text(text, encoding="utf-8")
        for name, draft in drafts.items():
            name = name.replace("_", "-")
            (place / f"studies/{name}.toml").write_text(DRAFT.format(name, draft), encoding="utf-8")
        return evidence.read(place, shipped=False)

    return make


def broken(read: evidence.Ledger) -> list[str]:
    return [each.says for each in evidence.check(read).contradictions if each.rule == "search"]


def test_a_source_is_read_back_as_it_was(ledger: Make) -> None:
    read = ledger(with_source(scaffold_log("s", "What?"), IMPORT))
    assert read.searches["s"].sources == (IMPORT,)
    assert read.searches["s"].question == "What?"
    assert source_text(IMPORT) == source_text(IMPORT)
    assert broken(read) == []


def test_a_log_goes_on_at_its_end_and_what_is_there_stays() -> None:
    text = scaffold_log("s", "What?").replace("# screened = 0", "screened = 4")
    more = with_source(text, IMPORT)
    assert more.startswith(text.rstrip())
    assert with_source(more, Looked("Embase", "", count=3)).startswith(more.rstrip())


def test_a_scaffold_can_be_read_and_says_that_it_names_no_source(ledger: Make) -> None:
    read = ledger(scaffold_log("s"))
    assert absent(read.searches["s"]) == ("no source is named",)
    assert broken(read) == ["The search cannot be repeated: no source is named."]


def test_the_comments_of_a_scaffold_are_keys(ledger: Make) -> None:
    text = "\n".join(
        line.removeprefix("# ") for line in scaffold_log("s", "What?").splitlines() if "One table for" not in line
    )
    search = ledger(text).searches["s"]
    assert (search.screened, search.sources[0].count) == (0, 0)


def test_the_flow_adds_up_over_sources_and_knows_what_became_of_drafts(ledger: Make) -> None:
    text = with_source(with_source(scaffold_log("s", "What?"), IMPORT), Looked("Embase", "t", dt.date(2026, 1, 1), 3))
    read = ledger(text, a_2020="false")
    found = flow(read.searches["s"], read)
    assert (found.identified, found.duplicates, found.incomplete, found.added) == (8, 2, 1, 2)
    assert "Duplicates in imports: 2." in flow_words(read.searches["s"], read)
    assert broken(ledger(text.replace("# screened = 0", "screened = 5"), a_2020="false")) == []
    assert (found.coded, found.drafts, found.gone) == (1, 0, 1)
    assert flow_words(read.searches["s"], read).endswith("Added as drafts: 2 (1 coded, 1 no longer in the ledger).")


def test_a_source_without_a_number_makes_no_sum(ledger: Make) -> None:
    read = ledger(with_source(with_source(scaffold_log("s", "What?"), IMPORT), Looked("Embase", "")))
    assert flow(read.searches["s"], read).identified is None
    assert broken(read) == ["The search cannot be repeated: Embase without terms and date and count."]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("count = 5", "count = 6", "a.nbib: 6 records, 3 left out, and 2 drafts added."),
        ("duplicates = 2", "duplicates = 1", "a.nbib: 5 records, 2 left out, and 2 drafts added."),
        ("# screened = 0", "screened = 4", "5 found, less 2 duplicates, and 4 screened."),
        ("# screened = 0", "screened = 3", None),
        ("# screened = 0", "screened = 2", None),
        ("# screened = 0", "screened = 1", "5 found, less 2 duplicates, and 1 screened."),
    ],
)
def test_numbers_that_do_not_add_up_are_told(ledger: Make, old: str, new: str, told: str | None) -> None:
    text = with_source(scaffold_log("s", "What?"), IMPORT)
    assert old in text
    assert broken(ledger(text.replace(old, new, 1))) == ([told] if told else [])


@pytest.mark.parametrize(
    ("draft", "included", "whole"),
    [("true", "", False), ("false", "", False), ("true", "2", False), ("false", "2", True)],
)
def test_an_import_is_no_finished_search_until_it_is_coded(
    ledger: Make, draft: str, included: str, whole: bool
) -> None:
    text = with_source(scaffold_log("s", "What?"), IMPORT)
    text = text.replace("# included = 0", f"included = {included}") if included else text
    read = ledger(text, a_2020=draft, b_2021=draft)
    assert finished(read.searches["s"], read) is whole


@pytest.mark.parametrize(("draft", "verdict"), [("true", "not checkable"), ("false", "supported with conditions")])
def test_records_that_nobody_coded_do_not_show_that_there_are_none(tmp_path: Path, draft: str, verdict: str) -> None:
    place = make_folder(tmp_path)
    for folder in ("searches", "claims"):
        (place / folder).mkdir(exist_ok=True)
    text = with_source(scaffold_log("s", "What?"), IMPORT).replace("# included = 0", "included = 2")
    (place / "searches/s.toml").write_text(text, encoding="utf-8")
    for name in IMPORT.added:
        (place / f"studies/{name}.toml").write_text(DRAFT.format(name, draft), encoding="utf-8")
    claim = 'id = "none"\nplace = "Results"\nsays = "No study looked."\nkind = "gap"\nquery = { region = "insula" }\nexpect = { count = 0 }'
    (place / "claims/own.toml").write_text(f'document = "P"\n[[claims]]\n{claim}\n', encoding="utf-8")
    found = {each.claim.id: each.verdict for each in evidence.audit(evidence.read(place, shipped=False))}
    assert found["none"] == verdict
