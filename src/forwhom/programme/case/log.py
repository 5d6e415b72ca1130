"""The log of a case: one entry a line, only ever added to, each line carrying the digest of the line before."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from forwhom.problems import Problem, did_you_mean, listed, short

LOG = "log.jsonl"
SEE = "the page “The log of a case” of the documentation"
KEYS = ("seq", "id", "at", "by", "role", "kind", "data", "why", "overrules", "corrects", "previous", "written")
FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years that a time may lie in: far beyond any treatment, and far from where reckoning with times ends."""
REQUIRED = ("seq", "id", "at", "by", "kind")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was recorded.

    seq : 1, 2, 3 … in the order of writing
    id : unique within the case
    at : when it was recorded, with its offset from UTC
    by, role : id of the person of case.toml who recorded it, and as what
    kind : such as ``crisis.step-taken``; see docs/design/case-log.md
    data : what is recorded, by the keys of its kind
    why : the reason, where one was given; needed to overrule
    overrules : ids of the rules that would have refused this entry
    corrects : id of the entry that this one takes the place of
    previous : SHA-256 of the line before, hexadecimal; None on the first line
    written : the computer's clock, where `at` lay after it; None for all others
    row : line in the file
    """

    seq: int
    id: str
    at: dt.datetime
    by: str
    kind: str
    role: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    overrules: tuple[str, ...] = ()
    corrects: str | None = None
    previous: str | None = None
    written: dt.datetime | None = None
    row: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        # Python compares and subtracts two times of one zone by the clock on the wall, which repeats an hour in autumn.
        if not isinstance(self.at.tzinfo, dt.timezone):
            object.__setattr__(self, "at", fixed(self.at))

    @property
    def since(self) -> dt.datetime:
        """From when deadlines count: `at`, or the computer's clock where `at` lay after it."""
        return self.at if self.written is None else min(self.at, self.written)


@dataclass(frozen=True, slots=True)
class Tip:
    """Where a log stands: what the next line must follow.

    digest : of the last line, readable or not; None before the first
    """

    seq: int = 0
    row: int = 0
    digest: str | None = None
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Aside:
    """A line that is no entry.

    unfinished : it is the last line and has no end: the writer was interrupted
    """

    row: int
    raw: bytes
    unfinished: bool


@dataclass(frozen=True, slots=True)
class LogRead:
    """A log as it was read.

    whole : False where the last line has no end although it is a whole entry
    """

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    aside: tuple[Aside, ...]
    tip: Tip
    whole: bool = True


def fixed(at: dt.datetime) -> dt.datetime:
    """The same moment with its distance from UTC in place of a zone.

    >>> from zoneinfo import ZoneInfo
    >>> fixed(dt.datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/London"), fold=1)).isoformat()
    '2026-10-25T01:30:00+00:00'
    """
    return at.replace(tzinfo=dt.timezone(at.utcoffset() or dt.timedelta(0)), fold=0)


def digest(raw: bytes) -> str:
    """The digest of one line, without its end."""
    return hashlib.sha256(raw).hexdigest()


def line(entry: Entry) -> str:
    """The entry as one line of JSON, without its end.

    >>> at = dt.datetime(2026, 3, 1, 10, tzinfo=dt.timezone.utc)
    >>> line(Entry(1, "e1", at, "anna", "note.added", data={"text": "…"}))
    '{"seq": 1, "id": "e1", "at": "2026-03-01T10:00:00+00:00", "by": "anna", "role": "", "kind": "note.added", "data": {"text": "…"},
    "why": "", "overrules": [], "corrects": null, "previous": null}'
    """
    values = {
        "seq": entry.seq,
        "id": entry.id,
        "at": entry.at.isoformat(),
        "by": entry.by,
        "role": entry.role,
        "kind": entry.kind,
        "data": dict(entry.data),
        "why": entry.why,
        "overrules": list(entry.overrules),
        "corrects": entry.corrects,
        "previous": entry.previous,
    }
    if entry.written is not None:
        values["written"] = entry.written.isoformat()
    return json.dumps(values, ensure_ascii=False)


