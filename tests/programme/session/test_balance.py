"""Who speaks how much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forwhom.programme.session import Transcript, Turn, code
from forwhom.programme.session.balance import balance
from forwhom.programme.session.turns import ROLES, Role

_BLANKS = [*" \t\n\r\v\f", "\u00a0", "\u2003", "\u2028", "\u3000"]


@given(st.lists(st.tuples(st.sampled_from(ROLES), st.text(["a", "é", "—", *_BLANKS])), max_size=6))
def test_words_are_counted_as_they_are_split_at_any_blank(said: list[tuple[Role, str]]) -> None:
    turns = tuple(Turn(n, role, role, text) for n, (role, text) in enumerate(said, 1))
    words = {role: sum(len(t.text.split()) for t in turns if t.role == role) for role in ("therapist", "patient")}
    session = Transcript("s", turns)
    share = balance(code(session), session).therapist_words
    if all(words.values()):
        assert share == pytest.approx(words["therapist"] / sum(words.values()))
    else:
        assert share is None
