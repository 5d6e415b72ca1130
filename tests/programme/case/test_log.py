"""The log: what cannot be read is told with its line and kept; all at once."""

from __future__ import annotations

import datetime as dt
import json

from case_rooms import LONDON, Writer
from hypothesis import given
from hypothesis import strategies as st

from forwhom.programme.case import Entry, line, read_entries, read_log
from forwhom.programme.case.log import Tip, digest

AT = "2026-03-01T10:00:00+01:00"


def written(*tables: dict[str, object] | str) -> str:
    """Lines that follow each other; a text stands as it is."""
    lines: list[str] = []
    for i, each in enumerate(tables, 1):
        if isinstance(each, str):
            lines.append(each)
            continue
        previous = digest(lines[-1].encode()) if lines else None
        base = {"seq": i, "id": f"e{i}", "at": AT, "by": "ben", "kind": "note.added", "data": {"text": "…"}}
        lines.append(json.dumps({**base, "previous": previous, **each}))
    return "".join(f"{each}\n" for each in lines)


def test_what_is_written_is_read() -> None:
    writer = Writer()
    writer.say("session.begun", session="s1", format="individual")
    writer.say("event.happened", what="self-harm", why="told on the telephone")
    entries, problems = read_entries(writer.text)
    assert not problems
    assert [line(each) for each in entries] == writer.lines


def test_everything_wrong_is_told_at_once_with_its_line_and_nothing_is_lost() -> None:
    text = written(
        {},
        {"at": "2026-03-01T10:00"},
        "{ not json",
        {"seq": "four", "by": None},
        "[]",
        {"seq": 6, "at": "2026-02-01T09:00:00Z"},
        {"seq": 9, "id": "e9"},
        {"seq": 10, "previous": "0" * 64, "id": "e10", "colour": "blue"},
    )
    read = read_log(text)
    told = {(each.row, each.code) for each in read.problems}
    assert told == {
        (2, "no-zone"),
        (3, "damaged-line"),
        (4, "wrong-type"),
        (4, "missing-key"),
        (5, "damaged-line"),
        (6, "wrong-order"),
        (6, "clock-went-back"),
        (7, "wrong-order"),
        (8, "broken-chain"),
        (8, "unknown-key"),
    }
    assert [each.row for each in read.entries] == [1, 6, 7, 8]
    assert [each.row for each in read.aside] == [2, 3, 4, 5]
    assert len(read.entries) + len(read.aside) == len(text.splitlines())


def test_a_half_written_last_line_is_kept_aside_and_the_next_line_follows_the_one_before() -> None:
    whole = written({}, {})
    read = read_log(whole[: len(whole) - 20])
    assert [each.code for each in read.problems] == ["half-written"]
    assert read.aside[0].unfinished
    assert read.tip.seq == 1
    assert read.tip.digest == digest(whole.splitlines()[0].encode())


def test_a_last_line_that_only_lacks_its_end_is_an_entry() -> None:
    read = read_log(written({}, {}).rstrip("\n"))
    assert len(read.entries) == 2
    assert not read.whole
    assert not read.problems


def test_a_changed_line_is_seen_by_the_line_after_it() -> None:
    text = written({}, {}, {})
    assert not read_log(text).problems
    changed = text.replace('"id": "e2"', '"id": "e7"')
    assert [(each.row, each.code) for each in read_log(changed).problems] == [(3, "broken-chain")]
    taken_away = "\n".join(text.splitlines()[1:]) + "\n"
    assert {each.code for each in read_log(taken_away).problems} == {"broken-chain", "wrong-order"}


def test_bytes_that_are_no_text_are_kept() -> None:
    raw = written({}).encode() + b'{"seq": 2, "by": "\xff\xfe"}\n'
    read = read_log(raw)
    assert read.aside[0].raw.endswith(b'\xff\xfe"}')
    assert "no text" in read.problems[0].found


@given(cut=st.integers(0, 900), data=st.binary(max_size=40))
def test_no_bytes_stop_the_reader_and_every_line_is_somewhere(cut: int, data: bytes) -> None:
    raw = written({}, {}, {}).encode()
    raw = raw[:cut] + data + raw[cut:]
    read = read_log(raw)
    lines = raw.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    assert sorted([each.row for each in read.entries] + [each.row for each in read.aside]) == list(
        range(1, len(lines) + 1)
    )


@given(st.integers(0, 4))
def test_a_log_read_in_two_parts_is_the_log(cut: int) -> None:
    lines = written({}, {}, {}, {}).splitlines(keepends=True)
    first = read_log("".join(lines[:cut]))
    second = read_log("".join(lines[cut:]), first.tip)
    whole = read_log("".join(lines))
    assert first.entries + second.entries == whole.entries
    assert not first.problems + second.problems
    assert second.tip == whole.tip


def test_times_keep_their_zone() -> None:
    entry = Entry(
        1, "e1", dt.datetime(2026, 3, 1, 10, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=45))), "a", "note.added"
    )
    (again,), _ = read_entries(line(entry) + "\n")
    assert again.at.utcoffset() == dt.timedelta(hours=5, minutes=45)
    assert read_log("", Tip(3, 3, "x")).tip == Tip(3, 3, "x")


def test_times_of_one_zone_are_compared_as_moments() -> None:
    at = dt.datetime(2026, 10, 25, 1, 30, tzinfo=LONDON)
    first, second = (Entry(1, "e1", at.replace(fold=fold), "a", "note.added") for fold in (0, 1))
    assert second.at - first.at == dt.timedelta(hours=1)
    assert [line(each)[22:60] for each in (first, second)] != [line(first)[22:60]] * 2


def test_what_is_wrong_with_a_log_is_said_without_words_of_the_file() -> None:
    made = Writer()
    for text in "ab":
        made.say("note.added", text=text)
    one, two = made.lines
    broken = "\n".join([two.replace('"seq": 2', '"seq": 7'), "[]", "{", one.replace("note", "not"), "{half"]).encode()
    told = [f"{each.column or ''} {each.found} {each.do}" for each in read_log(b"\xff\n" + broken).problems]
    assert len(told) > 5
    words = {"seq", "previous", "digest", "JSON", "UTF-8", "object", "bytes"}
    assert not [each for each in told if words & set(each.replace("(", " ").replace(")", " ").split())]