def read_entries(text: str | bytes, after: Tip | None = None) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """Every entry that can be read, and every problem of every line; `read_log` also gives the lines kept aside."""
    read = read_log(text, after)
    return read.entries, read.problems


def read_log(text: str | bytes, after: Tip | None = None, file: str = LOG) -> LogRead:
    """Read a log, or the part of one that follows `after`.

    A line that is no entry is a problem and is kept aside; all other lines are read. A break of the chain, a sequence number
    out of order and a clock that went back are problems of an entry that is kept.

    >>> read_log('{"seq": 1, "id": "e1", "at": "2026-03-01T10:00", "by": "anna", "kind": "note.added"}').problems[0].code
    'no-zone'
    """
    raw = text.encode() if isinstance(text, str) else text
    reading = _Reading(after or Tip(), file)
    lines = raw.split(b"\n")
    ended = lines.pop() == b"" if lines[-1] == b"" else False
    for i, each in enumerate(lines):
        reading.one(each, unfinished=not ended and i == len(lines) - 1)
    return LogRead(tuple(reading.entries), tuple(reading.problems), tuple(reading.aside), reading.tip, reading.whole)


class _Reading:
    """What was read so far."""

    def __init__(self, tip: Tip, file: str) -> None:
        self.entries: list[Entry] = []
        self.problems: list[Problem] = []
        self.aside: list[Aside] = []
        self.tip = tip
        self.file = file
        self.whole = True

    def tell(
        self, code: str, column: str | None, found: str, do: str, *, notice: bool = False, possible: str = ""
    ) -> None:
        self.problems.append(
            Problem(
                code, do, self.file, self.tip.row + 1, column, found, possible, severity="notice" if notice else "error"
            )
        )

    def one(self, raw: bytes, *, unfinished: bool) -> None:
        row = self.tip.row + 1
        entry = self._entry(raw, row, unfinished)
        if entry is None:
            self.aside.append(Aside(row, raw, unfinished))
            # The writer who comes next takes an unfinished line away, so nothing follows it.
            self.tip = self.tip if unfinished else Tip(self.tip.seq, row, digest(raw), self.tip.at)
            return
        if unfinished:
            self.whole = False
        self._follows(entry)
        self.entries.append(entry)
        at = entry.at if self.tip.at is None else max(entry.at, self.tip.at)
        self.tip = Tip(max(entry.seq, self.tip.seq), row, digest(raw), at)

    def _entry(self, raw: bytes, row: int, unfinished: bool) -> Entry | None:
        try:
            table = json.loads(raw.decode())
        except (ValueError, RecursionError) as error:
            if unfinished:
                do = "Nothing to do: the next entry keeps it aside in log.aside.jsonl. Record again what it was to say."
                self.tell("half-written", None, "the last line is not finished", do)
            else:
                what = "it holds signs that are no text" if isinstance(error, UnicodeDecodeError) else "it is damaged"
                self.tell("damaged-line", None, f"the line cannot be read: {what}", f"Record it again; see {SEE}.")
            return None
        if not isinstance(table, dict):
            self.tell("damaged-line", None, "the line is no entry", f"Record it again; see {SEE}.")
            return None
        return self._checked(table, row)

    def _checked(self, table: dict[str, Any], row: int) -> Entry | None:
        before = len(self.problems)
        for key in sorted(table.keys() - set(KEYS)):
            hint = did_you_mean(key, KEYS)
            self.tell("unknown-key", key, "unknown key", f"{hint}See {SEE}.", notice=True, possible=listed(KEYS))
        for key in REQUIRED:
            if table.get(key) is None:
                self.tell("missing-key", key, f"{key} is not given", f"Write it; see {SEE}.")
        values = {key: table[key] for key in KEYS if table.get(key) is not None}
        for key, kind, name in _TYPES:
            # A bool is an int for Python, not for who writes a log.
            if key in values and (not isinstance(values[key], kind) or isinstance(values[key], bool)):
                self.tell("wrong-type", key, f"{short(values[key])} is not {name}", f"Write {name}; see {SEE}.")
        if not all(isinstance(each, str) for each in _list(values.get("overrules"))):
            self.tell("wrong-type", "overrules", "not a list of texts", 'Write the ids of rules: ["gate.level"].')
        written = moment(values["written"]) if isinstance(values.get("written"), str) else None
        if isinstance(written, tuple):
            self.tell(written[0], "written", written[1], written[2], notice=True)
            written = None
        at = moment(values["at"]) if isinstance(values.get("at"), str) else None
        beyond = _beyond(values["at"]) if isinstance(at, tuple) else None
        if isinstance(at, tuple) and beyond is None:
            self.tell(at[0], "at", at[1], at[2])
        wrong = any(each.severity == "error" for each in self.problems[before:])
        if isinstance(at, tuple) and beyond is not None:
            # What such a line says counts: an event may stand in it.
            self.tell(at[0], "at", at[1], f"It counts as {beyond.isoformat()}.")
            at = beyond
        if wrong or not isinstance(at, dt.datetime):
            return None
        values |= {"at": at, "written": written, "overrules": tuple(_list(values.get("overrules")))}
        return Entry(**values, row=row)

    def _follows(self, entry: Entry) -> None:
        if entry.previous != self.tip.digest:
            self.tell(
                "broken-chain",
                None,
                "the line does not follow the one before" if self.tip.row else "it says that a line stood before it",
                "Compare with a copy of the log: a line was changed, taken away or put in.",
            )
        if entry.seq != self.tip.seq + 1:
            do = f"{self.tip.seq + 1} was expected. Compare with a copy of the log."
            self.tell("wrong-order", None, f"the entry has the number {entry.seq}", do)
        if self.tip.at is not None and entry.at < self.tip.at:
            self.tell(
                "clock-went-back",
                "at",
                f"{entry.at.isoformat()} is earlier than the entry before",
                "The order of the lines counts. Check the clock of the computer.",
                notice=True,
            )


