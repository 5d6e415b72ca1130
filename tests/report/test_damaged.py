"""A damaged findings.json gives a page or a list of problems, never anything else."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from forwhom.findings.record import from_json
from forwhom.problems import ProblemsFound
from forwhom.report.render import render

EDITS = 300
VALUES: list[Any] = [None, 0, -1, 7, 1e308, -1e99, 1e-320, 0.5, True, "", "x", "\ud800", [], {}, [1], 10**400]


@pytest.fixture(scope="module")
def plain(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A real record with few persons drawn, so that many edits are quick."""
    out = tmp_path_factory.mktemp("real")
    study = root / "examples" / "beat-the-blues"
    command = [sys.executable, "-c", "from forwhom.cli import main; main()", "report", str(study), "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    record = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    for finding in record["findings"]:
        for name in ("lines", "points"):
            people = (finding["detail"] or {}).get(name)
            if people:
                finding["detail"][name] = people[:6]
    return record


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [at, *(place for key in keys for place in places(value[key], (*at, key)))]


def edited(plain: Any, place: tuple[Any, ...], draw: random.Random) -> Any:
    """A copy with one value exchanged, scaled, dropped, doubled or emptied."""
    record = copy.deepcopy(plain)
    parent = record
    for key in place[:-1]:
        parent = parent[key]
    key, value = place[-1], parent[place[-1]]
    how = draw.choice(["exchange", "scale", "drop", "double", "empty"])
    if how == "scale" and isinstance(value, int | float):
        parent[key] = draw.choice([-value, value * 1e6, 0.0])
    elif how == "drop":
        del parent[key]
    elif how == "double" and isinstance(parent, list):
        parent.insert(key, copy.deepcopy(value))
    elif how == "empty" and isinstance(value, list | dict | str):
        parent[key] = type(value)()
    else:
        parent[key] = draw.choice(VALUES)
    return record


def outcome(record: Any) -> str:
    """ "page" or "problems"; whatever else is raised goes on."""
    try:
        render(from_json(json.dumps(record))).encode("utf-8")
    except ProblemsFound as found:
        return "problems" if found.problems else "silence"
    return "page"


def test_random_edits_give_a_page_or_problems(plain: Any) -> None:
    draw = random.Random(20260101)
    outcomes = []
    for k in range(EDITS):
        # Mostly one finding alone, which is quick; every tenth time the whole record.
        whole = plain if k % 10 == 0 else {**plain, "findings": [draw.choice(plain["findings"])]}
        inside = [place for place in places(whole) if place]
        details = [place for place in inside if "detail" in place]
        place = draw.choice(details if details and k % 3 else inside)
        try:
            outcomes.append(outcome(edited(whole, place, draw)))
        except Exception as error:
            raise AssertionError(f"edit {k} at {place}: {error!r}") from error
    assert set(outcomes) == {"page", "problems"}
    assert min(outcomes.count("page"), outcomes.count("problems")) > EDITS / 5


def test_every_list_of_a_detail_cut_by_one(plain: Any) -> None:
    outcomes = []
    for finding in plain["findings"]:
        for place in places(finding["detail"]):
            if any(isinstance(key, int) and key > 1 for key in place):
                continue
            record = copy.deepcopy({**plain, "findings": [finding]})
            value = record["findings"][0]["detail"]
            for key in place:
                value = value[key]
            if isinstance(value, list) and value:
                del value[-1]
                outcomes.append(outcome(record))
    assert set(outcomes) == {"page", "problems"}
    assert len(outcomes) > 50
