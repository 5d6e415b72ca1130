"""`forwhom case kinds`: what can be recorded, with keys and an example, and the ids that entries name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from forwhom.cli.options import AsJson
from forwhom.cli.printing import say, stop_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forwhom.programme.case.kind import Kind

PARTS = ("observations", "contexts", "impairments", "affects", "acts", "points")
NAMED_IN = {
    "assessment.observed": ("observations",),
    "assessment.profiled": ("contexts", "impairments"),
    "assessment.episode": ("contexts", "affects", "acts", "impairments"),
    "formulation.said": ("points",),
    "formulation.compared": ("points",),
    "adherence.rated": ("stance",),
    "event.happened": ("events",),
    "phase.entered": ("phases",),
    "team.item": ("duties",),
}
"""Lists of ids that an entry of a kind names."""


def kinds(
    name: Annotated[
        str | None, typer.Argument(metavar="[KIND]", help="A kind, such as event.happened; or a list of ids.")
    ] = None,
    programme: Annotated[
        str, typer.Option("--programme", metavar="NAME", help="The programme whose ids are listed.")
    ] = "mbt",
    as_json: AsJson = False,
) -> None:
    """List what can be recorded; of one kind its keys and an example; or the ids that entries name, such as observations."""
    from forwhom.programme.case import KINDS

    lists = _lists(programme, as_json)
    if name is None:
        _say_all(KINDS, lists, as_json)
    elif name in KINDS:
        _say_kind(name, KINDS[name], as_json)
    elif name in lists:
        _say_list(name, lists[name], as_json)
    else:
        _unknown(name, [*KINDS, *lists], as_json)


def _say_all(table: Mapping[str, Kind], lists: Mapping[str, Mapping[str, str]], as_json: bool) -> None:
    if as_json:
        values = {"kinds": {name: kind.says for name, kind in table.items()}, "ids": lists}
        print(json.dumps(values, ensure_ascii=False, indent=2))
        return
    width = max(map(len, table))
    for name, kind in table.items():
        say(f"{name:<{width}}  {kind.says}")
    say(f"\nIds that entries name: {', '.join(lists)}")
    say(
        "Keys and an example of one:  forwhom case kinds event.happened\nA list of ids:  forwhom case kinds observations"
    )


def _say_kind(name: str, kind: Kind, as_json: bool) -> None:
    from forwhom.programme.case.examples import BY_ITSELF, EXAMPLES

    keys, example = kind.keys, json.dumps(EXAMPLES[name], ensure_ascii=False)
    if as_json:
        told = {key: {"required": key in keys.required, "do": keys.required.get(key, "")} for key in keys.read}
        values = {
            "kind": name,
            "says": kind.says,
            "keys": told,
            "example": EXAMPLES[name],
            "ids": NAMED_IN.get(name, ()),
        }
        print(json.dumps(values, ensure_ascii=False, indent=2))
        return
    say(f"{name}: {kind.says}")
    for key in keys.read:
        say(f"  {key}: {keys.required[key]}" if key in keys.required else f"  {key} (may be left out)")
    if not keys.read:
        say("  It has no keys.")
    if name in BY_ITSELF:
        say("forwhom writes it by itself.")
    say(f"Example:\n  forwhom case record CASE {name} --by PERSON --data '{example}'")
    for each in NAMED_IN.get(name, ()):
        say(f"Ids:  forwhom case kinds {each}")


def _say_list(name: str, ids: Mapping[str, str], as_json: bool) -> None:
    if as_json:
        print(json.dumps({name: ids}, ensure_ascii=False, indent=2))
        return
    width = max(map(len, ids), default=0)
    for each, says in ids.items():
        say(f"{each:<{width}}  {says}".rstrip())
    if not ids:
        say(f"The programme has no {name}.")


def _lists(name: str, as_json: bool) -> dict[str, dict[str, str]]:
    """Ids by list, each with what it means."""
    from forwhom.problems import ProblemsFound
    from forwhom.programme import named_or_read
    from forwhom.programme.assessment import catalogue
    from forwhom.programme.case.event_kinds import KINDS as EVENTS

    try:
        made = named_or_read(name)
    except ProblemsFound as found:
        stop_with(found.problems, as_json, code=2)
    looked = catalogue(made.id)
    lists = {
        part: {each.id: getattr(each, "label", "") or getattr(each, "says", "") for each in getattr(looked, part, ())}
        for part in PARTS
    }
    lists["stance"] = {each.id: each.says for each in made.adherence}
    lists["phases"] = {each.id: each.name for each in made.phases}
    lists["duties"] = {each.id: each.says for each in made.duties}
    lists["events"] = {each: "severe" if grave == "severe" else "" for each, grave in EVENTS.items()}
    return lists


def _unknown(name: str, known: list[str], as_json: bool) -> NoReturn:
    from forwhom.problems import Problem, did_you_mean, listed

    found = f"'{name}' is neither a kind of entry nor a list of ids"
    do = f"{did_you_mean(name, known)}Name one of them."
    stop_with([Problem("unknown-kind", do, found=found, possible=listed(known, 80))], as_json, code=2)
