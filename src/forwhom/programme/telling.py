"""A fact of a programme in a sentence."""

from __future__ import annotations

from forwhom.programme.model import (
    Agreement,
    Alert,
    Assessment,
    Duty,
    Fact,
    Gate,
    Item,
    Module,
    Phase,
    Plan,
    Principle,
    Role,
    Rule,
    Session,
)


def told(fact: Fact) -> str:
    """What a fact says, in plain words; what is ours is named.

    >>> from forwhom import programme
    >>> told(programme.shipped("mbt").thing("sessions.group"))
    'Group session: group, 90 minutes, every week; led by group-therapist; required'
    """
    says = "; ".join(each for each in _said(fact) if each)
    ours = f" [ours: {', '.join(fact.assumed)}]" if fact.assumed else ""
    return f"{says}{ours}"


def _said(fact: Fact) -> tuple[str, ...]:
    if isinstance(fact, (Principle, Duty)):
        who = f"{', '.join(fact.by)} to {', '.join(fact.to)}" if isinstance(fact, Duty) else fact.kind
        return (f"{who}: {fact.says}",)
    if isinstance(fact, Item):
        return (f"{fact.of}: {fact.says}{'' if fact.wanted else ' (should not be)'}",)
    if isinstance(fact, Rule):
        return (fact.rule, fact.grade)
    if isinstance(fact, Gate):
        return (fact.name, f"shuts {', '.join(fact.shuts)}", f"rule {fact.rule}")
    return _timed(fact) if isinstance(fact, (Phase, Session, Assessment)) else _made(fact)


def _timed(fact: Phase | Session | Assessment) -> tuple[str, ...]:
    if isinstance(fact, Phase):
        length = str(fact.length) if fact.length else "to the end of the programme"
        on = ", ".join(each.partition(".")[2] or "its time is over" for each in fact.move_on)
        return (f"{fact.name}: {length}", f"on when: {on}" if on else "")
    if isinstance(fact, Session):
        every = (
            f"every {fact.every if fact.every.value > 1 else fact.every.unit}"
            if fact.every
            else "how often: not stated"
        )
        minutes = f"{fact.minutes} minutes" if fact.minutes else "length not stated"
        led = f"led by {', '.join(fact.led_by)}" if fact.led_by else ""
        return (f"{fact.name}: {fact.format}, {minutes}, {every}", led, "required" if fact.required else "")
    when = f"{fact.unit}s {', '.join(map(str, fact.at))}" if fact.at else f"in the phase {fact.phase}"
    window = f"{fact.window} days on either side" if fact.window is not None else ""
    return (f"{fact.name}: {when}", window, fact.informant)


def _made(fact: Fact) -> tuple[str, ...]:
    if isinstance(fact, Plan):
        return (f"{fact.name}: by {', '.join(fact.by)}", *fact.holds)
    if isinstance(fact, Agreement):
        return (f"{fact.name}: between {', '.join(fact.between)}",)
    if isinstance(fact, Module):
        length = str(fact.length) if fact.length else "length not stated"
        return (f"{fact.name}: {length}", f"in {fact.session}" if fact.session else "", *fact.topics)
    if isinstance(fact, Alert):
        hours = f"within {fact.within} hours" if fact.within else ""
        return (f"{fact.name}: on {fact.on} {', '.join(fact.what)}".rstrip(), f"to {', '.join(fact.to)}", hours)
    if isinstance(fact, Role):
        training = f"{fact.training_days} days of training" if fact.training_days else ""
        return (fact.name, training, *fact.does)
    return (fact.name,)
