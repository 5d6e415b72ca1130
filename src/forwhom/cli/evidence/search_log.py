"""What `forwhom evidence add` writes into logs of searches, and what `show` prints of them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forwhom.cli.evidence.shared import count
from forwhom.cli.printing import say, stop_with

if TYPE_CHECKING:
    from forwhom.evidence import Ledger
    from forwhom.evidence.model import Looked, Search

NAME = r"[a-z0-9]+(-[a-z0-9]+)*"


@dataclass(frozen=True, slots=True)
class Log:
    """A log to be written, and whether it changes."""

    path: Path
    text: str
    changed: bool


def day_of(date: str | None, as_json: bool) -> dt.date | None:
    """The day of a search; a date that is none stops the command."""
    from forwhom.problems import Problem, short

    try:
        day = None if date is None else dt.date.fromisoformat(date)
    except ValueError:
        do = "Write it as 2026-01-31."
        stop_with([Problem("wrong-date", do, column="--date", found=f"{short(date)} is no day")], as_json, code=2)
    if day is not None and day > dt.date.today():
        do = "Give the day on which was searched."
        stop_with([Problem("wrong-date", do, column="--date", found=f"{day} has not come yet")], as_json, code=2)
    return day


def log_with(source: Looked | None, name: str, question: str, folder: Path, read: Ledger, as_json: bool) -> Log:
    """The log of this name with one source more; made where it is not there. A file that is in it already is not put there twice."""
    import re

    from forwhom.evidence.searches import scaffold_log, with_source
    from forwhom.problems import Problem, short

    path = folder / "searches" / f"{name}.toml"
    if not re.fullmatch(NAME, name):
        do = "Use small letters, digits and hyphens."
        stop_with([Problem("wrong-id", do, column="--search", found=f"'{name}' cannot name a file")], as_json)
    if name in read.searches and not path.exists():
        do = f"forwhom evidence show search={name} shows it. Give yours another id."
        stop_with(
            [Problem("duplicate-id", do, column="--search", found=f"the ledger has {short(name)} already")], as_json
        )
    there = path.read_text(encoding="utf-8") if path.exists() else ""
    if source is None:
        return Log(path, there or scaffold_log(name, question), not there)
    known = read.searches.get(name) if there else None
    if known and source.digest and any(each.digest == source.digest for each in known.sources):
        return Log(path, there, False)
    text = with_source(there or scaffold_log(name, question, example=False), source)
    _readable(text, path, as_json)
    return Log(path, text, True)


def _readable(text: str, path: Path, as_json: bool) -> None:
    """A log whose sources are written in one line cannot be gone on with."""
    import tomli

    from forwhom.problems import Problem

    try:
        tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        do = "Write its sources as [[sources]] tables."
        stop_with([Problem("not-appended", do, path.name, found=str(error))], as_json)


def save(log: Log) -> None:
    """Write it where it changes."""
    if log.changed:
        log.path.parent.mkdir(parents=True, exist_ok=True)
        log.path.write_text(log.text, encoding="utf-8")


def of_searches(read: Ledger, query: list[str], as_json: bool) -> bool:
    """Print the logs that a query names; False where it names none."""
    name = query[0].removeprefix("search=") if len(query) == 1 else ""
    if name != "searches" and name not in read.searches:
        if not query[0].startswith("search=") or len(query) > 1:
            return False
        from forwhom.problems import Problem, did_you_mean, listed, short

        do = f"{did_you_mean(name, read.searches)}Choose one."
        problem = Problem(
            "unknown-word", do, column="search", found=f"{short(name)} is no search", possible=listed(read.searches)
        )
        stop_with([problem], as_json, code=2)
    chosen = [read.searches[name]] if name in read.searches else list(read.searches.values())
    if as_json:
        print(json.dumps([_plain(each, read) for each in chosen], ensure_ascii=False, indent=2, default=str))
        return True
    if not chosen:
        say("No search is logged. forwhom evidence add --search ID begins a log.")
    for i, search in enumerate(chosen):
        if i:
            say("")
        for line in _lines(search, read):
            say(line)
    return True


def _plain(search: Search, read: Ledger) -> dict[str, Any]:
    from dataclasses import asdict

    from forwhom.evidence.searches import absent, flow

    made = {key: value for key, value in asdict(search).items() if key != "file"}
    return {**made, "flow": asdict(flow(search, read)), "not_repeatable": list(absent(search))}


def _lines(search: Search, read: Ledger) -> list[str]:
    from forwhom.evidence.searches import absent, flow_words, source_words

    by = f" ({search.by})" if search.by else ""
    lines = [f"{search.id}: {search.question or 'question not told'}{by}"]
    lines += [f"  • {source_words(source)}" for source in search.sources]
    lines.append(f"  {flow_words(search, read)}")
    lacks = absent(search)
    if lacks:
        lines.append(f"  It cannot be repeated: {'; '.join(lacks)}.")
    if search.note:
        lines.append(f"  Note: {search.note}")
    if search.source:
        lines.append(f"  {search.source}")
    return lines


def flow_line(search: Search, read: Ledger) -> str:
    """The numbers in one line, for what `add` prints at its end."""
    from forwhom.evidence.searches import flow_words

    return f"Log {search.id}, {count(len(search.sources), 'source')}: {flow_words(search, read)}"
