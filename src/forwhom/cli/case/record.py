"""`forwhom case record`: one entry into the log."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from forwhom.cli.case.emergency import KIND, numbers, record_emergency
from forwhom.cli.case.shared import NOBODY_TOLD, CaseFolder, Loaded, clock, load, moment, say_untold
from forwhom.cli.case.telling import say_emergency
from forwhom.cli.case.without_file import write_without_file
from forwhom.cli.options import AsJson
from forwhom.cli.printing import print_problems, say, stop_with

if TYPE_CHECKING:
    from forwhom.problems import Problem
    from forwhom.programme.case.kind import Refusal
    from forwhom.programme.case.recording import Draft, Verdict

By = Annotated[str, typer.Option("--by", metavar="PERSON", help="Who records it: an id of case.toml.")]
Role = Annotated[str, typer.Option("--role", help="As what, where the person has several roles.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="When, with its zone; default: now.")]
Why = Annotated[str, typer.Option("--why", help="The reason; needed to overrule.")]
Overrule = Annotated[
    list[str] | None,
    typer.Option("--overrule", metavar="RULE", help="Record it although this rule refuses; may be repeated."),
]


def record(
    folder: CaseFolder,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="Such as session.begun; forwhom case kinds lists all.")],
    values: Annotated[list[str] | None, typer.Argument(metavar="KEY=VALUE", help="Its data, key by key.")] = None,
    by: By = "",
    role: Role = "",
    data: Annotated[
        str, typer.Option("--data", metavar="JSON", help="Its data as JSON; @FILE reads a file, - the standard input.")
    ] = "",
    at: At = None,
    why: Why = "",
    overrule: Overrule = None,
    corrects: Annotated[str | None, typer.Option(metavar="ID", help="The entry whose place it takes.")] = None,
    name: Annotated[str, typer.Option("--id", help="Id of the entry; default: from its number.")] = "",
    as_json: AsJson = False,
) -> None:
    """Add an entry to the log, unless a rule refuses it; every refusal can be overruled with a reason that is kept."""
    from forwhom.problems import Problem
    from forwhom.programme.case.noted import CHANGED
    from forwhom.programme.case.recording import Draft

    if kind == KIND:
        given, wrong = _whatever(data, values or [])
        more = {"role": role, "why": why, "name": name, "corrects": corrects}
        record_emergency(folder, by, at, given, more, wrong, as_json)
        return
    if kind == CHANGED:
        do = "Change case.toml: the next entry enters it."
        stop_with([Problem("written-by-itself", do, column="KIND", found=f"{CHANGED} is written by itself")], as_json)
    if re.fullmatch(r"e\d+(-\d+)?", name):
        do = "Give another id, or none."
        found = f"{name!r} is an id that entries get by themselves"
        stop_with([Problem("reserved-id", do, column="--id", found=found)], as_json)
    loaded = load(folder, as_json)
    say_untold(loaded)
    given = {**_data(data, as_json), **_pairs(values or [], kind, as_json)}
    when = moment(at, "--at", loaded.state, as_json)
    write(loaded, Draft(kind, by, when, given, role, why, tuple(overrule or ()), corrects, name), as_json)


def write(loaded: Loaded, draft: Draft, as_json: bool) -> None:
    """Write an entry, or say what refuses it, and leave with exit code 1; 3 where it was written and nobody is told of it."""
    from forwhom.io.case import append
    from forwhom.problems import ProblemsFound, errors
    from forwhom.programme.case.log import Entry, LogRead
    from forwhom.programme.case.recording import at_once, entry_of, proposed
    from forwhom.programme.case.state import replay

    draft = replace(draft, clock=clock())
    opened = loaded.files.opened
    files_wrong = [each for each in errors(loaded.problems) if each.file != "log.jsonl"]
    if files_wrong and not (at_once(draft.kind) or (draft.kind.startswith("alert.") and opened is not None)):
        # A case whose alerts reach nobody takes no entries that may raise one, but for what must be written down at once,
        # and who was told of it.
        stop_with(files_wrong, as_json)
    scored = _scored(loaded, draft)
    if errors(scored):
        stop_with(scored, as_json)
    if (gone := _gone(loaded, draft)) is not None:
        _refused(loaded, (gone,), (), as_json)
    if opened is None:
        refused = write_without_file(loaded, draft, scored, as_json)
        _refused(loaded, (*loaded.problems, *refused.problems), refused.refusals, as_json)
    verdicts: list[Verdict] = []

    def make(log: LogRead) -> Entry | None:
        entry = entry_of(draft, log.tip)
        if not draft.id:
            taken = {each.id for each in log.entries}
            entry = replace(entry, id=next(each for each in _names(entry.seq) if each not in taken))
        verdict = proposed(replay(loaded.programme, opened, log.entries), entry)
        verdicts.append(verdict)
        return entry if verdict.written else None

    try:
        _enter_case(loaded, draft)
        written = append(loaded.files.folder, make)
    except ProblemsFound as found:
        _say_emergency(loaded, as_json)
        stop_with(found.problems, as_json)
    verdict = verdicts[0] if verdicts else None
    if written is None and verdict is not None:
        _refused(loaded, verdict.problems, verdict.refusals, as_json)
    if written is not None:
        _written(loaded, written, replace(verdict, problems=(*verdict.problems, *scored)) if verdict else None, as_json)


def _names(seq: int) -> Iterator[str]:
    """Ids that an entry may have by itself: its number, else the number and one more."""
    yield f"e{seq}"
    yield from (f"e{seq}-{n}" for n in count(2))


def _scored(loaded: Loaded, draft: Draft) -> tuple[Problem, ...]:
    """What a score's instrument says of it: a score that it does not have is an error, odd and grave items are notices."""
    from forwhom.analysis.programme.score_ranges import out_of_range, safety_untold
    from forwhom.keyed import Found
    from forwhom.programme.case import KINDS

    if draft.kind != "measure.scored":
        return ()
    said = KINDS[draft.kind].keys.build(draft.data, "", Found(""))
    if said is None:
        # What cannot be read is told with everything else that is wrong with the entry.
        return ()
    untold = safety_untold(loaded.state, said.scale, said.items) if loaded.state is not None else ()
    return (*out_of_range(said.scale, said.score, said.items), *untold)


