"""What a pool without an answer would take: for each reason what mends it."""

from __future__ import annotations

from collections.abc import Sequence

from forwhom.analysis.evidence.effects import NO_DIRECTION, NO_SIGN, Unused, undeclared
from forwhom.evidence.vocabulary import plain

NUMBERS = "Studies that state means, spreads and numbers of people, or events, of both groups."


def would_take(unused: Sequence[Unused]) -> str:
    """The directions of instruments, where only these are missing; else numbers, and directions where some are missing too."""
    silent = [undeclared(each.comparison) for each in unused if each.why.startswith(NO_DIRECTION)]
    signs = [each for each in unused if each.why == NO_SIGN]
    parts = [] if unused and len(silent) + len(signs) == len(unused) else [NUMBERS]
    if silent:
        parts.append(_directions(silent))
    if signs:
        parts.append(
            "The numbers of both groups in some rows of each outcome, on instruments whose direction is declared: from them the sign of "
            "the column is told. Or means, spreads and numbers of people of these rows."
        )
    return " ".join(parts)


def _directions(silent: Sequence[tuple[str, str]]) -> str:
    """Which instruments, or outcomes told as events, need one, and how it is given."""
    parts = []
    for file, what in (("instruments", "scores of"), ("outcomes", "events of")):
        names = [name for where, name in dict.fromkeys(silent) if where == file]
        if not names:
            continue
        shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        word = "-".join(plain(names[0]).split()) or "name"
        parts.append(
            f'{what} {shown}: in vocabulary/{file}.toml [{word}] with label = "{names[0]}" and better = "lower" (or "higher")'
        )
    return (
        f"Whether more is good or bad, for {'; for '.join(parts)}. The file stands in a ledger folder of your own, given with --ledger. "
        "In a study of the ledger, better in its measure does it too."
    )
