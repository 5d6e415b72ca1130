"""Every code, rule of the gate and key of a rule is in the reference, with the source it has in the data."""

from __future__ import annotations

import re
from pathlib import Path

from forwhom.programme.session import gate_rules, shipped
from forwhom.programme.session.hand import PASSED, TURN_KEYS


def test_codes_and_gate_are_in_the_reference(root: Path) -> None:
    page = (root / "docs/reference/session-rules.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line for line in page.split("\n") if line.startswith("| `")}
    for each in (*shipped().codes.values(), *gate_rules()):
        assert each.id in rows, each.id
        assert each.source in rows[each.id], each.id


def test_keys_of_a_coding_are_in_the_reference(root: Path) -> None:
    page = (root / "docs/reference/session-files.md").read_text(encoding="utf-8")
    kept_by_forwhom = {"marks", "level_why", "lost", "stirred"}
    assert [key for key in (*TURN_KEYS, *PASSED) if key not in page and key not in kept_by_forwhom] == []


def test_the_table_of_agreement_is_kept_with_its_figures(root: Path) -> None:
    page = (root / "validation/session/README.md").read_text(encoding="utf-8")
    assert all(
        f"| {code.label} |" in page
        for code in shipped().codes.values()
        if code.id in ("just", "rewind", "relationship")
    )


def test_the_number_of_rules_in_the_pages_is_the_number_there_is(root: Path) -> None:
    every = (*shipped().rules, *shipped().structures)
    seen = sum(rule.seen for rule in every)
    page = re.search(
        r"Of (\d+) rules (\d+) hold", (root / "docs/reference/session-rules.md").read_text(encoding="utf-8")
    )
    readme = re.search(
        r"(\d+) of (\d+) rules hold", (root / "validation/session/README.md").read_text(encoding="utf-8")
    )
    assert page is not None
    assert readme is not None
    assert page.groups() == (str(len(every)), str(seen))
    assert readme.groups() == (str(seen), str(len(every)))
