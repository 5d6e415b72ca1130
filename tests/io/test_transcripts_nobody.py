"""Files in which nobody can be told apart are given for searching, and only when that is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.io.transcripts import Options
from forwhom.io.transcripts.nobody import in_sentences
from forwhom.io.transcripts.reading import read_bytes
from forwhom.problems import ProblemsFound, errors
from forwhom.programme.session import Turn, code
from forwhom.programme.session.risk import lines

NOBODY = {
    "a.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nand then I want to\n\n00:02.000 --> 00:03.000\nkill myself\n",
    "a.srt": "1\n00:00:01,000 --> 00:00:02,000\nI want to die.\n",
    "a.txt": "It rained all day.\nI will kill myself tonight.\n",
    "a.csv": "number,said_by_whom\n1,I want to die\n2,Oh\n3,Hm\n4,So\n",
    "three.txt": "Ann: I want to die.\nBob: Oh.\nCat: Hm.\nAnn: So.\nBob: Oh.\nCat: Hm.\n",
}


@pytest.mark.parametrize("name", NOBODY)
def test_what_nobody_is_named_for_can_be_searched(name: str) -> None:
    data = NOBODY[name].encode()
    with pytest.raises(ProblemsFound):
        read_bytes(data, name, Options())
    (read,) = read_bytes(data, name, Options(), unknown=True)
    assert errors(read.notices)
    assert {turn.role for turn in read.transcript.turns} == {"unknown"}
    (line,) = lines(code(read.transcript), read.transcript)
    assert line.row is not None
    assert "die" in line.words or "kill myself" in line.words


def test_the_line_of_plain_text_is_named() -> None:
    (read,) = read_bytes(NOBODY["a.txt"].encode(), "a.txt", Options(), unknown=True)
    assert [line.row for line in lines(code(read.transcript), read.transcript)] == [2]


def test_a_wrong_name_keeps_nothing_from_being_searched() -> None:
    data = b"Therapist: So?\nPatient: I want to die.\n"
    (read,) = read_bytes(data, "s.txt", Options(therapist=("Anna",)), unknown=True)
    assert [problem.code for problem in errors(read.notices)] == ["unknown-speaker"]
    assert [line.turn for line in lines(code(read.transcript), read.transcript)] == [2]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["one two", "three.", "four", "five six seven " * 20, ""]), max_size=30))
def test_no_word_is_lost_when_captions_are_put_together(texts: list[str]) -> None:
    turns = [Turn(n, "", "unknown", text.strip(), float(n), n + 1.0) for n, text in enumerate(texts)]
    made = " ".join(turn.text for turn in in_sentences(turns)).split()
    want = " ".join(texts).split()
    assert set(want) == set(made)
    assert len(made) >= len(want)
