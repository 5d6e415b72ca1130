"""`forwhom session code`: every turn with its codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, print_problems, say, stop_with
from forwhom.cli.session.reading import (
    Columns,
    File,
    OwnCoder,
    OwnRules,
    Patient,
    Therapist,
    options_of,
    rules_of,
    sessions_of,
)

if TYPE_CHECKING:
    from forwhom.cli.session.reading import Session


def code(
    file: File,
    therapist: Therapist = None,
    patient: Patient = None,
    column: Columns = None,
    rules: OwnRules = None,
    coder: OwnCoder = None,
    to: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the coding: .json in full, .csv to be changed by hand."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Let --out replace a file that is there; never the one that is read.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Code every turn: level, techniques, signs, arousal and mode, each with the words that led to it and its rule."""
    from forwhom.io.codings import as_csv, as_dict
    from forwhom.io.record import write_together
    from forwhom.problems import Problem, ProblemsFound

    options = options_of(therapist, patient, column)
    if to is not None:
        _refuse(to, file, overwrite, as_json)
    try:
        sessions = sessions_of(file, options, rules_of(rules), coder)
        if to is not None:
            if len(sessions) > 1:
                do, found = "Give a file of one session.", f"{len(sessions)} sessions"
                stop_with([Problem("wrong-usage", do, column="--out", found=found)], as_json, 2)
            full = json.dumps(as_dict(sessions[0].coding, sessions[0].transcript), ensure_ascii=False, indent=1) + "\n"
            write_together({to: full if to.suffix.casefold() == ".json" else as_csv(sessions[0].coding)})
    except ProblemsFound as problems:
        stop_with(problems.problems, as_json)
    if as_json:
        made = [as_dict(each.coding, each.transcript) for each in sessions]
        print(json.dumps(made[0] if len(made) == 1 else made, ensure_ascii=False, indent=1))
        return
    for each in sessions:
        print_problems(each.notices)
        if to is None:
            _print(each)
    if to is not None:
        say("Written: ", to)


def _refuse(to: Path, file: Path, overwrite: bool, as_json: bool) -> None:
    """Stop before any work where the coding cannot go there."""
    from forwhom.io.replacing import coding_in_the_way
    from forwhom.problems import Problem

    if to.suffix.casefold() not in (".json", ".csv"):
        do, found = "Give a file ending in .json or .csv.", f"'{to.suffix}' is no ending of a coding"
        stop_with([Problem("wrong-usage", do, column="--out", found=found)], as_json, 2)
    problems = coding_in_the_way(to, file, overwrite=overwrite)
    if problems:
        stop_with(problems, as_json)


def _print(session: Session) -> None:
    """A row per turn: who, level or state, codes with the words they come from."""
    from rich.table import Table
    from rich.text import Text

    text = {turn.number: turn.text for turn in session.transcript.turns} if session.transcript else {}
    table = Table("Turn", "Who", "Level, state", "Codes, with the words that led to them", box=None, pad_edge=False)
    for coded in session.coding.turns:
        cell = Text()
        for mark in coded.marks:
            quiet = mark.withdrawn or mark.confidence < 0.5
            by = "" if mark.by == "rules" else f" by {mark.by}"
            withdrawn = f" withdrawn by {mark.withdrawn_by}".removesuffix(" by ") if mark.withdrawn else ""
            cell.append(
                f"{mark.code} {mark.confidence:.2f}{by}{withdrawn} ",
                style="dim" if quiet else "bold",
            )
            words = ", ".join(f"“{each}”" for each in quoted(text.get(coded.turn, ""), mark.evidence))
            cell.append(f"{words}\n", style="dim")
        table.add_row(str(coded.turn), coded.role, Text(state_in_words(coded)), cell)
    out.print(table)
    for words in session.transcript.assumed if session.transcript else ():
        say(f"Assumed: {words}")


def quoted(text: str, evidence: Any, most: int = 40) -> list[str]:
    """The words of each piece of evidence, shortened."""
    words = [text[each.start : each.end].strip() for each in evidence]
    return [each if len(each) <= most else each[: most - 1] + "…" for each in dict.fromkeys(words) if each]


def _tells(coded: Any) -> bool:
    """Whether some code of the turn is a sign of its state at all, for or against."""
    from forwhom.programme.session import shipped

    known = (shipped().codes.get(mark.code) for mark in coded.marks if not mark.withdrawn)
    return any(code is not None and (code.lost or code.stirred) for code in known)


def state_in_words(coded: Any) -> str:
    """Level of a therapist's turn, state of a patient's, with who set it where a person did."""
    told = _state(coded)
    who = f"patient {coded.patient}: " if coded.patient and told else ""
    set_by = coded.state_why.replace("\n", "; ")
    return f"{who}{told} ({set_by})" if set_by else f"{who}{told}"


def _state(coded: Any) -> str:
    if coded.level is not None:
        set_by = f", {coded.level_why}" if coded.level_why.startswith("set by") else ""
        return f"level {coded.level}{set_by}"
    if coded.mentalizing is not None:
        mode = f", {coded.mode.replace('-', ' ')}" if coded.mode else ""
        from forwhom.programme.session.model import NOT_SEEN
        from forwhom.programme.session.standing import WEAKEST, weak

        states = (coded.mentalizing, coded.arousal or "not coded")
        if set(states) == {NOT_SEEN}:
            return f"only weak signs{mode}" if weak(coded) or _tells(coded) else f"no sign seen{mode}"
        seen = [
            "only weak signs"
            if state == NOT_SEEN and (value or 0.0) >= WEAKEST
            else state.replace(NOT_SEEN, "not seen")
            for state, value in zip(states, (coded.lost, coded.stirred), strict=True)
        ]
        return f"mentalizing {seen[0]}, arousal {seen[1]}{mode}"
    return ""
