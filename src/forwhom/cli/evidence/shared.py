"""What the commands of `forwhom evidence` share: the group, its options, reading the ledger."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.printing import stop_with

if TYPE_CHECKING:
    from forwhom.evidence import Ledger

evidence = typer.Typer(
    help="Published evidence as data: check it, look things up, add studies.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

Folders = Annotated[
    list[Path] | None,
    typer.Option("--ledger", metavar="DIR", help="A ledger of your own, read beside the shipped one; may be repeated."),
]
NoShipped = Annotated[
    bool, typer.Option("--no-shipped", help="Leave the studies and claims that ship with forwhom out.")
]
Words = Annotated[
    list[str],
    typer.Argument(metavar="QUERY", help="Filters such as region=amygdala (see `words`), and words."),
]


@evidence.callback()
def ledger() -> None:
    """Published evidence as data: check it, look things up, add studies."""


def read_or_stop(folders: list[Path] | None, no_shipped: bool, as_json: bool) -> Ledger:
    """The ledger, or every problem and exit code 1."""
    from forwhom.evidence import read
    from forwhom.problems import ProblemsFound

    try:
        return read(*folders or (), shipped=not no_shipped)
    except ProblemsFound as found:
        stop_with(found.problems, as_json)


def page_or_stop(page: Path | None, as_json: bool) -> None:
    """A page is written into a folder that is there: a slip of the hand makes none."""
    from forwhom.problems import Problem

    if page is not None and not page.absolute().parent.is_dir():
        do = "Make the folder first, or correct the path."
        stop_with([Problem("no-folder", do, str(page), found="its folder is not there")], as_json, code=2)


def count(n: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def typed(query: list[str]) -> str:
    """A query as it was typed: the shell took the quotes of its parts away."""
    return " ".join(shlex.quote(part) for part in query)
