"""Transcripts in tables: CSV or TSV with a speaker and what was said, a turn per row."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from forwhom.io.csv_scan import sniff_separator
from forwhom.io.transcripts.cues import seconds
from forwhom.problems import Problem, did_you_mean, listed
from forwhom.programme.session.turns import Turn

KNOWN: Mapping[str, tuple[str, ...]] = {
    "speaker": ("speaker", "interlocutor", "who", "role", "speaker_name", "participant", "name", "sprecher"),
    "text": (
        "text",
        "utterance_text",
        "utterance",
        "said",
        "content",
        "words",
        "transcript",
        "transcription",
        "sentence",
        "message",
    ),
    "start": ("start", "start_time", "timestamp", "begin", "onset", "time", "start_s", "start_ms"),
    "end": ("end", "end_time", "stop", "offset", "end_s", "end_ms"),
    "session": ("session", "session_id", "transcript_id", "recording", "interview_id"),
}
"""Names by which a column is recognised, in the order in which they are tried."""
LONGEST_RECORD = 200
"""Lines; a quote that is still open after so many was never closed."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A table as read: rows of cells with the line each begins on, and what was wrong."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, list[str]], ...]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Kept:
    """Turns of one session in the making."""

    turns: list[Turn] = field(default_factory=list)


def rows_of(text: str, file: str) -> Rows:
    """Every row of a table; an unclosed quote spoils its own line only."""
    separator = sniff_separator(text[:20_000], tab=file.casefold().endswith((".tsv", ".tab")))
    records: list[tuple[int, list[str]]] = []
    open_at: list[int] = []
    for row, raw, closed in _records(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), separator):
        if not closed:
            open_at.append(row)
            records.append((row, [cell.strip().strip('"') for cell in raw.split(separator)]))
        elif raw.strip(separator + " \t\n"):
            records.append((row, next(csv.reader([raw], delimiter=separator), [])))
    problems = []
    if open_at:
        do = "Close the quote at the end of the cell, or double quotes that belong to the text."
        problems.append(
            Problem("unclosed-quote", do, file, open_at[0], found="a quote is opened and not closed; the line was read without it",
                    severity="notice", count=len(open_at))
        )  # fmt: skip
    header = tuple(cell.strip().lstrip("\ufeff") for cell in records[0][1]) if records else ()
    return Rows(header, tuple(records[1:]), tuple(problems))


def _records(lines: Sequence[str], separator: str) -> Iterator[tuple[int, str, bool]]:
    """(line, text, whether its quotes close); a quoted line break does not end a record."""
    place = 0
    while place < len(lines):
        last, still = place, _still_open(lines[place], separator, inside=False)
        while still and last + 1 < len(lines) and last - place < LONGEST_RECORD:
            last += 1
            still = _still_open(lines[last], separator, inside=True)
        if still is not False:
            yield place + 1, lines[place], False
            place += 1
        else:
            # The csv module keeps line breaks that are inside quotes only when it is given the record as one text.
            yield place + 1, " ".join(lines[place : last + 1]), True
            place = last + 1


def _still_open(line: str, separator: str, *, inside: bool) -> bool | None:
    """Whether a quoted cell goes on after a line; None where a quote inside one shows that it was none.

    A quote opens a cell only where the cell begins, and closes it only where the cell ends: elsewhere it belongs to what was said.
    """
    place = 0
    while True:
        if not inside and line.startswith('"', place):
            inside, place = True, place + 1
        if inside:
            place = line.find('"', place)
            if place < 0:
                return True
            if line.startswith('""', place):
                place += 2
                continue
            rest = line[place + 1 :].lstrip(" ")
            if rest and not rest.startswith(separator):
                return None
            inside = False
        place = line.find(separator, place) + 1
        if not place:
            return False


def read_table(
    text: str, file: str, columns: Mapping[str, str]
) -> tuple[dict[str, tuple[Turn, ...]], tuple[str, ...], tuple[Problem, ...]]:
    """Turns per session (one called "" where no column tells sessions apart), what was assumed, what is wrong.

    columns : role ("speaker", "text", "start", "end", "session") → name of the column
    """
    table = rows_of(text, file)
    places, problems, assumed = _places(table.header, columns, file)
    problems = [*table.problems, *problems]
    rows = list(table.rows)
    if places is None:
        bare = _without_header(table)
        if bare is None or columns:
            return {}, (), tuple(problems)
        places, rows = bare
        assumed = (
            "No column is named as speaker or text; the first column was taken for the speaker, all others but times for what was said.",
        )
        problems = list(table.problems)
    sessions, more = _turns(rows, places, table.header if table.rows == tuple(rows) else (), file)
    if "session" not in places:
        problems += _many_in_one(rows, table.header, file)
    return sessions, assumed, (*problems, *more)


def _many_in_one(rows: Sequence[tuple[int, Sequence[str]]], header: Sequence[str], file: str) -> list[Problem]:
    """A notice where a column that nobody named looks as if it told sessions apart."""
    for place, name in enumerate(header):
        if name.casefold().replace(" ", "_") not in KNOWN["session"]:
            continue
        values = {cells[place] for _, cells in rows if place < len(cells)} - {""}
        if len(values) > 1:
            found = f"'{name}' has {len(values)} values, and all rows were read as one session"
            do = f"If it tells sessions apart, say so: --column session={name}."
            return [Problem("many-sessions", do, file, 1, name, found, severity="notice")]
    return []


