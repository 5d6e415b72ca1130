"""The guides to a case, word for word in an empty folder."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from forwhom.cli import app

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FAILS = ("# refused", "crisis check")
"""Commands that are to say no: what is refused, and a plan that nobody has signed yet."""
SAID = {
    "case": ("Recorded: e3 session.state", "send to ben: severe-event/e7/ben", "Version 1 of 1", "false alarms"),
    "case-team": (
        "walked-out with ben",
        "The therapist's own ratings are kept apart",
        "Recorded: e124 assessment.observed",
        "No problems in my-study",
        "Report:",
    ),
}


def test_every_guide_to_a_case_is_tried(root: Path) -> None:
    assert {path.stem for path in (root / "docs" / "how-to").glob("case*.md")} == set(SAID)


@pytest.mark.parametrize("page", SAID)
def test_every_command_does_what_it_says(
    page: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(root / "examples")
    said, tried = "", 0
    for language, body in BLOCK.findall((root / "docs" / "how-to" / f"{page}.md").read_text("utf-8")):
        if language == "toml":
            Path("my-case/case.toml").write_text(body)
        elif language == "json":
            Path("plan.json").write_text(body)
        else:
            for line in body.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words[:2] == ["cp", "-r"]:
                    shutil.copytree(*words[2:])
                    continue
                assert words[0] == "forwhom", line
                made = CliRunner().invoke(app, words[1:])
                fails = any(each in line for each in FAILS)
                assert made.exit_code == int(fails), f"{line}\n{made.output}"
                said += made.output
                tried += 1
    assert tried >= 15
    for each in SAID[page]:
        assert each in said
