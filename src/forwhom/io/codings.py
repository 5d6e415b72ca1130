"""Codings of sessions as files: JSON as forwhom keeps them, TOML and CSV as people write them; corrections beside a transcript."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from forwhom.io.transcripts.decoding import decoded
from forwhom.io.transcripts.tables import rows_of
from forwhom.problems import Problem, ProblemsFound
from forwhom.programme.session.corrections import Correction, line, read_corrections
from forwhom.programme.session.hand import read_coding
from forwhom.programme.session.model import FROM_RULES, RULES, Coding
from forwhom.programme.session.rules import RuleSet
from forwhom.programme.session.turns import Transcript

FORMAT = "forwhom session coding 1"


def as_dict(coding: Coding, transcript: Transcript | None = None, *, words: bool = True) -> dict[str, Any]:
    """A coding as plain values for JSON; with a transcript, the words of each piece of evidence beside its place.

    words : False leaves the words out, so that nothing that was said is in the file
    """
    said = {turn.number: turn for turn in transcript.turns} if transcript and words else {}
    turns = []
    for turn in coding.turns:
        text = said[turn.turn].text if turn.turn in said else None
        marks = []
        for mark in turn.marks:
            evidence: list[dict[str, Any]] = [{"rule": e.rule, "start": e.start, "end": e.end} for e in mark.evidence]
            if text is not None:
                for each in evidence:
                    each["words"] = text[each["start"] : each["end"]]
            made: dict[str, Any] = {
                "code": mark.code,
                "confidence": mark.confidence,
                "by": mark.by,
                "evidence": evidence,
            }
            if mark.withdrawn:
                made |= {"withdrawn": True, "withdrawn_by": mark.withdrawn_by, "withdrawn_why": mark.withdrawn_why}
            marks.append(made)
        values = {
            "turn": turn.turn, "who": turn.role, "level": turn.level, "level_why": turn.level_why or None, "mentalizing": turn.mentalizing,
            "arousal": turn.arousal, "mode": turn.mode, "lost": turn.lost, "stirred": turn.stirred, "patient": turn.patient or None,
            "state_why": (turn.state_why or None) if words else None,
        }  # fmt: skip
        turns.append({key: value for key, value in values.items() if value is not None} | {"marks": marks})
    about: dict[str, Any] = {"name": coding.session, "coder": coding.by, "rules": coding.rules, "of": coding.of}
    if transcript and transcript.assumed:
        about["assumed"] = list(transcript.assumed)
    return {"format": FORMAT, "session": about, "turns": turns}


ABOUT = ("coder", "of")
"""Columns of a table that say who coded, and the fingerprint of what; the same in every row."""
COUNTED = ("patient", "unsure", "lost", "stirred")
"""Columns of a table that say which of several patients speaks, codes too unsure to count, and what the states were read from: with
them the table is judged as the coding is. Whoever codes anew leaves them empty."""


def as_csv(coding: Coding) -> str:
    """A coding as a table that people can change in a spreadsheet: a row per turn, codes joined by semicolons."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(["turn", "who", "level", "codes", "mentalizing", "arousal", "mode", *COUNTED, *ABOUT])
    for turn in coding.turns:
        writer.writerow(
            [
                turn.turn,
                turn.role,
                turn.level or "",
                "; ".join(sorted(turn.held)),
                turn.mentalizing or "",
                turn.arousal or "",
                turn.mode or "",
                turn.patient,
                "; ".join(sorted(turn.codes - turn.held)),
                "" if turn.lost is None else turn.lost,
                "" if turn.stirred is None else turn.stirred,
                coding.by,
                coding.of,
            ]
        )
    return made.getvalue()


def is_coding(path: Path) -> bool:
    """Whether a file holds a coding rather than a transcript: by its ending, a table by its columns."""
    ending = path.suffix.casefold()
    if ending in (".toml", ".json"):
        return True
    if ending not in (".csv", ".tsv"):
        return False
    try:
        with path.open("rb") as file:
            head = decoded(file.read(4096), path.name).text.split("\n", 1)[0]
    except OSError:
        return False
    names = {name.strip(' "\r').casefold() for name in head.replace("\t", ",").replace(";", ",").split(",")}
    return {"turn", "who"} <= names and bool(names & {"level", "codes", "mentalizing", "arousal"})


