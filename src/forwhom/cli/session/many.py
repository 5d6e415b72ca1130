"""One file of a folder, in whichever process it is checked."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from forwhom.analysis.programme.session_folder import Summary, summary
from forwhom.cli.session.reading import gate_of, rules_of, sessions_of
from forwhom.io.codings import FORMAT
from forwhom.io.transcripts.reading import ENDINGS, Options
from forwhom.problems import Problem, ProblemsFound, listed

if TYPE_CHECKING:
    from forwhom.programme.session import RuleSet
    from forwhom.programme.session.gate import GateRule


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file. file : its name; transcribed : it holds what was said, and is no coding of it"""

    summaries: tuple[Summary, ...]
    problems: tuple[Problem, ...]
    file: str = ""
    transcribed: bool = False
    changed: float = 0.0


def once(outcomes: Sequence[Outcome]) -> tuple[list[Outcome], tuple[Problem, ...]]:
    """The outcomes with each session once: its transcript, else the newest coding of it; and which files were left out.

    A coding knows which transcript it was made from. Two codings of one session are no two sessions.
    """
    best: dict[str, Outcome] = {}
    for each in outcomes:
        if len(each.summaries) == 1 and (of := each.summaries[0].of):
            there = best.get(of)
            if there is None or (each.transcribed, each.changed) > (there.transcribed, there.changed):
                best[of] = each
    kept: list[Outcome] = []
    out: list[Outcome] = []
    for each in outcomes:
        alone = len(each.summaries) == 1 and each.summaries[0].of
        (kept if not alone or best[alone] is each else out).append(each)
    if not out:
        return kept, ()
    do = "Nothing, if that is so; check a coding by its own name."
    found = f"files are codings, or copies, of sessions that are there already, and are left out: {listed([each.file for each in out], 12)}"
    problem = Problem("session-twice", do, found=found, severity="notice", count=len(out))
    # What was wrong with a file that is left out is told all the same.
    return kept, (problem, *(each for one in out for each in one.problems))


def files_of(folder: Path) -> Sequence[Path]:
    """Transcripts and codings of a folder and the folders in it, by name."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and _may_be(path))


def _may_be(path: Path) -> bool:
    """Whether a file is a session; TOML and JSON only where they hold a coding, for other files end so too."""
    ending = path.suffix.casefold()
    if ending not in (".toml", ".json"):
        return ending in ENDINGS
    try:
        with path.open("rb") as file:
            head = file.read(300_000 if ending == ".toml" else 300)
    except OSError:
        return False
    return b"[[turns]]" in head if ending == ".toml" else FORMAT.encode() in head


def checked_file(options: Options, rules: tuple[Path, ...], path: Path, *, gate: tuple[Path, ...] = ()) -> Outcome:
    """The sessions of one file held against the rules; what is wrong with it is given, not raised."""
    try:
        sessions = sessions_of(path, options, _rules(rules), unknown=True)
    except ProblemsFound as found:
        return Outcome((), found.problems, path.name)
    notices = tuple(dict.fromkeys(problem for each in sessions for problem in each.notices))
    made = tuple(summary(each.coding, each.transcript, _gate(gate)) for each in sessions)
    said = all(each.transcript is not None for each in sessions)
    return Outcome(made, notices, path.name, said, path.stat().st_mtime)


@lru_cache(maxsize=4)
def _rules(paths: tuple[Path, ...]) -> RuleSet:
    made = rules_of(list(paths))
    # They stay as long as the process: the collector need not go through them again at every few files.
    gc.freeze()
    return made


@lru_cache(maxsize=4)
def _gate(paths: tuple[Path, ...]) -> tuple[GateRule, ...] | None:
    return gate_of(list(paths))
