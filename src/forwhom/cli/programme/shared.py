"""What the commands of `forwhom programme` share: the group, its arguments, reading a programme."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.printing import stop_with

if TYPE_CHECKING:
    from forwhom.evidence import Ledger
    from forwhom.programme import Programme

programme = typer.Typer(
    help="Treatments as data: check, show, plan, audit; guidance with its evidence.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A programme that ships with forwhom, or a TOML file.")]
Ledgers = Annotated[
    list[Path] | None,
    typer.Option("--ledger", metavar="DIR", help="A ledger of your own, read beside the shipped one; may be repeated."),
]

NoShipped = Annotated[
    bool, typer.Option("--no-shipped", help="Leave the studies and claims that ship with forwhom out.")
]


@programme.callback()
def programmes() -> None:
    """Treatments as data: check, show, plan, audit; guidance with its evidence."""


def programme_or_stop(name: str, as_json: bool) -> Programme:
    """The programme, or every problem and exit code 1."""
    from forwhom.problems import ProblemsFound
    from forwhom.programme import named_or_read

    try:
        return named_or_read(name)
    except ProblemsFound as found:
        stop_with(found.problems, as_json)


def ledger_or_stop(folders: list[Path] | None, no_shipped: bool, as_json: bool) -> Ledger:
    """The ledger of evidence, or every problem and exit code 1."""
    from forwhom.evidence import read
    from forwhom.problems import ProblemsFound

    try:
        return read(*folders or (), shipped=not no_shipped)
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
