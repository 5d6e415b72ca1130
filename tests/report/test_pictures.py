"""Each picture shows what its detail holds."""

from __future__ import annotations

import re
from types import ModuleType
from typing import get_args

import pytest

from forwhom.findings.kinds import (
    Detail,
    FlowArm,
    FlowDetail,
    Interval,
    ReliableChangeDetail,
    RiskDetail,
    SurvivalCurve,
    TrajectoryDetail,
)
from forwhom.report.page import names_of
from forwhom.report.picture import Names, Picture, Table, table
from forwhom.report.pictures import drawn
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.svg import NARROW, WIDE

NAMES = Names({"TAU": "Treatment as usual", "BtheB": "Beat the Blues"}, {"bdi2": "BDI-II"})


def pictures(samples: ModuleType) -> dict[type, Picture | Table | None]:
    record = samples.record()
    names = names_of(record)
    return {type(f.detail): drawn(f.detail, names) for f in record.findings if f.detail is not None}


def test_the_sample_has_every_kind_and_every_kind_is_drawn(samples: ModuleType) -> None:
    made = pictures(samples)
    assert set(made) == set(get_args(Detail))
    assert all(isinstance(picture, Picture | Table) for picture in made.values())
    assert drawn(None, NAMES) is None


def test_every_drawing_stays_inside_its_frame(samples: ModuleType) -> None:
    for kind, picture in pictures(samples).items():
        if not isinstance(picture, Picture):
            continue
        for drawing, width in ((picture.wide, WIDE.width), (picture.narrow, NARROW.width)):
            xs = [float(x) for x in re.findall(r"M(-?[\d.]+) ", drawing)] + [
                float(x) for x in re.findall(r' x="(-?[\d.]+)"', drawing)
            ]
            assert min(xs) >= -1, kind
            assert max(xs) <= width + 1, kind


def test_one_line_per_person(samples: ModuleType) -> None:
    detail = samples.trajectory().detail
    assert isinstance(detail, TrajectoryDetail)
    picture = drawn(detail, NAMES)
    assert isinstance(picture, Picture)
    assert picture.people is not None
    lines = re.findall(r'<g class="people".*?</g>', picture.wide)
    assert sum(part.count("M") for part in lines) == len(detail.lines)
    assert len(picture.people.ids) == len(detail.lines)
    first = picture.people.says[0]
    assert first == "Treatment as usual: score at month 0: 29, 2: 2, 3: 2"


def test_a_mark_per_person_in_its_category(samples: ModuleType) -> None:
    detail = samples.reliable_change().detail
    assert isinstance(detail, ReliableChangeDetail)
    picture = drawn(detail, NAMES)
    assert isinstance(picture, Picture)
    for category in ("recovered", "improved", "unchanged", "deteriorated"):
        marks = "".join(re.findall(rf'<path d="([^"]*)" class="k-{category} dot"/>', picture.wide))
        legend = 1
        assert marks.count("M") - legend == sum(point.category == category for point in detail.points)


def test_shares_of_the_bar_are_the_counts(samples: ModuleType) -> None:
    detail = samples.reliable_change().detail
    picture = drawn(detail, NAMES)
    assert isinstance(picture, Picture)
    assert isinstance(detail, ReliableChangeDetail)
    shown = [row[2] for row in picture.tables[0].rows]
    assert shown == [f"{share.count} of {share.n}" for share in detail.shares]


def test_patterns_and_shares_observed(samples: ModuleType) -> None:
    picture = drawn(samples.missing().detail, NAMES)
    assert isinstance(picture, Picture)
    assert picture.tables[1].rows[0] == ("none", "25", "27")
    assert picture.tables[0].rows[-1] == ("8 months", "25 of 48 (52\u202f%)", "27 of 52 (52\u202f%)")


def test_favours_follows_the_direction_of_the_scale(samples: ModuleType) -> None:
    from dataclasses import replace

    detail = samples.arm_difference().detail
    lower = drawn(detail, NAMES)
    higher = drawn(replace(detail, better="higher"), NAMES)
    assert isinstance(lower, Picture)
    assert isinstance(higher, Picture)
    assert "↓ favours Beat the Blues" in lower.narrow
    assert "↑ favours Beat the Blues" in higher.narrow


def test_differences_at_one_time_are_rows_and_name_both_arms(samples: ModuleType) -> None:
    from dataclasses import replace

    detail = samples.arm_difference().detail
    last = detail.differences[-1]
    swapped = replace(last, arm="TAU", reference="BtheB", primary=False)
    picture = drawn(replace(detail, differences=(last, swapped)), NAMES)
    assert isinstance(picture, Picture)
    assert "Beat the Blues − Treatment as usual" in picture.wide
    assert "Treatment as usual − Beat the Blues" in picture.wide
    assert "favours the first named" in picture.narrow


def test_differences_over_time_draw_the_reference_and_leave_other_pairs_to_the_table(samples: ModuleType) -> None:
    from dataclasses import replace

    detail = samples.arm_difference().detail
    other = replace(detail.differences[0], arm="third", reference="BtheB")
    picture = drawn(replace(detail, differences=(*detail.differences, other)), NAMES)
    plain = drawn(detail, NAMES)
    assert isinstance(picture, Picture)
    assert isinstance(plain, Picture)
    assert picture.wide.count('class="mark"') == plain.wide.count('class="mark"')
    assert "other arms" in picture.note
    assert not plain.note
    assert len(picture.tables[1].rows) == len(plain.tables[1].rows) + 1


