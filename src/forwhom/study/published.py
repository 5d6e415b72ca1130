"""Which published treatments and outcomes those of the study are: words of the ledger of evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Published:
    """What the study's arms and scales are called in the ledger.

    treatments : arm → word of the ledger's treatments; controls : arm → word of its controls
    outcomes : scale or kind of event → word of its outcomes
    disorder : word of its disorders, of whom the study is about
    without : published studies left out, by id or label: this very trial
    ledgers, databases : folders of ledgers, and files in Metapsy format, read beside the shipped ledger
    """

    treatments: Mapping[str, str] = field(default_factory=dict)
    controls: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    disorder: str = ""
    without: tuple[str, ...] = ()
    ledgers: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
