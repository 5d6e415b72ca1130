"""What was said where nobody is named: put together to sentences, so that a wording that two captions cut in half is still read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from forwhom.programme.session.turns import Turn

MOST_SECONDS = 4.0
"""A longer silence ends what belongs together."""
MOST_WORDS = 120
"""Words after which a new turn begins also without a full stop; speech-to-text often writes none."""
_ENDS = (".", "?", "!", "…", '."', '?"', '!"')


def nobody_named(turns: Iterable[Turn]) -> bool:
    """Whether no turn says who speaks."""
    return not any(turn.speaker for turn in turns)


def lines_as_turns(text: str) -> tuple[Turn, ...]:
    """Every line with something in it, whatever the file is, and its number.

    >>> [(turn.text, turn.row) for turn in lines_as_turns("One.\\n\\nTwo.")]
    [('One.', 1), ('Two.', 3)]
    """
    rows = enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1)
    kept = [(row, " ".join(line.split())) for row, line in rows if line.strip()]
    return tuple(Turn(n, "", "unknown", line, row=row) for n, (row, line) in enumerate(kept, 1))


def in_sentences(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Turns of nobody, put together until a sentence ends; numbered anew.

    A turn that stands over the end of such a piece begins the next one as well, unless the piece ended with a sentence.

    >>> cut = [Turn(1, "", "unknown", "I want to", 0, 1), Turn(2, "", "unknown", "go home.", 1, 2), Turn(3, "", "unknown", "Now.", 2, 3)]
    >>> [turn.text for turn in in_sentences(cut)]
    ['I want to go home.', 'Now.']
    """
    groups: list[list[Turn]] = []
    words = 0
    for turn in turns:
        last = groups[-1][-1] if groups else None
        if last is None or not _goes_on(last, turn):
            groups.append([turn])
            words = 0
        elif words > MOST_WORDS:
            groups.append([last, turn])
            words = len(last.text.split())
        else:
            groups[-1].append(turn)
        words += len(turn.text.split())
    return tuple(
        replace(group[0], number=number, text=" ".join(each.text for each in group if each.text), end=group[-1].end)
        for number, group in enumerate(groups, 1)
    )


def _goes_on(before: Turn, after: Turn) -> bool:
    if before.text.endswith(_ENDS):
        return False
    return before.end is None or after.start is None or after.start - before.end <= MOST_SECONDS
