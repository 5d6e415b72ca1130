"""Pictures for whom and for one person show what their details hold, whatever the details hold."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from types import ModuleType
from typing import Any, Literal, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forwhom.findings import kinds
from forwhom.findings.kinds import Interval, RuleNode
from forwhom.findings.record import from_json, to_json
from forwhom.report.page import names_of
from forwhom.report.picture import Names, Picture
from forwhom.report.pictures import drawn
from forwhom.report.pictures.for_whom.rule import aloud, tree
from forwhom.report.svg import NARROW, WIDE

ARMS = {"TAU": "Treatment as usual", "BtheB": "Beat the Blues", "third": "Coaching"}
NAMES = Names(ARMS, {"bdi2": "BDI-II"})
KINDS = (
    kinds.HeterogeneityDetail,
    kinds.ModeratorDetail,
    kinds.CompositeModeratorDetail,
    kinds.IndividualDetail,
    kinds.RecommendationDetail,
    kinds.FairUseDetail,
    kinds.DimensionalDetail,
    kinds.ProfileDetail,
    kinds.CourseDetail,
    kinds.OnTrackDetail,
    kinds.OwnChangeDetail,
    kinds.BenefitDetail,
)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def picture(detail: Any) -> Picture:
    made = drawn(detail, NAMES)
    assert isinstance(made, Picture)
    return made


def plain(words: str) -> str:
    return words.replace("\u202f", " ").replace("\u00a0", " ")


# ── whatever the details hold ────────────────────────────────────────────────────────────────────

NUMBERS = st.one_of(
    st.floats(-50, 50, allow_subnormal=False), st.sampled_from([0.0, 1.0, -1.0, 1e99, -1e99, 1e-300, 0.5, 1e6])
)
WORDS = st.one_of(
    st.text(max_size=12), st.sampled_from(["TAU", "BtheB", "third", "bdi2", "lower", "higher", "a " * 60, "points"])
)


def anything(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type as a record may hold them: finite, counts from zero on."""
    if hint is float:
        return NUMBERS
    if hint is int:
        return st.integers(0, 5000)
    if hint is str:
        return WORDS
    if hint is bool:
        return st.booleans()
    if hint is type(None):
        return st.none()
    if hint is RuleNode:
        raise TypeError("a rule is made as a tree")
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        parts = {
            f.name: anything(hints[f.name]) if f.name != "rule" else rules()
            for f in fields(hint)
            if f.name != "rule" or hint is not kinds.AlarmRule
        }
        if hint is kinds.AlarmRule:
            parts["rule"] = WORDS
        return st.builds(hint, **parts)
    arguments = hint.__args__
    if get_origin(hint) is Literal:
        return st.sampled_from(arguments)
    if getattr(hint, "__origin__", None) is tuple:
        if arguments[1:] == (...,):
            return st.lists(anything(arguments[0]), max_size=4).map(tuple)
        return st.tuples(*map(anything, arguments))
    return st.one_of([anything(argument) for argument in arguments])


@st.composite
def rules(draw: Any) -> tuple[RuleNode, ...]:
    """A tree of up to seven questions, told from the top."""
    interval = anything(Interval)
    nodes: list[RuleNode] = []
    open_: list[tuple[int, str]] = [(-1, "")]
    while open_:
        parent, branch = open_.pop(0)
        split = len(nodes) < 7 and draw(st.booleans())
        arm = None if split else draw(st.sampled_from(["TAU", "BtheB", None]))
        nodes.append(
            RuleNode(
                len(nodes), parent, branch, draw(WORDS) if split else "", arm, draw(st.integers(0, 99)), draw(interval)
            )
        )
        open_ += [(nodes[-1].node, "yes"), (nodes[-1].node, "no")] if split else []
    return tuple(nodes) if draw(st.booleans()) else ()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_any_detail_is_drawn_without_a_number_that_is_none(kind: type) -> None:
    @FEW
    @given(anything(kind))
    def check(detail: Any) -> None:
        made = picture(detail)
        for drawing in (made.wide, made.narrow):
            assert not re.search(r'="[^"]*\b(nan|inf)\b[^"]*"', re.sub(r'aria-label="[^"]*"', "", drawing))
            assert drawing.startswith("<svg")
            assert drawing.endswith("</svg>")
        assert made.describe.endswith(".")
        assert made.caption
        assert made.tables
        if made.people:
            assert len(made.people.ids) == len(made.people.says) == len(made.people.wide) == len(made.people.narrow)

    check()