def test_number_at_risk_is_read_at_the_next_recorded_time() -> None:
    curve = SurvivalCurve("TAU", "Treatment as usual", (0.0, 3.0, 8.0), (1.0, 0.8, 0.5), (), (), (48, 40, 25))
    detail = RiskDetail("leaving", (), (), (curve,), "month")
    picture = drawn(detail, NAMES)
    assert isinstance(picture, Picture)
    rows = {row[1]: row[4] for row in picture.tables[-1].rows}
    assert rows["start"] == "48"
    assert rows["2\u202fmonths"] == "40"
    assert rows["8\u202fmonths"] == "25"


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_an_open_limit_becomes_an_arrow(size: object) -> None:
    closed, _ = forest([Row("a", "", Interval(1.0, 0.5, 2.0), "")], size)
    opened, _ = forest([Row("a", "", Interval(1.0, 0.5, None), "")], size)
    absent, _ = forest([Row("a", "", Interval(None), "")], size)
    assert closed.count("whisker") == 3
    assert "could not be computed" in absent
    assert closed != opened
    assert "nan" not in opened


def test_a_table_refuses_rows_of_another_length() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        table("T", ["a"], [["1", "2"]])


def flow_of(arms: int) -> Picture:
    columns = tuple(FlowArm(f"a{k}", f"Arm {k}", 1000, (1000,), (("moved away", 2),)) for k in range(arms))
    detail = FlowDetail(9000, (("declined", 3),), ((0.0, "baseline"),), columns, (900,) * arms)
    picture = drawn(detail, Names({f"a{k}": f"Arm {k}" for k in range(arms)}))
    assert isinstance(picture, Picture)
    return picture


def heights(drawing: str, words: str) -> list[float]:
    """Where lines of text that begin with the words stand."""
    return [float(y) for y, said in re.findall(r'<text x="[^"]*" y="([^"]*)"[^>]*>([^<]*)', drawing) if words in said]


@pytest.mark.parametrize("arms", [2, 3, 4, 5, 6])
def test_up_to_six_arms_stand_side_by_side(arms: int) -> None:
    drawing = flow_of(arms).wide
    analysed = heights(drawing, "Analysed")
    assert len(analysed) == arms
    assert len(set(analysed)) == 1
    assert "spine" not in drawing
    assert not heights(drawing, "…")


@pytest.mark.parametrize(("arms", "rows"), [(7, 2), (8, 2), (13, 3)])
def test_more_arms_hang_in_rows_from_one_line(arms: int, rows: int) -> None:
    drawing = flow_of(arms).wide
    assert len(set(heights(drawing, "Analysed"))) == rows
    assert drawing.count('class="flowline spine"') == 1


@pytest.mark.parametrize("arms", [2, 4, 6])
def test_on_a_phone_every_arm_hangs_from_the_line_at_the_side(arms: int) -> None:
    """No arrow leads from one arm's last box to the next arm's first."""
    drawing = flow_of(arms).narrow
    lines = [
        tuple(map(float, found))
        for found in re.findall(r'd="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)" class="flowline[ a-z]*"', drawing)
    ]
    spine = max((line for line in lines if line[0] == line[2]), key=lambda line: line[3] - line[1])
    branches = [line for line in lines if line[1] == line[3] and line[0] == spine[0] and line[2] > 150]
    assert len(branches) == arms
    assert all(spine[1] <= line[1] <= spine[3] for line in branches)
    for y in heights(drawing, "Analysed"):
        assert not [line for line in lines if line[0] == line[2] != spine[0] and y < line[1] < y + 22]


def test_lines_of_a_narrow_forest_keep_clear_of_the_words_above_each_whisker() -> None:
    rows = [Row(f"row {k}", "second line", Interval(0.2, -1.0, 1.0), "0.2 (-1.0 to 1.0)") for k in range(3)]
    drawing, _height = forest(rows, NARROW, zero=0.0, band=Interval(0.1, -0.1, 0.3))
    spans = [
        (float(start), float(end))
        for start, end in re.findall(r'd="M\S+ (\S+)L\S+ (\S+)" class="(?:zero|rule|cutoff)"', drawing)
    ]
    words = [float(y) for y in re.findall(r'<text x="\S+" y="(\S+)" class="(?:label|quiet|value) haloed', drawing)]
    assert len(words) >= 6
    assert len([1 for _ in re.findall('class="zero"', drawing)]) == 3
    assert all(end < y - 9 or start > y - 3 for start, end in spans for y in words), (spans, words)
    wide, _ = forest(rows, WIDE, zero=0.0)
    assert wide.count('class="zero"') == 1


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_the_adjusted_p_of_a_comparison_between_regions_is_not_cut(samples: ModuleType, size: str) -> None:
    detail = samples.scanned.region()
    long = dict.fromkeys({c.arm for c in detail.changes}, "A treatment with quite a long name")
    drawing = getattr(drawn(detail, Names(arms=long)), size)
    compared = [c for c in (*detail.changes, *detail.laterality) if c.reference is not None]
    assert compared
    assert len(re.findall(r"\(p [^)]+\)</text>", drawing)) == len(compared)
