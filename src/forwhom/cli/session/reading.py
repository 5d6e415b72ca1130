"""What the commands on sessions share: options, and a file to its coded sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forwhom.cli.printing import print_problems, stop_with

if TYPE_CHECKING:
    from forwhom.io.transcripts import Options, Read
    from forwhom.problems import Problem
    from forwhom.programme.session import Coding, RuleSet, Transcript
    from forwhom.programme.session.gate import GateRule

File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="A transcript: WebVTT, SRT, CSV, TSV or plain text; or a coding: TOML, JSON, CSV."
    ),
]
Therapist = Annotated[
    list[str] | None,
    typer.Option("--therapist", metavar="NAME", help="Who is the therapist, as the file names them; may be repeated."),
]
Patient = Annotated[
    list[str] | None,
    typer.Option("--patient", metavar="NAME", help="Who is the patient, as the file names them; may be repeated."),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="ROLE=NAME",
        help="Column of a table, by role: speaker, text, start, end or session; may be repeated.",
    ),
]
OwnRules = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="TOML", help="Rules of your own, added to those that ship; may be repeated."),
]
OwnGate = Annotated[
    list[Path] | None,
    typer.Option(
        "--gate",
        metavar="TOML",
        help="Rules of the gate of your own: one with a known id replaces it, others are added; may be repeated.",
    ),
]
OwnCoder = Annotated[
    str | None,
    typer.Option(
        "--coder",
        metavar="MODULE:FUNCTION",
        help="A coder of your own instead of the rules, such as a local language model.",
    ),
]


@dataclass(frozen=True, slots=True)
class Session:
    """A session ready to be used: its coding with the corrections beside its file, and what was wrong on the way."""

    coding: Coding
    transcript: Transcript | None
    notices: tuple[Problem, ...]
    part: str = ""
    """What tells it apart from the others of its file."""


def options_of(therapist: list[str] | None, patient: list[str] | None, column: list[str] | None) -> Options:
    """How to read, from the options given. Wrong usage stops with exit code 2."""
    from forwhom.io.transcripts import Options
    from forwhom.io.transcripts.tables import KNOWN
    from forwhom.problems import Problem, listed

    columns = {}
    for each in column or ():
        role, _, name = each.partition("=")
        if role not in KNOWN or not name:
            found = f"'{each}' names no column for a role"
            stop_with(
                [Problem("wrong-usage", "Write --column ROLE=NAME.", None, None, "--column", found, listed(KNOWN))],
                code=2,
            )
        columns[role] = name
    return Options(tuple(therapist or ()), tuple(patient or ()), columns)


def read_or_stop(
    file: Path, therapist: list[str] | None, patient: list[str] | None, column: list[str] | None, as_json: bool
) -> tuple[Read, ...]:
    """Every transcript of the file, or every problem and exit code 1; notices go to the error stream."""
    from forwhom.io.transcripts import read_transcripts
    from forwhom.problems import ProblemsFound

    options = options_of(therapist, patient, column)
    try:
        read = read_transcripts(file, options)
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    if not as_json:
        print_problems(list(dict.fromkeys(problem for each in read for problem in each.notices)))
    return read


def rules_of(own: list[Path] | None) -> RuleSet:
    """The rules that ship, with those of the user's. Raises ProblemsFound with everything that is wrong in them."""
    from importlib.resources import files

    from forwhom.programme.session import rule_set, shipped
    from forwhom.programme.session.rules import SHIPPED

    if not own:
        return shipped()
    folder = files("forwhom.programme.session").joinpath("rules")
    texts = {name: folder.joinpath(name).read_text(encoding="utf-8") for name in SHIPPED}
    return rule_set(texts | _texts(own))


def gate_of(own: list[Path] | None) -> tuple[GateRule, ...] | None:
    """The rules of the gate with those of the user's; None without any. Raises ProblemsFound with everything that is wrong."""
    from forwhom.programme.session.own_gate import own_gate

    return own_gate(_texts(own)) if own else None


def _texts(paths: list[Path]) -> dict[str, str]:
    from forwhom.problems import Problem, ProblemsFound

    problems = []
    made = {}
    for path in paths:
        try:
            made[str(path)] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            do = "Check the path; rules are TOML in UTF-8."
            problems.append(Problem("missing-file", do, str(path), found=f"cannot be read: {error}"))
    if problems:
        raise ProblemsFound(problems)
    return made


def coder_of(name: str) -> Callable[..., Any]:
    """A function by module and name. Raises ProblemsFound where there is none."""
    import importlib
    import sys

    from forwhom.problems import Problem, ProblemsFound

    module, _, function = name.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(importlib.import_module(module), function)
    except Exception as error:  # whatever a module of somebody else's does on being loaded
        do = "Write --coder module:function; the module must be importable from here."
        raise ProblemsFound(
            [Problem("unknown-coder", do, column="--coder", found=f"'{name}' cannot be loaded: {error}")]
        ) from error
    finally:
        sys.path.pop(0)
    if not callable(found):
        raise ProblemsFound(
            [Problem("unknown-coder", "Name a function.", column="--coder", found=f"'{name}' cannot be called")]
        )
    return found  # type: ignore[no-any-return]  # whatever the module holds, and it can be called


def sessions_of(
    path: Path, options: Options, rules: RuleSet, coder: str | None = None, *, unknown: bool = False
) -> tuple[Session, ...]:
    """Every session of a file, coded and corrected. Raises ProblemsFound with everything that is wrong.

    unknown : a transcript of which nobody can tell who speaks is given as well, searched for words of risk only, its errors among the
        notices
    """
    from forwhom.io.codings import corrections_of, is_coding, read_coding_file, read_corrections_file
    from forwhom.io.transcripts import read_transcripts
    from forwhom.problems import errors
    from forwhom.programme.session import code
    from forwhom.programme.session.coder import code_with
    from forwhom.programme.session.corrections import replay

    corrections, broken = read_corrections_file(path)
    beside = corrections_of(path).name
    if is_coding(path):
        corrected, more = replay(read_coding_file(path, rules), corrections, beside, rules)
        return (Session(corrected, None, (*broken, *more)),)
    made = []
    found = read_transcripts(path, options, unknown=unknown)
    parts = [each.part for each in found]
    for each in found:
        own = coder if not errors(each.notices) else None
        coding = code(each.transcript, rules) if own is None else code_with(coder_of(own), each.transcript, own, rules)
        corrected, more = replay(
            coding, corrections, beside, rules, transcript=each.transcript, session=each.part, sessions=parts
        )
        made.append(Session(corrected, each.transcript, (*each.notices, *broken, *more), each.part))
    return tuple(made)
