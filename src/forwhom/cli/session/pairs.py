"""Which sessions of two files or folders belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from forwhom.cli.session.many import files_of
from forwhom.cli.session.reading import sessions_of
from forwhom.problems import Problem, ProblemsFound, listed

if TYPE_CHECKING:
    from forwhom.io.transcripts import Options
    from forwhom.programme.session import Coding, RuleSet


@dataclass(frozen=True, slots=True)
class Named:
    """A coding with what it is matched by.

    name : path in its folder without the last ending; "" where two files are compared
    part : what tells it apart from the others of its file; "" where there are none
    label : how a person finds it
    """

    name: str
    part: str
    label: str
    coding: Coding
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pairs:
    """Sessions of both, and the labels of those that are in one only, or whose name is there more than once.

    assumed : what was guessed while reading them, each once
    """

    both: tuple[tuple[Coding, Coding], ...]
    first_only: tuple[str, ...] = ()
    second_only: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


def pairs_of(first: Path, second: Path, options: Options, rules: RuleSet) -> Pairs:
    """The sessions of two files or folders, paired. Raises ProblemsFound with everything that is wrong in any file."""
    by_name = first.is_dir() or second.is_dir()
    problems: list[Problem] = []
    one, two = (_named(path, by_name, options, rules, problems) for path in (first, second))
    if problems:
        raise ProblemsFound(problems)
    if not (first.is_dir() and second.is_dir()) and len(one) == len(two) == 1 and _may_be_same(one[0], two[0]):
        found = Pairs(((one[0].coding, two[0].coding),))
    else:
        found = matched(one, two)
    guessed = dict.fromkeys(f"{each.label}: {words}" for each in (*one, *two) for words in each.assumed)
    return replace(found, assumed=tuple(guessed))


def matched(one: Sequence[Named], two: Sequence[Named]) -> Pairs:
    """Pairs by name and part. A name that one side has more than once is compared with nothing."""
    first, second = _by_key(one), _by_key(two)
    twice = {key for side in (first, second) for key, found in side.items() if len(found) > 1}
    both = [key for key in first if key in second and key not in twice]
    return Pairs(
        tuple((replace(first[key][0].coding, session=first[key][0].label), second[key][0].coding) for key in both),
        tuple(found[0].label for key, found in first.items() if key not in second and key not in twice),
        tuple(found[0].label for key, found in second.items() if key not in first and key not in twice),
        tuple((first.get(key) or second[key])[0].label for key in sorted(twice)),
    )


def told(found: Pairs) -> list[Problem]:
    """What is not compared, by name."""
    problems = []
    alone = [
        f"in the {which} only: {listed(labels, 40)}"
        for which, labels in (("first", found.first_only), ("second", found.second_only))
        if labels
    ]
    if alone:
        do = "Give the same names to files that belong together."
        what = f"sessions that are not in both are not compared; {'; '.join(alone)}"
        count = len(found.first_only) + len(found.second_only)
        problems.append(Problem("sessions-differ", do, found=what, severity="notice", count=count))
    if found.twice:
        do = "Leave one file of each name in the folder."
        what = f"more than one file has the name, and none of them is compared: {listed(found.twice, 40)}"
        problems.append(Problem("name-twice", do, found=what, severity="notice", count=len(found.twice)))
    return problems


def _named(path: Path, by_name: bool, options: Options, rules: RuleSet, problems: list[Problem]) -> tuple[Named, ...]:
    made = []
    for file in files_of(path) if path.is_dir() else [path]:
        below = file.relative_to(path) if path.is_dir() else Path(file.name)
        name = below.with_suffix("").as_posix()
        try:
            sessions = sessions_of(file, options, rules)
        except ProblemsFound as found:
            problems += found.problems
            continue
        for each in sessions:
            label = " ".join(filter(None, (name if by_name or not each.part else "", each.part)))
            made.append(
                Named(
                    name if by_name else "",
                    each.part,
                    label,
                    each.coding,
                    each.transcript.assumed if each.transcript else (),
                )
            )
    return tuple(made)


def _may_be_same(one: Named, two: Named) -> bool:
    """Whether the only sessions of two files may be one; not where both say which they are, and differ."""
    return not one.part or not two.part or one.part == two.part


def _by_key(named: Sequence[Named]) -> dict[tuple[str, str], list[Named]]:
    found: dict[tuple[str, str], list[Named]] = {}
    for each in named:
        found.setdefault((each.name, each.part), []).append(each)
    return found
