"""The guide to a case, word for word in an empty folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from forwhom.cli import app

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FAILS = ("# refused", "crisis check")
"""Commands that are to say no: what is refused, and a plan that nobody has signed yet."""


def test_every_command_does_what_it_says(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(root / "examples")
    said = ""
    for language, body in BLOCK.findall((root / "docs" / "how-to" / "case.md").read_text("utf-8")):
        if language == "toml":
            Path("my-case/case.toml").write_text(body)
        elif language == "json":
            Path("plan.json").write_text(body)
        else:
            for line in body.replace("\\\n", " ").splitlines():
                made = CliRunner().invoke(app, shlex.split(line, comments=True)[1:])
                fails = any(each in line for each in FAILS)
                assert made.exit_code == int(fails), f"{line}\n{made.output}"
                said += made.output
    assert "Recorded: e3 session.state" in said
    assert "send to ben: severe-event/e7/ben" in said
    assert "Version 1 of 1" in said
    assert "false alarms" in said
