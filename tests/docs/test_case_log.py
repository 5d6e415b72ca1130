"""docs/design/case-log.md names every kind of entry with its keys, and every key of case.toml."""

from __future__ import annotations

import re
from pathlib import Path

from forwhom.programme.case import KINDS
from forwhom.programme.case.opening import _ALERT, _CASE, _PERSON


def test_every_kind_and_key_stands_there(root: Path) -> None:
    text = (root / "docs" / "design" / "case-log.md").read_text("utf-8")
    rows = {found[1]: found[0] for found in re.finditer(r"^\| `([\w.-]+)` \|.*$", text, re.MULTILINE)}
    for name, kind in KINDS.items():
        assert name in rows, f"{name} is not in docs/design/case-log.md"
        for key in kind.keys.read:
            optional = "" if key in kind.keys.required else " (optional)"
            assert f"`{key}`{optional}" in rows[name], f"{name}: {key}"
    known = {
        name
        for name in rows
        if "." in name and not name.startswith(("phase.<", "alert.not-staff", "gate.", "phase.order"))
    }
    assert known - set(KINDS) <= {"crisis.other-means-first", "crisis.same-step"}
    for keys in (_CASE, _PERSON, _ALERT):
        for key in keys.read:
            assert re.search(rf"\b{key}\b( =|\.|\]\])", text), key