def _gone(loaded: Loaded, draft: Draft) -> Problem | None:
    """A problem where the person was taken out of case.toml: who is there now records; emergency is asked of nobody."""
    from forwhom.problems import Problem, listed
    from forwhom.programme.case.crisis import NEVER_REFUSED

    state = loaded.state
    if state is None or state.noted is None or draft.kind in NEVER_REFUSED:
        return None
    people = state.opened.people
    if draft.by in people or draft.by not in state.noted.people:
        return None
    do = "Record it under the id of somebody who is there."
    return Problem(
        "unknown-person", do, column="by", found=f"{draft.by} is in case.toml no more", possible=listed(people)
    )


def _enter_case(loaded: Loaded, draft: Draft) -> None:
    """Enter in the log what case.toml says now, where that is not what stands there: alerts go by the rules of their time."""
    from forwhom.io.case import append
    from forwhom.programme.case.log import Entry, LogRead
    from forwhom.programme.case.noted import CHANGED, noted
    from forwhom.programme.case.recording import Draft, entry_of

    state, made = loaded.state, loaded.files.digest
    if state is None or draft.by not in state.opened.people:
        return
    data = noted(made, state.opened, state.rules)

    def make(log: LogRead) -> Entry | None:
        last = next((each for each in reversed(log.entries) if each.kind == CHANGED), None)
        # Not the digest alone: the alerts of the programme are part of it, and may have changed.
        same = last is not None and last.data == json.loads(json.dumps(data))
        at = min(draft.at, draft.clock or draft.at)
        return None if same else entry_of(Draft(CHANGED, draft.by, at, data), log.tip)

    append(loaded.files.folder, make)


def _written(loaded: Loaded, entry: Any, verdict: Verdict | None, as_json: bool) -> None:
    from forwhom.programme.case.log import line
    from forwhom.programme.case.watching import SILENT

    made = verdict.case if verdict is not None else None
    before = set(loaded.state.alerts.open) if loaded.state is not None else set()
    raised = [each for each in made.alerts.open.values() if each.id not in before] if made is not None else []
    if as_json:
        notices = [each.as_dict() for each in verdict.problems] if verdict is not None else []
        alerts = [{"id": each.id, "about": each.about, "to": list(each.to)} for each in raised]
        nobody = [each.id for each in raised if not each.to]
        values = {"written": json.loads(line(entry)), "alerts": alerts, "nobody": nobody, "problems": notices}
        print(json.dumps(values, ensure_ascii=False, indent=2))
    else:
        if verdict is not None and verdict.problems:
            print_problems(verdict.problems)
        say(f"Recorded: {entry.id} {entry.kind}")
        for each in raised:
            say(f"Alert {each.id}: {each.about}; to {', '.join(each.to) or 'NOBODY'}")
            say(f"  forwhom case due {loaded.files.folder}")
    told = verdict.problems if verdict is not None else ()
    if any(not each.to for each in raised) or any(each.code == SILENT for each in told):
        if not as_json:
            say("NOBODY IS TOLD of it. Tell somebody yourself.")
        raise typer.Exit(NOBODY_TOLD)


