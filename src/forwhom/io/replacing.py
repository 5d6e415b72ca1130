"""What may be written over: only what forwhom can make again, and never what is read."""

from __future__ import annotations

import os
from pathlib import Path

from forwhom.io.record import check_writable, read_record
from forwhom.problems import Problem, ProblemsFound

_MARK, _HEAD = b'<meta name="generator" content="forwhom ', 4096
"""What every page of forwhom has in its head, and how many bytes of it are looked at."""
_ASIDE = "Move it away, or choose another name."


def coding_in_the_way(path: Path, source: Path, *, overwrite: bool) -> tuple[Problem, ...]:
    """Why a coding cannot be written to `path`; empty where it can.

    source : the file it is made from, which is never written over
    overwrite : whether another file that is there may be replaced
    """
    if _same(path, source):
        return (_input(path),)
    if os.path.lexists(path) and not overwrite:
        do = "Choose another name, or replace it with --overwrite."
        return (_there(path, "it is there already", do),)
    return ()


def page_in_the_way(page: Path, source: Path) -> tuple[Problem, ...]:
    """Why a page and the findings beside it cannot be written; empty where they can. Everything at once.

    source : the file they are made from, which is never written over
    What is there is replaced where forwhom wrote a page, or findings, into it.
    """
    data = page.with_suffix(".json")
    return (*_in_the_way(page, source, page=True), *_in_the_way(data, source, page=False))


def is_page(path: Path) -> bool:
    """Whether forwhom wrote this page, as its head says."""
    try:
        with path.open("rb") as file:
            return _MARK in file.read(_HEAD)
    except OSError:
        return False


def is_record(path: Path) -> bool:
    """Whether the file holds findings that forwhom wrote."""
    try:
        read_record(path)
    except ProblemsFound:
        return False
    return True


def _in_the_way(path: Path, source: Path, *, page: bool) -> tuple[Problem, ...]:
    if _same(path, source):
        return (_input(path),)
    try:
        check_writable([path])
    except ProblemsFound as found:
        return tuple(found.problems)
    if not path.exists() or (is_page(path) if page else is_record(path)):
        return ()
    what = "page" if page else "findings record"
    beside = "" if page else "; the findings of the page would stand there"
    return (_there(path, f"it is there already, and no {what} that forwhom wrote{beside}", _ASIDE),)


def _same(path: Path, other: Path) -> bool:
    """Whether both are one file, by whatever name."""
    try:
        return path.samefile(other)
    except OSError:
        return False


def _input(path: Path) -> Problem:
    return _there(path, "it is the file that is read", "Choose another name: what is read is never written over.")


def _there(path: Path, found: str, do: str) -> Problem:
    return Problem("file-exists", do, str(path), found=found)
