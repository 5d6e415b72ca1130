"""Instruments applied to a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from forwhom.instruments import instrument, score_study
from forwhom.problems import Problem, ProblemsFound
from forwhom.study.model import Plan, Scale, Study

ITEM = {
    "id": pl.String, "instrument": pl.String, "time": pl.Float64, "informant": pl.String, "item": pl.String,
    "value": pl.Float64, "absent": pl.String,
}  # fmt: skip
CELL = {
    "id": pl.String, "scale": pl.String, "time": pl.Float64, "informant": pl.String, "value": pl.Float64,
    "absent": pl.String,
}  # fmt: skip


def rows(
    person: str, of: str, answers: Sequence[float | None], stem: str = "i", time: float = 0.0, why: str = "skipped"
):
    return [
        {"id": person, "instrument": of, "time": time, "informant": "self", "item": f"{stem}{n}", "value": answer,
         "absent": why if answer is None else None}
        for n, answer in enumerate(answers, 1)
    ]  # fmt: skip


def study(items: list[dict[str, object]], *scales: Scale, measures: list[dict[str, object]] | None = None) -> Study:
    return Study(
        name="s", title="S", time_unit="week", time_zone=None, source=None, arms=(),
        persons=pl.DataFrame({"id": ["a", "b"]}), measures=pl.DataFrame(measures or [], schema=CELL),
        items=pl.DataFrame(items, schema=ITEM), scales={scale.name: scale for scale in scales}, plan=Plan(),
        fingerprint="f",
    )  # fmt: skip


def scale(name: str, form: str | None, **more: object) -> Scale:
    return replace(Scale(name, name, "lower", instrument=form), **more)


def values(done: Study, name: str) -> list[float | None]:
    return done.measures.filter(pl.col("scale") == name)["value"].to_list()


def problems(bad: Study, folder: Path | None = None) -> list[Problem]:
    with pytest.raises(ProblemsFound) as caught:
        score_study(bad, folder)
    return [problem for problem in caught.value.problems if problem.severity == "error"]


def test_items_become_measures() -> None:
    done = score_study(study(rows("a", "dep", [1] * 9) + rows("b", "dep", [3] * 9), scale("dep", "PHQ9")))
    assert values(done, "dep") == [9, 27]
    assert done.measures.schema == CELL
    assert done.measures["absent"].to_list() == [None, None]


def test_what_the_user_left_open_is_filled_in_and_named() -> None:
    done = score_study(study([], scale("core", "core-10"))).scales["core"]
    assert (done.low, done.high, done.step, done.better, done.label) == (0, 40, 1, "lower", "CORE-10")
    assert (done.reliability, done.reliability_kind) == (0.90, "alpha")
    assert (done.norm_mean, done.norm_sd, done.clinical_mean, done.clinical_sd) == (4.7, 4.8, 19.7, 7.7)
    assert done.cutoff == 11
    assert done.source is not None
    assert "UK general population, n = 535" in done.source


def test_what_the_user_says_wins() -> None:
    own = scale("core", "core-10", label="Distress", reliability=0.8, norm_mean=5.0, norm_sd=5.0, cutoff=12.0,
                low=0.0, high=4.0, source="our pilot")  # fmt: skip
    done = score_study(study([], own)).scales["core"]
    assert (done.label, done.reliability, done.reliability_kind, done.norm_mean) == ("Distress", 0.8, None, 5.0)
    assert (done.cutoff, done.low, done.high) == (12, 0, 4)
    assert done.source is not None
    assert done.source.startswith("our pilot; clinical norm 19.7")


def test_no_norm_is_chosen_silently() -> None:
    """PCL-5 has no default norm on file, DES-II only one default clinical-free general norm."""
    assert score_study(study([], scale("p", "pcl-5"))).scales["p"].norm_mean is None
    des = score_study(study([], scale("d", "des-ii"))).scales["d"]
    assert des.norm_mean == 11.6
    assert des.clinical_mean is None


def test_direction_comes_from_the_instrument() -> None:
    done = score_study(study([], scale("alliance", "wai-sr"), scale("up", "phq-9", better="higher")))
    assert done.scales["alliance"].better == "higher"
    assert done.scales["up"].better == "higher"
    assert any("kept as declared" in notice.found for notice in done.notices)


def test_several_scores_of_the_same_items() -> None:
    answers = [0.0] * 21
    for item in (2, 4, 7):
        answers[item - 1] = 1
    dass = [scale(s, "dass-21", subscale=s) for s in ("depression", "anxiety")]
    done = score_study(study(rows("a", "dass21", answers), *dass))
    assert values(done, "anxiety") == [6]
    assert values(done, "depression") == [0]
    assert done.scales["anxiety"].label == "DASS-21 Anxiety"


def test_a_form_without_total_asks_for_the_subscale() -> None:
    [problem] = problems(study(rows("a", "d", [0] * 21), scale("d", "dass-21")))
    assert problem.code == "unknown-subscale"
    assert problem.possible == "depression, anxiety, stress"
    [problem] = problems(study([], scale("d", "dass-21", subscale="fear")))
    assert "'fear'" in problem.found


def test_unknown_instrument() -> None:
    [problem] = problems(study([], scale("d", "phq9000")))
    assert problem.code == "unknown-instrument"


def test_all_problems_at_once() -> None:
    bad = study(rows("a", "x", [9] * 9), scale("x", "phq-9"), scale("y", "nothing at all"), scale("z", "panas"))
    codes = {problem.code for problem in problems(bad)}
    assert codes == {"item-out-of-range", "unknown-instrument", "unknown-subscale"}


def test_impossible_answers_are_listed_by_item() -> None:
    bad = problems(study(rows("a", "d", [4] + [0] * 8) + rows("b", "d", [5] + [0] * 8), scale("d", "phq-9")))
    assert [(p.column, p.count, p.possible) for p in bad] == [("i1", 2, "0 to 3")]
    assert "4, 5 in item 1 of PHQ-9" in bad[0].found
    assert "1-4" in bad[0].do


def test_reasons_for_absence_are_carried() -> None:
    items = [
        *rows("a", "d", [None] * 9, why="not asked"),
        *rows("b", "d", [1, 1, 1, *[None] * 6]),
        *rows("b", "d", [1] * 7 + [None] * 2, time=1.0),
    ]
    done = score_study(study(items, scale("d", "phq-9")))
    assert done.measures["absent"].to_list() == ["not asked", "3 of 9 items answered; the rule needs 7", None]
    assert values(done, "d") == [None, None, 9]
    counted = {notice.code: notice.count for notice in done.notices}
    assert counted == {"scores-prorated": 1, "scores-not-formed": 1}
    assert all(notice.severity == "notice" for notice in done.notices)


def test_mixed_reasons_become_no_item_answered() -> None:
    items = rows("a", "d", [None] * 9)
    items[0]["absent"] = "declined"
    assert score_study(study(items, scale("d", "phq-9"))).measures["absent"].to_list() == ["no item answered"]


def test_informants_and_times_are_kept_apart() -> None:
    other = [{**row, "informant": "partner"} for row in rows("a", "d", [2] * 9)]
    done = score_study(study(rows("a", "d", [1] * 9) + other + rows("a", "d", [3] * 9, time=4.0), scale("d", "phq-9")))
    assert done.measures.select("time", "informant", "value").rows() == [
        (0, "self", 9),
        (0, "partner", 18),
        (4, "self", 27),
    ]


def test_order_of_items_in_the_scale_counts() -> None:
    """CORE-10 with its columns in another order: the listed order says which is item 2."""
    names = [f"q_{letter}" for letter in "abcdefghij"]
    items = [{**row, "item": name} for row, name in zip(rows("a", "c", [0, 4, 4, *[0] * 7]), names, strict=True)]
    assert values(score_study(study(items, scale("c", "core-10", items=tuple(names)))), "c") == [0]
    turned = (names[1], names[0], *names[2:])
    assert values(score_study(study(items, scale("c", "core-10", items=turned))), "c") == [0 + 4 + 4]


def test_numbers_in_the_names_count_without_a_list() -> None:
    items = rows("a", "c", [0, 4, 4, *[0] * 7], stem="core_")
    items.reverse()
    assert values(score_study(study(items, scale("c", "core-10"))), "c") == [0]
    marked = [
        {**row, "item": f"{row['item']}R" if row["item"] in ("core_2", "core_3") else row["item"]} for row in items
    ]
    assert values(score_study(study(marked, scale("c", "core-10"))), "c") == [0]


def test_columns_that_cannot_be_placed() -> None:
    items = [{**row, "item": f"x{row['item']}y"} for row in rows("a", "d", [0] * 9)]
    assert [p.code for p in problems(study(items, scale("d", "phq-9")))] == ["items-unplaced"]
    short = scale("d", "phq-9", items=("i1", "i2"))
    assert "2 item columns; PHQ-9 has 9" in problems(study(rows("a", "d", [0] * 9), short))[0].found


def test_items_out_of_their_numbers_are_noticed() -> None:
    listed = ("i2", "i1", *(f"i{n}" for n in range(3, 10)))
    done = score_study(study(rows("a", "d", [0] * 9), scale("d", "phq-9", items=listed)))
    assert [notice.code for notice in done.notices] == ["items-out-of-order"]


def test_items_of_one_subscale_alone() -> None:
    items = rows("a", "na", [3, 3, 3, 3, 0], stem="x")
    only = scale("na", "pid-5-bf", subscale="negative_affectivity", items=tuple(f"x{n}" for n in range(1, 6)))
    done = score_study(study(items, only))
    assert values(done, "na") == [12 / 5]
    assert "items-of-subscale-only" in {notice.code for notice in done.notices}


def short_form(stem_numbers: Sequence[int], **more: object) -> Study:
    """Answers 3 to the four anhedonia items, wherever they stand."""
    form = instrument("pid-5-sf")
    anhedonia = set(form.scores["anhedonia"].items)
    items = [
        {"id": "a", "instrument": "pid", "time": 0.0, "informant": "self", "item": f"pid_{number}",
         "value": 3.0 if position in anhedonia else 0.0, "absent": None}
        for position, number in enumerate(stem_numbers, 1)
    ]  # fmt: skip
    return study(items, scale("pid", "pid-5-sf", subscale="Anhedonia", **more))


def test_numbering_must_be_declared_and_then_counts() -> None:
    full = instrument("pid-5-sf").numberings["full-form"]
    [problem] = problems(short_form(full))
    assert problem.code == "numbering-unknown"
    assert problem.possible == "position, full-form"
    assert values(score_study(short_form(full, numbering="full-form")), "pid") == [3]
    assert values(score_study(short_form(range(1, 101))), "pid") == [3]
    assert problems(short_form(range(1, 101), numbering="full-form"))[0].code == "items-unplaced"
    assert problems(short_form(full, numbering="other"))[0].code == "numbering-unknown"


def test_numbering_holds_whatever_the_order_of_the_columns() -> None:
    full = list(instrument("pid-5-sf").numberings["full-form"])
    turned = short_form(full, numbering="full-form")
    turned = replace(turned, items=turned.items.reverse())
    assert values(score_study(turned), "pid") == [3]


def test_a_coding_that_files_differ_in_must_be_declared() -> None:
    answers = rows("a", "l", [1] * 12)
    [problem] = problems(study(answers, scale("l", "lpfs-bf-2")))
    assert (problem.code, problem.possible) == ("coding-unknown", "1-4, 0-3")
    assert values(score_study(study(answers, scale("l", "lpfs-bf-2", coding="0-3"))), "l") == [24]
    assert values(score_study(study(answers, scale("l", "lpfs-bf-2", coding="1-4"))), "l") == [12]
    assert problems(study(answers, scale("l", "lpfs-bf-2", coding="0-4")))[0].code == "coding-unknown"


def test_a_file_that_never_uses_the_lowest_answer_is_noticed() -> None:
    items = [row for n in range(6) for row in rows(f"p{n}", "d", [1, 2, 3] * 3)]
    done = score_study(study(items, scale("d", "phq-9")))
    assert [notice.code for notice in done.notices] == ["coding-suspect"]
    assert score_study(study(items, scale("d", "phq-9", coding="0-3"))).notices == ()


def test_forms_without_a_key_take_scores_only() -> None:
    given = [{"id": "a", "scale": "sev", "time": 0.0, "informant": "self", "value": 17.0, "absent": None}]
    done = score_study(study([], scale("sev", "pds-icd-11"), measures=given))
    assert (done.scales["sev"].high, done.scales["sev"].cutoff) == (32, 12)
    [problem] = problems(study(rows("a", "sev", [1] * 14), scale("sev", "pds-icd-11")))
    assert problem.code == "no-item-key"


def test_given_scores_are_checked_against_the_range_of_the_instrument() -> None:
    given = [{"id": "a", "scale": "d", "time": 0.0, "informant": "self", "value": 70.0, "absent": None}]
    [problem] = problems(study([], scale("d", "bdi-ii"), measures=given))
    assert (problem.code, problem.found, problem.possible) == ("value-out-of-range", "70", "0 to 63 (BDI-II)")


def test_given_scores_and_items_must_agree() -> None:
    def given(value: float | None) -> list[dict[str, object]]:
        return [{"id": "a", "scale": "d", "time": 0.0, "informant": "self", "value": value, "absent": None}]

    items, form = rows("a", "d", [1] * 9), scale("d", "phq-9")
    assert values(score_study(study(items, form, measures=given(9.0))), "d") == [9]
    assert values(score_study(study(items, form, measures=given(None))), "d") == [9]
    [problem] = problems(study(items, form, measures=given(8.0)))
    assert problem.code == "score-contradicts-items"


def test_the_same_item_twice() -> None:
    items = rows("a", "d", [1] * 9) + rows("a", "d", [2])
    assert problems(study(items, scale("d", "phq-9")))[0].code == "two-answers"


def test_items_nobody_can_score() -> None:
    [problem] = problems(study(rows("a", "own", [1] * 3), scale("own", None)))
    assert problem.code == "items-not-scored"
    assert "instruments/own.toml" in problem.do
    left = score_study(study(rows("a", "phq-9", [1] * 9), scale("other", None)))
    assert [notice.code for notice in left.notices] == ["items-not-scored"]


def test_answers_as_they_enter_the_scale() -> None:
    done = score_study(study(rows("a", "c", [1, 1, None, *[2] * 7]), scale("c", "core-10")))
    assert done.keyed is not None
    assert done.keyed.columns == ["id", "scale", "time", "informant", "item", "value", "reversed", "low", "high"]
    by_item = {row["item"]: row for row in done.keyed.iter_rows(named=True)}
    assert (by_item["i2"]["value"], by_item["i2"]["reversed"], by_item["i1"]["reversed"]) == (3, True, False)
    assert "i3" not in by_item
    assert {(row["low"], row["high"]) for row in by_item.values()} == {(0, 4)}


def test_a_study_without_instruments_is_untouched() -> None:
    plain = study([], scale("x", None))
    done = score_study(plain)
    assert done.scales == plain.scales
    assert done.measures.equals(plain.measures)
    assert done.keyed is None


def test_cautions_travel_as_notices() -> None:
    done = score_study(study([], scale("r", "rfq-8", subscale="certainty")))
    texts = [notice.found for notice in done.notices]
    assert any("Validity is disputed" in text for text in texts)
    assert any("no better direction" in text for text in texts)


def test_order_of_rows_does_not_matter() -> None:
    items = rows("a", "d", [1, 2, 3] * 3) + rows("b", "d", [0, 1, None] * 3)
    there = score_study(study(items, scale("d", "phq-9"))).measures.sort("id")
    back = score_study(study(items[::-1], scale("d", "phq-9"))).measures.sort("id")
    assert there.equals(back)