def _refused(loaded: Loaded, problems: tuple[Problem, ...], refusals: tuple[Refusal, ...], as_json: bool) -> NoReturn:
    """Say what is wrong or refused, how to go on, and how emergency help is reached."""
    if as_json:
        values = {
            "written": None,
            "emergency": _emergency(loaded),
            "refused": [asdict(each) for each in refusals],
            "problems": [each.as_dict() for each in _dated(loaded, problems)],
        }
        print(json.dumps(values, ensure_ascii=False, indent=2))
        raise typer.Exit(1)
    for each in refusals:
        say(f"Not recorded: {each.says} [{each.rule}; {each.source}]")
        if each.instead:
            say(f"  {each.instead}")
    if refusals:
        rules = " ".join(f"--overrule {each.rule}" for each in refusals)
        say(f'To record it all the same: {rules} --why "…"')
    _say_emergency(loaded, as_json)
    if problems:
        print_problems(_dated(loaded, problems))
    raise typer.Exit(1)


def _dated(loaded: Loaded, problems: tuple[Problem, ...]) -> list[Problem]:
    """The problems, with the moments that a time without a zone could mean."""
    from forwhom.cli.case.shared import could_mean

    times = {each: re.match(r"'([^']+)'", each.found) for each in problems if each.code == "no-zone"}
    meant = {each: could_mean(made[1], loaded.state) for each, made in times.items() if made is not None}
    return [replace(each, possible=meant.get(each) or each.possible) for each in problems]


def _emergency(loaded: Loaded) -> list[str]:
    from forwhom.programme.case.crisis import emergency

    return list(emergency(loaded.state) if loaded.state is not None else numbers(loaded.files.folder))


def _say_emergency(loaded: Loaded, as_json: bool) -> None:
    if not as_json:
        say_emergency(_emergency(loaded))


def _whatever(text: str, pairs: list[str]) -> tuple[dict[str, Any], list[str]]:
    """What can be read of the data of an emergency, and what cannot."""
    made, wrong = {}, []
    for part in (text, *pairs):
        if not part:
            continue
        key, equals, value = part.partition("=")
        if part is not text and equals:
            made[key] = value
            continue
        try:
            table = json.loads(_raw(part))
        except (OSError, ValueError, RecursionError):
            table = None
        if isinstance(table, dict):
            made |= table
        else:
            wrong.append(part)
    return made, wrong


def _raw(text: str) -> str:
    return sys.stdin.read() if text == "-" else Path(text[1:]).read_text("utf-8") if text.startswith("@") else text


_BRACES = 'Write curly brackets and double quotes: --data \'{"session": "s1"}\'.'


def _data(text: str, as_json: bool) -> dict[str, Any]:
    """What --data gives, its file or the standard input."""
    if not text:
        return {}
    try:
        table = json.loads(_raw(text))
    except OSError as error:
        found = f"{text[1:]} cannot be read: {error.strerror or error}"
        _wrong("--data", found, "Name a file that is there, after @.", as_json)
    except RecursionError:
        _wrong("--data", "it is nested too deeply", "Write the keys of the entry only.", as_json)
    except ValueError as error:
        where = f" from character {error.pos + 1} on" if isinstance(error, json.JSONDecodeError) else ""
        _wrong("--data", f"it cannot be read{where}", _BRACES, as_json)
    if not isinstance(table, dict):
        _wrong("--data", "it has no curly brackets around it", _BRACES, as_json)
    return table


def _pairs(values: list[str], kind: str, as_json: bool) -> dict[str, Any]:
    """Data key by key: a number, true, false, null or JSON where it is one and the key takes it, else text."""
    made: dict[str, Any] = {}
    for each in values:
        key, equals, value = each.partition("=")
        if not equals:
            _wrong("KEY=VALUE", f"{each!r} has no equals sign", "Write session=s1.", as_json)
        made[key] = _value(value, kind, key)
    return made


def _value(raw: str, kind: str, key: str) -> Any:
    from forwhom.keyed import Found, Refused
    from forwhom.programme.case import KINDS

    try:
        made = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    read = KINDS[kind].keys.read.get(key) if kind in KINDS else None
    if read is None:
        return made

    def takes(value: Any) -> bool:
        found = Found("")
        try:
            read(value, key, found)
        except Refused:
            return False
        return not found.problems

    # A session may be called 4, and a turn has a number: what a key reads as text is text.
    return raw if not takes(made) and takes(raw) else made


def _wrong(where: str, found: str, do: str, as_json: bool) -> NoReturn:
    from forwhom.problems import Problem

    stop_with([Problem("wrong-usage", do, None, None, where, found)], as_json, code=2)