def test_the_kinds_here_are_those_of_their_chapters() -> None:
    named = {kind for kind in kinds.Detail.__args__ if kind.__module__.rpartition(".")[2] in {"for_whom", "one_person"}}
    assert named == set(KINDS)


# ── descriptions carry the numbers ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("heterogeneity", ["1.42, p = 0.21", "0.55 (−0.35 to 1.45), p = 0.11", "p < 0.001", "5 groups"]),
        ("moderator", ["BDI-II points", "age", "leaves out zero from", "to 27.5"]),
        ("by_level", ["among taking none: −5.2 (−10.2 to −0.2), n 56"]),
        ("composite", ["0.12 (−0.08 to 0.31)", "antidepressant 0.40 (0.10 to 0.70)"]),
        ("individual", ["97 people", "average −3.5 (−6.9 to −0.1)", "got the arm indicated: mean 11.9 (8.8 to 15.0), n 46"]),
        ("recommendation", ["before above 24 and age below 35: Beat the Blues (n 20)", "3 of 3 conditions met", "gain 2.1 (0.5 to 3.7)"]),
        ("no_recommendation", ["No rule is recommended", "1 of 3 conditions met", "Not met: The rule is stable", "0.8 (−1.1 to 2.7)"]),
        ("fair_use", ["Gender women: n 60, indicated 44 % Beat the Blues, 56 % Treatment as usual, gain 2.3 (0.1 to 4.5)"]),
        ("dimensional", ["common effect 0.35 (0.17 to 0.53), p = 0.004", "Hostility −0.05 (−0.30 to 0.20)"]),
        ("profile", ["BDI-II 29.0 (25.9 to 32.1), above 84 % of the sample, 0.6 SD", "1.9 SD against norms", "Age 43"]),
        ("course", ["5 months 31.0 (expected at the start 13.0 to 29.0); alarm by expected recovery", "Expected ahead: 8 months"]),
        ("on_track", ["recovery: this person alarm at the latest score", "90 % (65 % to 100 %) by", "median lead 3 months (2 to 5)"]),
        ("own_change", ["5 months 9.0 (deteriorated)", "8.5 points count as reliable"]),
        ("benefit", ["Beat the Blues − Treatment as usual −5.2 (−10.7 to 0.3), average −3.5 (−6.9 to −0.1)", "recommends nothing"]),
    ],
)  # fmt: skip
def test_the_description_has_the_numbers(samples: ModuleType, name: str, words: list[str]) -> None:
    made = picture(getattr(samples.made_up, name)())
    told = plain(made.describe)
    for part in words:
        assert part in told, told
    assert plain(made.wide).count(plain(made.describe)[:40]) == 1


# ── single pictures ──────────────────────────────────────────────────────────────────────────────


def test_a_person_stands_where_sorting_puts_them(samples: ModuleType) -> None:
    detail = samples.made_up.individual(("BtheB", "third"), people=30)
    people = picture(detail).people
    assert people is not None
    assert people.ids[0] == "1, Beat the Blues − Treatment as usual"
    for k, contrast in enumerate(detail.contrasts):
        places = people.wide[30 * k : 30 * (k + 1)]
        by_effect = sorted(range(30), key=lambda i: contrast.people[i].effect.value)
        across = [places[i][0] for i in by_effect]
        up = [places[i][1] for i in by_effect]
        assert across == sorted(across)
        assert len(set(across)) == 30
        assert up == sorted(up, reverse=True)


def test_many_people_become_a_band(samples: ModuleType) -> None:
    few, many = (picture(samples.made_up.individual(people=n)) for n in (97, 900))
    assert 'class="whisker thin"' in few.wide
    assert 'class="whisker thin"' not in many.wide
    assert many.people is not None
    assert len(many.people.ids) == 900
    assert next(t for t in many.tables if "Every person" in t.caption).long


def test_sides_turn_with_the_direction_of_the_scale(samples: ModuleType) -> None:
    detail = samples.made_up.moderator()
    assert "↓ favours Beat the Blues" in picture(detail).wide
    assert "↑ favours Beat the Blues" in picture(replace(detail, better="higher")).wide
    benefit = samples.made_up.benefit()
    assert "← favours Beat the Blues" in picture(benefit).wide
    assert "favours Beat the Blues →" in picture(replace(benefit, better="higher")).wide


def test_differences_of_shares_are_percentage_points(samples: ModuleType) -> None:
    detail = replace(samples.made_up.by_level(), unit="proportion")
    levels = (replace(detail.levels[0], effect=Interval(-0.12, -0.3, 0.06)),)
    made = picture(replace(detail, levels=levels))
    assert "−12 (−30 to 6)" in made.wide
    assert "percentage points" in made.describe


