"""Drafts: what is written can be read; the same publication is not added twice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from forwhom import evidence
from forwhom.evidence import Citation
from forwhom.evidence.drafts import id_for, new_ones, scaffold

LINEHAN = Citation(
    ("Linehan MM", "Comtois KA"), 2006, 'Two-year "trial" of DBT', journal="Arch Gen Psych", volume="63",
    pages="757-766", doi="10.1001/archpsyc.63.7.757", pmid="16818865",
)  # fmt: skip


def write(place: Path, name: str, citation: Citation | None) -> evidence.Study:
    (place / "studies").mkdir()
    (place / f"studies/{name}.toml").write_text(scaffold(name, citation, dt.date(2026, 1, 2)), encoding="utf-8")
    return evidence.read(place, shipped=False).studies[name]


def test_a_draft_from_a_citation_is_read_back(tmp_path: Path) -> None:
    study = write(tmp_path, "linehan-2006", LINEHAN)
    assert study.citation == LINEHAN
    assert study.draft


def test_an_empty_draft_is_read_and_says_what_its_id_says(tmp_path: Path) -> None:
    study = write(tmp_path, "linehan-2006b", None)
    assert (study.citation.authors, study.citation.year) == (("Linehan",), 2006)


def test_the_comments_of_a_draft_are_rows_that_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "studies").mkdir()
    text = scaffold("x-2020").replace("# [", "[").replace("\n# ", "\n")
    (tmp_path / "studies/x-2020.toml").write_text(text, encoding="utf-8")
    study = evidence.read(tmp_path, shipped=False).studies["x-2020"]
    assert [arm.id for arm in study.arms] == ["treatment"]
    assert [result.kind for result in study.results] == ["means"]


@pytest.mark.parametrize(
    ("citation", "why"),
    [
        (Citation(("X",), 1999, "Other", doi="10.1016/J.JPSYCHIRES.2014.06.020"), "doi"),
        (
            Citation(
                ("Goodman, M.",), 2014,
                "Dialectical Behavior Therapy Alters Emotion Regulation and Amygdala Activity in Patients with Borderline "
                "Personality Disorder.",
            ),
            "title and year",
        ),
    ],
)  # fmt: skip
def test_a_publication_that_is_in_the_ledger_is_not_new(citation: Citation, why: str) -> None:
    new, again = new_ones([citation, LINEHAN], evidence.read())
    assert new == [LINEHAN]
    assert [(each.of, each.why) for each in again] == [("goodman-2014", why)]


def test_a_record_in_two_databases_is_one_publication() -> None:
    other = Citation(("Linehan M",), 2006, "Two-year trial of DBT!", pmid="1")
    third = Citation(("Linehan M",), 2007, "Two-year trial of DBT", pmid="1")
    new, again = new_ones([LINEHAN, other, third])
    assert new == [LINEHAN]
    assert [each.why for each in again] == ["title and year", "pmid"]


def test_titles_that_are_absent_are_not_the_same() -> None:
    one, two = Citation(("A",), 2020, "", doi="10.1000/a"), Citation(("B",), 2020, "", doi="10.1000/b")
    assert new_ones([one, two]) == ([one, two], [])


def test_ids_stay_apart() -> None:
    taken: list[str] = []
    for _ in range(3):
        taken.append(id_for(LINEHAN, taken))
    assert taken == ["linehan-2006", "linehan-2006b", "linehan-2006c"]