def read_coding_file(path: Path, rules: RuleSet | None = None) -> Coding:
    """A coding from TOML, JSON or a table. Raises ProblemsFound with everything that is wrong.

    rules : whose codes may stand in it; None: those that ship
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        problem = Problem("missing-file", "Check the path.", str(path), found=f"cannot be read: {error.strerror}")
        raise ProblemsFound([problem]) from error
    text = decoded(data, path.name).text
    ending = path.suffix.casefold()
    if ending in (".csv", ".tsv"):
        table = rows_of(text, path.name)
        names = [name.casefold() for name in table.header]
        turns = [dict(zip(names, cells, strict=False)) for _, cells in table.rows]
        about = {key: ", ".join(dict.fromkeys(filter(None, (each.pop(key, "") for each in turns)))) for key in ABOUT}
        # Somebody may have changed what the rules wrote, without a name: neither the rules' own, nor known to be a person's.
        coder = {"coder": FROM_RULES} if about["coder"] == RULES else {"coder": about["coder"]}
        return read_coding({"name": path.stem, **about, **coder}, turns, path.name, rules)
    plain = _toml(text, path.name) if ending == ".toml" else _json(text, path.name)
    turns_read = plain.get("turns")
    if not isinstance(turns_read, list) or not all(isinstance(each, Mapping) for each in turns_read):
        do = "Write [[turns]] above each turn; see docs/reference/session-files.md."
        raise ProblemsFound([Problem("no-turns", do, path.name, found="there are no turns")])
    session = plain.get("session")
    unknown = [
        Problem(
            "unknown-key",
            "Correct or remove it; see docs/reference/session-files.md.",
            path.name,
            column=key,
            found="unknown key",
        )
        for key in plain
        if key not in ("session", "turns", "format")
    ]
    if unknown:
        raise ProblemsFound(unknown)
    known = session if isinstance(session, Mapping) else {}
    coding = read_coding(known, turns_read, path.name, rules)
    return coding if known.get("name") else replace(coding, session=path.stem)


def _toml(text: str, file: str) -> dict[str, Any]:
    import tomli

    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as why:
        raise ProblemsFound(
            [Problem("not-toml", "Correct the file; a file cut off is one cause.", file, found=f"not TOML: {why}")]
        ) from why


def _json(text: str, file: str) -> dict[str, Any]:
    try:
        plain = json.loads(text)
    except ValueError as why:
        raise ProblemsFound(
            [Problem("not-json", "Make the file anew; it may be cut off.", file, found=f"not JSON: {why}")]
        ) from why
    if not isinstance(plain, dict) or plain.get("format", FORMAT) != FORMAT:
        do = "Give a file that forwhom session code wrote."
        raise ProblemsFound([Problem("not-a-coding", do, file, found="it is no coding of a session", possible=FORMAT)])
    return plain


# ── corrections ──────────────────────────────────────────────────────────────────────────────────


def corrections_of(path: Path) -> Path:
    """The file of corrections beside a transcript or coding."""
    return path.with_name(f"{path.name}.corrections.jsonl")


def read_corrections_file(path: Path) -> tuple[tuple[Correction, ...], tuple[Problem, ...]]:
    """Corrections beside `path`; none where there is no such file."""
    beside = corrections_of(path)
    try:
        text = beside.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return (), ()
    except OSError as error:
        problem = Problem("missing-file", "Check the file.", beside.name, found=f"cannot be read: {error.strerror}")
        raise ProblemsFound([problem]) from error
    return read_corrections(text, beside.name)


def append_correction(path: Path, correction: Correction) -> Path:
    """Add one line; what is there is never changed, and a line that was cut off keeps a line of its own."""
    beside = corrections_of(path)
    data = (line(correction) + "\n").encode()
    try:
        handle = os.open(beside, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            _lock(handle)
            size = os.fstat(handle).st_size
            if size:
                os.lseek(handle, size - 1, os.SEEK_SET)
                if os.read(handle, 1) != b"\n":
                    data = b"\n" + data
            os.write(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        problem = Problem(
            "cannot-write",
            "Choose a folder you may write to.",
            str(beside),
            found=f"cannot be written: {error.strerror}",
        )
        raise ProblemsFound([problem]) from error
    return beside


def _lock(handle: int) -> None:
    """One writer at a time, where the system has such locks; closing the file gives it back."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(handle, fcntl.LOCK_EX)