_TYPES: tuple[tuple[str, type, str], ...] = (
    ("seq", int, "a whole number"),
    ("id", str, "text"),
    ("at", str, "a time in quotes"),
    ("by", str, "text"),
    ("role", str, "text"),
    ("kind", str, "text"),
    ("data", dict, "an object"),
    ("why", str, "text"),
    ("overrules", list, "a list"),
    ("corrects", str, "text"),
    ("previous", str, "text"),
    ("written", str, "a time in quotes"),
)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _beyond(text: str) -> dt.datetime | None:
    """The nearest time within bounds to one with a zone that lies beyond them; None for what is no such time."""
    try:
        at = dt.datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    if at.tzinfo is None or FIRST_YEAR <= at.year <= LAST_YEAR:
        return None
    year = FIRST_YEAR if at.year < FIRST_YEAR else LAST_YEAR
    return dt.datetime(year, 1, 1, tzinfo=dt.UTC)


def moment(text: str) -> dt.datetime | tuple[str, str, str]:
    """A time with its zone, or code, what was found and what to do.

    >>> moment("2026-03-01T10:00:00+01:00").utcoffset().seconds
    3600
    >>> moment("2026-03-01T10:00")[0], moment("soon")[0]
    ('no-zone', 'wrong-time')
    """
    try:
        at = dt.datetime.fromisoformat(text)
        if not FIRST_YEAR <= at.year <= LAST_YEAR:
            return (
                "wrong-time",
                f"{short(text)} is not a time of a treatment",
                f"Write a year from {FIRST_YEAR} to {LAST_YEAR}.",
            )
        if len(text) > 10 and at.tzinfo is not None and at.astimezone(dt.UTC):
            return at
    except (ValueError, OverflowError):
        return "wrong-time", f"{short(text)} is not a time", "Write 2026-03-01T10:00:00+01:00."
    return (
        "no-zone",
        f"{short(text)} has no zone",
        "Add the distance from UTC: 2026-03-01T10:00:00+01:00, or Z for UTC.",
    )
