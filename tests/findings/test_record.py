"""The record survives the way to JSON and back, and refuses what it must refuse."""

from __future__ import annotations

import json
import types
from dataclasses import fields, is_dataclass, replace
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forwhom.findings import kinds
from forwhom.findings.kinds import ClusterDetail, Interval
from forwhom.findings.model import Finding, Method, Population, Provenance, Record, StudyCard
from forwhom.findings.record import VERSION, from_json, parsed, to_json
from forwhom.problems import ProblemsFound


def anything(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type hint, written apart from the reader so that the two can disagree."""
    if hint is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    if hint is int:
        return st.integers()
    if hint is str:
        return st.text(max_size=8)
    if hint is bool:
        return st.booleans()
    if hint is type(None):
        return st.none()
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.deferred(lambda: st.builds(hint, **{f.name: anything(hints[f.name]) for f in fields(hint)}))
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of([anything(argument) for argument in arguments])
    if origin is tuple and arguments[1:] == (...,):
        return st.lists(anything(arguments[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(anything, arguments))
    if origin is dict:
        return st.dictionaries(st.text(max_size=4), anything(arguments[1]), max_size=2)
    raise TypeError(hint)


def a_record(**changes: Any) -> Record:
    provenance = Provenance("abc", {"forwhom": "0.1.0"}, 1)
    finding = Finding(
        id="measurement.cluster.bdi2",
        status="answered",
        question="How alike are patients of one therapist?",
        statement="A little: 0.05.",
        population=Population(100, 97),
        method=Method("Mixed model", {"estimation": "REML"}, ("Someone, 2001",)),
        registered="exploratory",
        provenance=provenance,
        detail=ClusterDetail("bdi2", (("therapist", 8, 12.5, Interval(0.05, 0.0, None)),)),
    )
    card = StudyCard(
        "s", "S − “ü”", None, "month", (("a", "A"),), ({"name": "bdi2"},), None, None, 100, {"persons": 100}
    )
    return replace(Record(VERSION, card, (finding,), (), provenance), **changes)


def with_value(value: Any) -> Record:
    record = a_record()
    detail = ClusterDetail("bdi2", (("therapist", 8, value, Interval(0.05)),))
    return replace(record, findings=(replace(record.findings[0], detail=detail),))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(anything(Finding), anything(StudyCard), anything(Provenance))
def test_round_trip(finding: Finding, card: StudyCard, provenance: Provenance) -> None:
    record = Record(VERSION, card, (finding,), (), provenance)
    text = to_json(record)
    assert parsed(text) == record
    assert to_json(parsed(text)) == text


@pytest.mark.parametrize("kind", get_args(kinds.Detail), ids=lambda kind: kind.__name__)
def test_every_detail_keeps_its_kind(kind: type) -> None:
    @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(anything(kind))
    def check(detail: Any) -> None:
        record = a_record()
        record = replace(record, findings=(replace(record.findings[0], detail=detail),))
        back = parsed(to_json(record)).findings[0].detail
        assert type(back) is kind
        assert back == detail

    check()


def test_same_bytes_for_the_same_record() -> None:
    assert to_json(a_record()) == to_json(a_record())
    assert list(json.loads(to_json(a_record()))) == [f.name for f in fields(Record)]


def test_text_is_readable_and_compares_by_line() -> None:
    text = to_json(a_record())
    assert "S − “ü”" in text
    other = to_json(with_value(13.5))
    differing = [pair for pair in zip(text.splitlines(), other.splitlines(), strict=True) if pair[0] != pair[1]]
    assert len(differing) == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_refuses_numbers_that_are_not_finite(value: float) -> None:
    with pytest.raises(ValueError, match=r"findings\[0\]\.detail\.rows\[0\]\[2\]"):
        to_json(with_value(value))


@pytest.mark.parametrize("value", [[1.0], {1}, object(), 1j])
def test_refuses_values_that_are_not_plain(value: object) -> None:
    with pytest.raises(ValueError, match="plain"):
        to_json(with_value(value))


def test_refuses_keys_that_are_not_texts() -> None:
    with pytest.raises(ValueError, match="keys"):
        to_json(a_record(provenance=Provenance("abc", {1: "x"})))


def test_text_that_utf8_cannot_write_survives() -> None:
    record = a_record(provenance=Provenance("\ud800", {}))
    text = to_json(record)
    assert from_json(text.encode("utf-8").decode("utf-8")) == record


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not-json"),
        ("{", "not-json"),
        ('{"version": NaN}', "not-json"),
        ("[" * 100_000, "not-json"),
        ("[]", "not-a-record"),
        ("{}", "not-a-record"),
        ('{"version": 1}', "not-a-record"),
        ('{"version": "one"}', "not-a-record"),
        ('{"version": "1.²"}', "not-a-record"),
        ('{"version": "2.0"}', "record-version"),
        ('{"version": "0.9"}', "record-version"),
        ('{"version": "1.0"}', "record-field"),
    ],
)
def test_bad_text_is_a_problem(text: str, code: str) -> None:
    with pytest.raises(ProblemsFound) as caught:
        from_json(text)
    assert {problem.code for problem in caught.value.problems} == {code}


def test_every_wrong_field_is_listed() -> None:
    plain = json.loads(to_json(a_record()))
    plain["study"]["persons"] = "many"
    plain["findings"][0]["status"] = "perhaps"
    plain["findings"][0]["detail"]["rows"][0][2] = True
    plain["findings"][0]["surprise"] = 1
    del plain["provenance"]["fingerprint"]
    with pytest.raises(ProblemsFound) as caught:
        from_json(json.dumps(plain))
    assert {problem.column for problem in caught.value.problems} == {
        "record.study.persons",
        "record.findings[0].status",
        "record.findings[0].detail.rows[0][2]",
        "record.findings[0].surprise",
        "record.provenance.fingerprint",
    }


def test_a_number_too_large_is_refused() -> None:
    text = to_json(with_value(12.5)).replace("12.5", "1e999")
    with pytest.raises(ProblemsFound, match="finite"):
        from_json(text)


def test_an_unknown_kind_of_detail_names_the_known() -> None:
    text = to_json(a_record()).replace("ClusterDetail", "HoroscopeDetail")
    with pytest.raises(ProblemsFound, match="FlowDetail"):
        from_json(text)


def test_a_newer_minor_version_may_bring_fields() -> None:
    plain = json.loads(to_json(a_record(version="1.7")))
    plain["findings"][0]["news"] = [1, 2]
    assert from_json(json.dumps(plain)) == a_record(version="1.7")
