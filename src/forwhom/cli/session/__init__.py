"""`forwhom session`: a therapy session coded by rule, held against what the manual asks."""

from __future__ import annotations

import typer

from forwhom.cli.session.agreeing import agree
from forwhom.cli.session.checking import check
from forwhom.cli.session.coding import code
from forwhom.cli.session.correcting import correct
from forwhom.cli.session.reading import Columns, Patient, Therapist, read_or_stop

__all__ = ["Columns", "Patient", "Therapist", "read_or_stop", "session"]

session = typer.Typer(
    help="A therapy session: code it by rule, hold it against the manual, compare two codings, correct a code.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@session.callback()
def a_session() -> None:
    """A therapy session: code it by rule, hold it against the manual, compare two codings, correct a code."""


session.command()(code)
session.command()(check)
session.command()(agree)
session.command()(correct)
