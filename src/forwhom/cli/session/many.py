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
from forwhom.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from forwhom.programme.session import RuleSet
    from forwhom.programme.session.gate import GateRule


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file."""

    summaries: tuple[Summary, ...]
    problems: tuple[Problem, ...]


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
        return Outcome((), found.problems)
    notices = tuple(dict.fromkeys(problem for each in sessions for problem in each.notices))
    return Outcome(tuple(summary(each.coding, each.transcript, _gate(gate)) for each in sessions), notices)


@lru_cache(maxsize=4)
def _rules(paths: tuple[Path, ...]) -> RuleSet:
    made = rules_of(list(paths))
    # They stay as long as the process: the collector need not go through them again at every few files.
    gc.freeze()
    return made


@lru_cache(maxsize=4)
def _gate(paths: tuple[Path, ...]) -> tuple[GateRule, ...] | None:
    return gate_of(list(paths))