def test_regions_are_shaded_and_said_when_there_are_none(samples: ModuleType) -> None:
    detail = samples.made_up.moderator(("BtheB", "third"))
    made = picture(detail)
    assert made.wide.count('class="region"') == 1
    assert made.wide.count("paneltitle") == 2
    none = replace(detail, curves=tuple(replace(c, regions=()) for c in detail.curves))
    assert 'class="region"' not in picture(none).wide
    assert "Nowhere" in picture(none).caption


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_tree_has_a_box_per_node_and_a_branch_per_answer(samples: ModuleType, size: Any) -> None:
    drawing, height = tree(samples.made_up.RULE, NAMES, "points", size)
    assert drawing.count('class="box') == 5
    assert drawing.count('class="box leaf"') == 3
    assert drawing.count(">yes<") == drawing.count(">no<") == 2
    assert "Age below 35?" in drawing
    assert height > 0
    assert tree((), NAMES, "points", size) == ("", 0.0)


def test_a_deep_rule_hangs_and_a_sole_leaf_is_for_everyone() -> None:
    deep = [RuleNode(0, -1, "", "x0", None, 9, Interval(None))]
    for k in range(1, 11, 2):
        deep += [
            RuleNode(k, k - 1, "yes", "", "TAU", 1, Interval(0.0)),
            RuleNode(k + 1, k - 1, "no", f"x{k}", None, 9, Interval(None)),
        ]
    deep.append(RuleNode(11, 10, "yes", "", "BtheB", 1, Interval(None)))
    drawing, _ = tree(tuple(deep), NAMES, "points", WIDE)
    assert drawing.count('class="box') == len(deep)
    assert (
        aloud((RuleNode(0, -1, "", "", "TAU", 9, Interval(None)),), NAMES) == "for everyone: Treatment as usual (n 9)"
    )


def test_conditions_are_told_apart_without_colour(samples: ModuleType) -> None:
    made = picture(samples.made_up.no_recommendation())
    assert made.wide.count('class="unmet"') == made.wide.count(">not met<") == 2
    assert made.wide.count('class="met"') == made.wide.count(">met<") == 1
    assert [row[1] for row in made.tables[0].rows] == ["not met", "not met", "met"]


def test_the_policy_others_are_compared_with_stands_at_zero(samples: ModuleType) -> None:
    detail = samples.made_up.no_recommendation()
    values = (detail.values[0], replace(detail.values[1], gain=Interval(None)), detail.values[2])
    made = picture(replace(detail, values=values))
    assert "compared with this" in made.wide
    assert "could not be computed" not in made.wide


def test_alarms_are_ringed_where_they_were_raised(samples: ModuleType) -> None:
    detail = samples.made_up.course()
    made = picture(detail)
    rings = re.findall(r'<circle cx="[^"]+" cy="[^"]+" r="9" class="alarm"', made.wide)
    assert len(rings) == sum(bool(point.off_track) for point in detail.points) == 1
    quiet = replace(detail, points=tuple(replace(point, off_track=()) for point in detail.points))
    assert "alarm" not in re.sub(r'aria-label="[^"]*"', "", picture(quiet).wide)


def test_every_rule_is_a_row_with_its_verdict(samples: ModuleType) -> None:
    made = picture(samples.made_up.on_track())
    for drawing in (made.wide, made.narrow):
        assert drawing.count("this person: alarm") == 2
        assert drawing.count("this person: no alarm") == 1
        assert drawing.count("this person: back inside") == 1
        assert drawing.count("this person: cannot be said") == 1
    assert len(made.tables[0].rows) == 5
    assert "caught by the third session 85 %" in plain(made.caption)


def test_no_text_stands_above_its_picture(samples: ModuleType) -> None:
    for finding in (*samples.for_whom(("BtheB", "third")), *samples.one_person()):
        made = picture(finding.detail)
        for drawing in (made.wide, made.narrow):
            assert min(float(y) for y in re.findall(r'<text x="[^"]+" y="([^"]+)"', drawing)) >= 9, finding.id


def test_record_with_every_new_kind_survives_the_way_to_json(samples: ModuleType) -> None:
    record = replace(samples.record(), findings=(*samples.for_whom(), *samples.one_person()), person="12")
    again = from_json(to_json(record))
    assert again == record
    names = names_of(record)
    for before, after in zip(record.findings, again.findings, strict=True):
        assert drawn(before.detail, names) == drawn(after.detail, names)