def _places(
    header: Sequence[str], columns: Mapping[str, str], file: str
) -> tuple[dict[str, int] | None, list[Problem], tuple[str, ...]]:
    folded = {name.casefold().replace(" ", "_"): place for place, name in reversed(list(enumerate(header)))}
    places: dict[str, int] = {}
    problems = []
    for role, name in columns.items():
        place = folded.get(name.casefold().replace(" ", "_"))
        if place is None:
            do = f"{did_you_mean(name, header)}Give the name of a column for the {role}."
            problems.append(Problem("unknown-column", do, file, 1, name, "there is no such column", listed(header)))
        else:
            places[role] = place
    guessed = []
    for role in ("speaker", "text", "start", "end"):
        if role in places or role in columns:
            continue
        found = next((name for name in KNOWN[role] if name in folded and folded[name] not in places.values()), None)
        if found is not None:
            places[role] = folded[found]
            guessed.append(f"{header[folded[found]]} for the {role}")
    if problems or not {"speaker", "text"} <= set(places):
        absent = [role for role in ("speaker", "text") if role not in places and role not in columns]
        if absent:
            do = "Name the columns with --column speaker=NAME and --column text=NAME."
            problems.append(
                Problem(
                    "no-column",
                    do,
                    file,
                    1,
                    found=f"no column for {' and '.join(absent)} is recognised",
                    possible=listed(header),
                )
            )
        return None, problems, ()
    return places, problems, (f"Columns taken by their names: {', '.join(guessed)}.",) if guessed else ()


def _without_header(table: Rows) -> tuple[dict[str, int], list[tuple[int, list[str]]]] | None:
    """A table without a header: few speakers in the first column; whatever else is no time was said, commas in it and all."""
    rows = [(1, list(table.header)), *table.rows]
    width = min((len(cells) for _, cells in rows), default=0)
    if width < 2 or len(rows) < 2:
        return None
    first = [cells[0].strip() for _, cells in rows]
    if len(set(first)) > max(2, len(rows) // 3) or not all(first):
        return None
    # A number alone is a time only where something else was said.
    said = [", ".join(filter(_words, map(str.strip, cells[1:]))) or cells[-1] for _, cells in rows]
    return {"speaker": 0, "text": 1}, [(row, [cells[0], text]) for (row, cells), text in zip(rows, said, strict=True)]


def _words(cell: str) -> bool:
    """Whether a cell holds words rather than nothing or a time."""
    return cell != "" and _time(cell, ms=False) is None


def _turns(
    rows: Sequence[tuple[int, list[str]]], places: Mapping[str, int], header: Sequence[str], file: str
) -> tuple[dict[str, tuple[Turn, ...]], list[Problem]]:
    sessions: dict[str, _Kept] = {}
    wrong: dict[str, list[int]] = {}
    last = max(places.values())
    per_ms = {role: header[place].casefold().endswith("_ms") for role, place in places.items() if place < len(header)}
    for row, cells in rows:
        if len(cells) <= last:
            wrong.setdefault("short-row", []).append(row)
            cells = [*cells, *[""] * (last + 1 - len(cells))]
        said = cells[places["text"]]
        if len(cells) > len(header) > 0:
            wrong.setdefault("long-row", []).append(row)
            # A separator inside the words has cut them; what is over belongs to them where they come last.
            said = " ".join([said, *cells[len(header) :]])
        times: list[float | None] = []
        for role in ("start", "end"):
            value = cells[places[role]].strip() if role in places else ""
            number = _time(value, ms=per_ms.get(role, False))
            if value and number is None:
                wrong.setdefault("broken-time", []).append(row)
            times.append(number)
        if times[0] is not None and times[1] is not None and times[1] < times[0]:
            wrong.setdefault("end-before-start", []).append(row)
            times = [None, None]
        if not said.strip():
            wrong.setdefault("empty-turn", []).append(row)
        name = cells[places["session"]].strip() if "session" in places else ""
        kept = sessions.setdefault(name, _Kept()).turns
        kept.append(
            Turn(
                len(kept) + 1,
                cells[places["speaker"]].strip(),
                "unknown",
                " ".join(said.split()),
                times[0],
                times[1],
                row,
            )
        )
    problems = [
        Problem(code, _WORDS[code][1], file, at[0], found=_WORDS[code][0], severity="notice", count=len(at))
        for code, at in wrong.items()
    ]
    return {name: tuple(kept.turns) for name, kept in sessions.items()}, problems


_WORDS = {
    "short-row": (
        "rows with fewer cells than the header; what is there was kept",
        "Check whether the file was cut off.",
    ),
    "long-row": (
        "rows with more cells than the header; what is over was added to the words",
        "Put cells that hold the separator in quotes.",
    ),
    "broken-time": ("a time cannot be read; the words are kept without it", "Write seconds, or 00:01:02.5."),
    "end-before-start": ("a turn ends before it begins; neither of its times is used", "Correct its times."),
    "empty-turn": ("turns without words; they are kept and not coded", "Nothing, or write what was said."),
}


def _time(value: str, *, ms: bool) -> float | None:
    if not value:
        return None
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        return seconds(value)
    return None if not 0 <= number < 1e9 else number / 1000 if ms else number
