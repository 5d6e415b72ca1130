"""Maps of the ledger as drawn: a mark per sample and group, empty cells, nothing told by colour alone."""

from __future__ import annotations

import re
from types import ModuleType

from forwhom.report.picture import Names, Picture
from forwhom.report.pictures import drawn
from forwhom.report.pictures.evidence.dots import letters

NAMES = Names()


def of(samples: ModuleType, name: str) -> Picture:
    picture = drawn(getattr(samples.known, name)(), NAMES)
    assert isinstance(picture, Picture)
    return picture


def test_a_mark_for_each_sample_and_group_and_letters_in_the_key(samples: ModuleType) -> None:
    detail = samples.known.brain_map()
    marks = sum(len(row.marks) for row in detail.map.rows)
    keys = len({row.scope_id for row in detail.map.rows}) + 1
    for drawing in (of(samples, "brain_map").wide, of(samples, "brain_map").narrow):
        assert drawing.count('class="openmark"') + drawing.count('class="there"') == marks + keys
        for letter, sample in zip(letters(4), detail.map.samples, strict=True):
            assert f"{letter}: {sample.studies[0]}" in drawing
    assert "n not stated" in of(samples, "brain_map").wide


def test_only_a_comparison_with_patients_is_filled(samples: ModuleType) -> None:
    assert of(samples, "brain_map").wide.count('class="there"') == 2  # the mark and its key


def test_what_differs_says_by_what(samples: ModuleType) -> None:
    words = " ".join(re.findall(r">([^<]+)<", of(samples, "brain_map").wide))
    for said in ("by side", "no reason stated", "stated otherwise too"):
        assert said in words


def test_tables_hold_counts_results_and_what_is_left_out(samples: ModuleType) -> None:
    counts, results, left = of(samples, "brain_map").tables
    assert counts.rows[0][-7:] == ("1", "1", "–", "–", "1", "–", "3 of 4")
    assert counts.head[-4:-1] == ("Concluded, not tested", "Differs", "Not stated")
    detail = samples.known.brain_map()
    assert len(results.rows) == sum(len(mark.results) for row in detail.map.rows for mark in row.marks)
    assert results.rows[1][-2] == "increase (stated again)"
    assert left.rows == (("2", "measured before treatment"),)


def test_comparisons_are_marks_of_their_own_and_a_concluded_sign_has_its_words(samples: ModuleType) -> None:
    words = re.findall(r">([^<]+)<", of(samples, "brain_map").wide)
    together = " ".join(words)
    assert "beside healthy" in together
    assert "Concluded" in words
    assert "loss of a" in together
    assert "n at least 12; may be one sample with C" in together


def test_predictors_have_their_own_words_and_a_column_for_no_direction(samples: ModuleType) -> None:
    picture = of(samples, "predictors")
    assert "No difference" in picture.wide
    assert "Not stated" in picture.wide
    assert "Dropout" in picture.wide
    assert "Outcome" in picture.tables[0].head


def test_an_empty_cell_is_a_dot_and_levels_differ_by_more_than_colour(samples: ModuleType) -> None:
    picture = of(samples, "gaps")
    detail = samples.known.gaps()
    every = len(detail.treatments) * (len(detail.outcomes) + len(detail.disorders))
    filled = sum(cell.disorder == "bpd" for cell in detail.cells) + len(detail.over)
    assert picture.wide.count('class="head"') == every - filled + 1  # and its key
    kinds = ("there", "square", "gone", "limit")
    assert all(f'class="{kind}"' in picture.wide for kind in kinds)
    assert picture.tables[0].rows[1][5] == "–"
    assert picture.tables[0].rows[2][5] == "12, 1 without a number"
    assert [row[0] for row in picture.tables[1].rows] == ["Mortality", "Dropout"]
    assert "Every other pair: nothing." in picture.describe
    assert ">?<" in picture.wide  # a study whose results are not coded
    assert "results not coded" in picture.wide


def test_a_long_map_goes_on_in_another_drawing_on_a_page_and_not_on_a_phone(samples: ModuleType) -> None:
    from dataclasses import replace

    detail = samples.known.brain_map()
    many = tuple(replace(row, group=f"Group {i}", place=f"Place {i}") for i in range(40) for row in detail.map.rows[:1])
    picture = drawn(replace(detail, map=replace(detail.map, rows=many)), NAMES)
    assert isinstance(picture, Picture)
    assert picture.wide.count("<svg") > 1
    assert picture.narrow.count("<svg") == 1
    assert picture.wide.count("A: study-of-first") == 1
    heights = [float(found) for found in re.findall(r'viewBox="0 0 700 ([\d.]+)"', picture.wide)]
    assert max(heights) < 900
    assert all(f">Place {i}<" in picture.wide for i in range(40))


def test_devices_are_in_the_key_and_device_and_task_in_a_table(samples: ModuleType) -> None:
    from dataclasses import replace

    detail = samples.known.brain_map()
    shown = detail.map
    first = replace(shown.counts[0], parts=("fMRI, n-back: less 1 (1 of 2)", "fNIRS, go/no-go: more 1 (1 of 1)"))
    who = replace(shown.samples[0], devices=("fMRI", "fNIRS"))
    told = replace(shown, counts=(first, *shown.counts[1:]), samples=(who, *shown.samples[1:]), within="task=n-back")
    picture = drawn(replace(detail, map=told), NAMES)
    assert isinstance(picture, Picture)
    parts = picture.tables[1]
    assert [row[-1] for row in parts.rows] == ["fMRI, n-back: less 1 (1 of 2)", "fNIRS, go/no-go: more 1 (1 of 1)"]
    assert "; fMRI, fNIRS" in picture.wide
    assert "Counted are those asked with task=n-back." in picture.caption
