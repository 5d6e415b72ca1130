"""A file to its sessions: by its ending, or by how it begins."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from forwhom.io.transcripts.cues import read_cues
from forwhom.io.transcripts.decoding import decoded
from forwhom.io.transcripts.nobody import in_sentences, lines_as_turns, nobody_named
from forwhom.io.transcripts.plain_text import read_plain
from forwhom.io.transcripts.tables import read_table
from forwhom.problems import Problem, ProblemsFound, errors, raise_if_errors
from forwhom.programme.session.language import not_english
from forwhom.programme.session.speakers import speakers, with_roles
from forwhom.programme.session.turns import Transcript, Turn, joined

ENDINGS = (".vtt", ".srt", ".csv", ".tsv", ".tab", ".txt")
"""Endings of files that a folder of transcripts is searched for."""

_SIMULATED = re.compile(r"^NOTE simulated\b", re.MULTILINE)
"""What marks a WebVTT file as a session that never took place."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to read a transcript.

    therapist, patient : names of the speakers, as in the file
    columns : role ("speaker", "text", "start", "end", "session") → column of a table
    """

    therapist: tuple[str, ...] = ()
    patient: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """A session and what was wrong or guessed while reading it; notices only, errors are raised.

    part : what tells it apart from the others of its file, as the column of sessions says it; "" without such a column
    """

    transcript: Transcript
    notices: tuple[Problem, ...] = ()
    part: str = ""


def read_file(path: Path, options: Options | None = None) -> Read:
    """The one session of a file. Raises ProblemsFound with everything that is wrong, also for several sessions in it."""
    found = read_transcripts(path, options)
    if len(found) > 1:
        do = "Check the whole file with forwhom session check, or give each session a file."
        raise ProblemsFound([Problem("many-sessions", do, path.name, found=f"{len(found)} sessions are in the file")])
    return found[0]


def read_transcripts(path: Path, options: Options | None = None, *, unknown: bool = False) -> tuple[Read, ...]:
    """Every session of a file: one, or one per value of the column that tells them apart.

    unknown : a file whose words can be read is given also where nobody can be told from it, or no turns: in turns of nobody known, so
        that its words can be searched, with the errors among the notices
    Raises ProblemsFound with all problems when there is an error among them.
    """
    given = options or Options()
    try:
        data = path.read_bytes()
    except OSError as error:
        problem = Problem("missing-file", "Check the path.", str(path), found=f"cannot be read: {error.strerror}")
        raise ProblemsFound([problem]) from error
    return read_bytes(data, path.name, given, unknown=unknown)


def read_bytes(data: bytes, name: str, options: Options, *, unknown: bool = False) -> tuple[Read, ...]:
    """As `read_transcripts`, from bytes."""
    text = decoded(data, name)
    kind = format_of(name, text.text)
    if not text.text.strip():
        empty = Problem("empty-file", "Check that it is the right file.", name, found="the file has no words")
        raise ProblemsFound([*text.problems, empty])
    sessions, assumed, problems = _turns(kind, text.text, name, options)
    assumed = tuple(each for each in (text.assumed, *assumed) if each)
    problems = (*text.problems, *problems)
    if not any(sessions.values()) and not errors(problems):
        nothing = Problem("no-turns", "Check that it is a transcript.", name, found=f"read as {kind}, it has no turns")
        problems = (*problems, nothing)
    if not unknown:
        raise_if_errors(problems)
    elif errors(problems):
        sessions, assumed = {"": lines_as_turns(text.text)}, ()
    elif kind == "plain text" and nobody_named(sessions[""]):
        sessions = {"": lines_as_turns(text.text)}
    digest = hashlib.sha256(data).hexdigest()
    simulated = kind == "WebVTT" and _SIMULATED.search(text.text) is not None
    stem = name.rpartition(".")[0] or name
    made = [
        replace(
            _one(
                in_sentences(turns) if unknown and nobody_named(turns) else turns,
                f"{stem} {each}" if each else stem,
                kind,
                digest,
                assumed,
                problems,
                name,
                options,
                simulated,
            ),
            part=each,
        )
        for each, turns in sessions.items()
    ]
    if not unknown:
        raise_if_errors(problem for read in made for problem in read.notices)
    return tuple(made)


def _one(
    turns: tuple[Turn, ...],
    name: str,
    kind: str,
    digest: str,
    assumed: tuple[str, ...],
    problems: tuple[Problem, ...],
    file: str,
    options: Options,
    simulated: bool,
) -> Read:
    who = speakers(turns, therapist=options.therapist, patient=options.patient, file=file)
    # Who speaks is wrong or unknown: nobody's turns are coded, and the words are only searched.
    unread = bool(errors(problems))
    roles = {} if unread or errors(who.problems) else who.roles
    transcript = Transcript(name, with_roles(turns, roles), kind, digest, (*assumed, *who.assumed), simulated)
    notices = (*problems, *not_english(turns, file))
    return Read(transcript, notices if unread else (*notices, *who.problems))


def format_of(name: str, text: str) -> str:
    """Which format a file is in: what stands in it, then its ending.

    >>> format_of("a.txt", "WEBVTT"), format_of("a.txt", "T: Hello"), format_of("a.csv", "speaker,text")
    ('WebVTT', 'plain text', 'table')
    """
    ending = name.casefold().rpartition(".")[2]
    if text.lstrip("\ufeff \n").startswith("WEBVTT") or ending == "vtt":
        return "WebVTT"
    if ending == "srt" or "-->" in text[:2000]:
        return "SRT"
    return "table" if ending in ("csv", "tsv", "tab") else "plain text"


def _turns(
    kind: str, text: str, name: str, options: Options
) -> tuple[dict[str, tuple[Turn, ...]], tuple[str, ...], tuple[Problem, ...]]:
    if kind == "table":
        sessions, assumed, problems = read_table(text, name, options.columns)
        return {each: joined(turns) for each, turns in sessions.items()}, assumed, problems
    if kind == "plain text":
        turns, problems = read_plain(text, name, (*options.therapist, *options.patient))
        return {"": joined(turns)}, (), problems
    turns, problems = read_cues(text, name, vtt=kind == "WebVTT", told_names=(*options.therapist, *options.patient))
    # A caption that names nobody goes on with the speaker of the one before: names are often written only when they change.
    named, carried = _carried(turns)
    assumed = (f"{carried} captions name nobody and were taken to go on with the speaker before.",) if carried else ()
    return {"": joined(named)}, assumed, problems


def _carried(turns: tuple[Turn, ...]) -> tuple[tuple[Turn, ...], int]:
    """Captions without a name with that of the speaker before; but not where two speak in one caption, and nobody knows which is who."""
    nameless = Counter(turn.row for turn in turns if not turn.speaker)
    made: list[Turn] = []
    carried = 0
    speaker = ""
    for turn in turns:
        if turn.speaker or nameless[turn.row] > 1:
            speaker = turn.speaker
        elif speaker:
            turn = replace(turn, speaker=speaker)
            carried += 1
        made.append(turn)
    return tuple(made), carried
