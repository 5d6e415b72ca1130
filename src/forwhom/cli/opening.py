"""A written page in the reader's browser, or a word that there is none."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import typer

from forwhom.cli.printing import err

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 3.0
"""Seconds within which an opener that finds no browser says so; one that goes on is showing the page."""


def open_page(page: Path) -> None:
    """Open a page that was written. Where no browser can be started, say so and where the page is: it is there all the same."""
    if not _opened(page.resolve()):
        err.print(
            f"No browser could be started. The page is written: open {page}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _opened(page: Path) -> bool:
    if sys.platform in ("win32", "cygwin", "darwin"):
        return typer.launch(page.as_uri()) == 0
    quiet = subprocess.DEVNULL
    try:
        opener = subprocess.Popen(
            ["xdg-open", str(page)], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
    except OSError:
        return False
    try:
        return opener.wait(PATIENCE) == 0
    except subprocess.TimeoutExpired:
        # It is left to itself, and its end is no concern of ours.
        opener.returncode = 0
        return True
