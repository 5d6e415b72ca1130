"""How help is reached, said by every command of a case that fails, in whatever way, and by none twice."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from forwhom.cli.printing import err, say, shown_as_text

_TOLD: ContextVar[bool] = ContextVar("told", default=False)


def say_emergency(lines: Iterable[str]) -> None:
    """The line that tells how emergency help is reached."""
    say(f"Emergency: {'; '.join(lines)}")
    _TOLD.set(True)


class CaseGroup(TyperGroup):
    """The group `forwhom case`: what fails without having said how help is reached has it said here."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As in any group; the words are kept, so that the folder can be found in them whatever is wrong with them."""
        ctx.meta[__name__] = tuple(args)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """As in any group; a failure is followed by how help is reached."""
        token = _TOLD.set(False)
        try:
            return super().invoke(ctx)
        except BaseException as why:
            if not _well(why):
                _tell(ctx.meta.get(__name__, ()))
            raise
        finally:
            _TOLD.reset(token)


def _well(why: BaseException) -> bool:
    """Whether a command left because it had done what it was asked."""
    if isinstance(why, typer.Exit):
        return why.exit_code == 0
    return isinstance(why, SystemExit) and not why.code


def _tell(words: tuple[str, ...]) -> None:
    from forwhom.cli.case.emergency import numbers

    if _TOLD.get():
        return
    folder = next((Path(each) for each in words if not each.startswith("-") and Path(each).is_dir()), Path())
    line = f"Emergency: {'; '.join(numbers(folder))}"
    if "--json" in words:
        # The standard output stays one JSON text.
        err.print(shown_as_text(line), markup=False, highlight=False, soft_wrap=True)
    else:
        say(line)
