"""Rules that raise an alert: on what, to whom, until when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

On = Literal["event", "missed", "item", "off-track"]


@dataclass(frozen=True, slots=True)
class AlertRule:
    """When an alert is raised, and who answers it.

    on, what : "event" with kinds of event; "missed" with formats of sessions; "item" with ids of items; "off-track" with scales.
        An empty `what` means any
    threshold : of an item, the value from which on it is raised (with `below`, down to which); of missed sessions, how many
        in a row
    to : the chain: ids of people, or roles; the next is told when the one before has not acknowledged in time
    within : time to acknowledge, for each of the chain
    clock : "" for real time, else id of opening hours
    source : where the rule comes from
    """

    id: str
    on: On
    to: tuple[str, ...]
    within: dt.timedelta
    what: tuple[str, ...] = ()
    threshold: float | None = None
    below: bool = False
    clock: str = ""
    source: str = ""
