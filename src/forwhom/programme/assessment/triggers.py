"""What sets off which strategy, feeling and act: relationship history and acts as a map."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forwhom.programme.assessment.model import Episode

FEW = 3
"""Episodes below which a row is told as single accounts, not as a pattern. Ours."""


@dataclass(frozen=True, slots=True)
class TriggerRow:
    """What was told of one trigger in one relationship.

    strategies, modes, affects, acts : how often each was told; episodes without one are not counted there
    first, last : days of the first and the last episode that has one
    voices : whose accounts they are
    """

    trigger: str
    context: str
    episodes: int
    strategies: Mapping[str, int]
    modes: Mapping[str, int]
    affects: Mapping[str, int]
    acts: Mapping[str, int]
    first: dt.date | None
    last: dt.date | None
    voices: tuple[str, ...]

    @property
    def pattern(self) -> bool:
        """Whether there are enough episodes to speak of more than single accounts."""
        return self.episodes >= FEW


def trigger_map(episodes: Iterable[Episode]) -> tuple[TriggerRow, ...]:
    """A row per trigger and relationship, the most often told first. The order of the episodes does not matter.

    Triggers that differ in capitals or spaces only are one.

    >>> rows = trigger_map([Episode("a", "Being looked at", "group", affect="shame", act="leaving"),
    ...                     Episode("b", "being  looked at", "group", affect="shame")])
    >>> rows[0].trigger, rows[0].episodes, dict(rows[0].affects), rows[0].acts, rows[0].pattern
    ('Being looked at', 2, {'shame': 2}, {'leaving': 1}, False)
    """
    kept: dict[tuple[str, str], list[Episode]] = {}
    for episode in sorted(episodes, key=lambda each: each.id):
        kept.setdefault((" ".join(episode.trigger.split()).casefold(), episode.context), []).append(episode)
    rows = (_row(some) for some in kept.values())
    return tuple(sorted(rows, key=lambda row: (-row.episodes, row.trigger.casefold(), row.context)))


def _row(episodes: list[Episode]) -> TriggerRow:
    days = sorted(each.on for each in episodes if each.on)
    return TriggerRow(
        min(" ".join(each.trigger.split()) for each in episodes),
        episodes[0].context,
        len(episodes),
        _counted(each.strategy for each in episodes),
        _counted(each.mode for each in episodes),
        _counted(each.affect for each in episodes),
        _counted(each.act if each.act != "none" else "" for each in episodes),
        days[0] if days else None,
        days[-1] if days else None,
        tuple(sorted({each.voice for each in episodes})),
    )


def _counted(names: Iterable[str]) -> dict[str, int]:
    counts = Counter(name for name in names if name)
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))
