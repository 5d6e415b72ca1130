"""The guide to adding studies, word for word in an empty folder: what it prints is what is printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from forwhom.cli import app

PIECE = re.compile(
    r"^<!-- write (?P<file>\S+) -->$|^```(?P<language>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)


def test_every_command_prints_what_the_page_shows(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (root / "docs/how-to/evidence-add.md").read_text(encoding="utf-8")
    printed, file, shown = "", "", 0
    for piece in PIECE.finditer(text):
        if piece["file"]:
            file = piece["file"]
        elif file:
            Path(file).write_text(piece["body"], encoding="utf-8")
            file = ""
        elif piece["language"] == "sh":
            printed = ""
            for line in piece["body"].splitlines():
                done = CliRunner().invoke(app, shlex.split(line.partition(" | ")[0])[1:], env={"COLUMNS": "96"})
                assert done.exit_code == 0, f"{line}\n{done.output}"
                printed += done.output
        else:
            assert piece["body"].split() == printed.split()
            shown += 1
    assert shown == 6
