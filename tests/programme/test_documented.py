"""Every key of a programme's file and every word of guidance is documented."""

from __future__ import annotations

import re
from pathlib import Path

from forwhom.keyed import Keys
from forwhom.programme import keys
from forwhom.programme.guidance import shipped_words
from forwhom.programme.guidance.tokens import RESERVED
from forwhom.programme.guidance.words import ACTION, VARIABLE


def test_every_key_is_on_the_page_of_the_file(root: Path) -> None:
    page = (root / "docs/design/programmes.md").read_text(encoding="utf-8")
    page = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", page))))
    tables = [each for each in vars(keys).values() if isinstance(each, Keys)]
    assert len(tables) > 12
    assert {key for table in tables for key in table.read} - named == set()
    words = {*keys.FORMATS, *keys.PRINCIPLES, *keys.GRADES}
    assert {word for word in words if f"`{word}`" not in page} == set()


def test_every_word_of_guidance_is_on_its_page_with_its_values(root: Path) -> None:
    page = (root / "docs/reference/guidance.md").read_text(encoding="utf-8")
    words = shipped_words()
    for each in (*words.variables.values(), *words.actions.values()):
        assert f"| `{each.id}` | {each.possible} | {each.label} |" in page
    assert {word for word in RESERVED if f'"{word}"' not in page} == set()
    assert {key for table in (VARIABLE, ACTION) for key in table.read if key not in page} == set()
