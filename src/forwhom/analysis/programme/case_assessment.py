"""The assessment as findings: strategies, profile, triggers, and what guidance makes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from forwhom.analysis.asking import Asking
from forwhom.analysis.programme.case_asking import CaseAsked, day, draft, many
from forwhom.findings import Finding
from forwhom.findings.kinds import (
    AdviceRow,
    CaseAdviceDetail,
    MentalizingProfileDetail,
    ObservationRow,
    ProfileSquare,
    StrategiesDetail,
    TriggerCount,
    TriggerLine,
    TriggerMapDetail,
)
from forwhom.programme.assessment import RULE, Catalogue, TriggerRow, Verdict
from forwhom.programme.case.assessment import catalogue, profile, triggers, verdict
from forwhom.programme.case.known import ASKED, Known, advised, known
from forwhom.programme.guidance import Fired
from forwhom.programme.model import Rule

STRATEGIES = {
    "hyperactivating": "hyperactivating strategies",
    "deactivating": "deactivating strategies",
    "mixed": "a mix of both strategies",
    "undetermined": "neither strategy",
}
DEGREE = {"none": 0.0, "some": 1.0, "marked": 2.0, "not assessed": None}
NO_CATALOGUE = "the programme of this case ships without an assessment"


def strategies(of: CaseAsked, asking: Asking) -> Finding:
    """`case.strategies`: the attachment strategy the marks speak for, how firmly, and what would settle it."""
    made = draft(
        of,
        asking,
        "strategies",
        "Which attachment strategies does the patient use?",
        "Marked observations, counted by rule",
    )
    looked, said = catalogue(of.case), verdict(of.case, of.today)
    if looked is None or said is None:
        return made.not_applicable(NO_CATALOGUE)
    if not said.observers:
        return made.decline("nothing has been observed yet", "Observations marked present, absent or not observed.")
    made.caution("own-rule", RULE)
    states = {name: "present" for side in said.sides for name in side.present}
    states |= {name: "absent" for side in said.sides for name in side.absent}
    states |= {name: "contested" for side in said.sides for name in side.contested}
    rows = tuple(
        ObservationRow(each.says, each.points_to, states.get(each.id, "not observed"), each.source)
        for each in looked.observations
    )
    words = {each.id: each.says for each in looked.observations}
    detail = StrategiesDetail(said.strategy, rows, tuple(words[name] for name in said.settle))
    return made.answer(_verdict(said, words), (), detail)


def _verdict(said: Verdict, words: Mapping[str, str]) -> str:
    sides = {side.strategy: side for side in said.sides}
    counted = "; ".join(
        f"{name}: {len(sides[name].present)} present, {len(sides[name].absent)} absent"
        for name in ("hyperactivating", "deactivating")
    )
    told = f"The marks speak for {STRATEGIES[said.strategy]} ({counted}). Behind it are {said.behind} of {said.of} observations, "
    told += f"by {many(len(said.observers), 'observer')}."
    contested = [name for side in said.sides for name in side.contested]
    if contested:
        told += f" Observers disagree on {many(len(contested), 'observation')}."
    if said.settled or said.fewest is None:
        return f"{told} No further mark could change it."
    other = " or ".join(STRATEGIES[name] for name in said.could_become)
    first = "; ".join(words[name] for name in said.settle[:3])
    return f"{told} {many(said.fewest, 'further mark').capitalize()} could change it to {other}. To settle it, look first for: {first}."


def mentalizing(of: CaseAsked, asking: Asking) -> Finding:
    """`case.profile`: which impairment of mentalizing in which relationship."""
    made = draft(
        of,
        asking,
        "profile",
        "In which relationship does mentalizing fail, and how?",
        "Observers' newest degrees, side by side",
    )
    looked, seen = catalogue(of.case), profile(of.case, of.today)
    if looked is None or seen is None:
        return made.not_applicable(NO_CATALOGUE)
    if not seen.assessed:
        return made.decline("no relationship has been assessed", "Degrees of impairment in at least one relationship.")
    squares = tuple(
        ProfileSquare(
            looked.label("contexts", each.context),
            looked.label("impairments", each.impairment),
            DEGREE[each.low],
            DEGREE[each.high],
            len(each.observers),
            day(each.on, of),
        )
        for each in seen.squares
    )
    detail = MentalizingProfileDetail(
        tuple(each.label for each in looked.contexts), tuple(each.label for each in looked.impairments), squares
    )
    made.caution("own-degrees", "The degrees none, some and marked are ours and untested: the source gives none.")
    marked = [each for each in seen.squares if each.high == "marked"]
    told = f"{seen.assessed} of {seen.of} pairs of an impairment and a relationship are assessed. "
    if marked:
        most = "; ".join(
            f"{looked.label('impairments', each.impairment).lower()} with {looked.label('contexts', each.context).lower()}"
            for each in marked[:4]
        )
        told += f"Marked: {most}{' and more' if len(marked) > 4 else ''}. "
    else:
        some = sum(each.high == "some" for each in seen.squares)
        told += "None is marked" + (f", {some} to some degree. " if some else ". ")
    modes = ", ".join(looked.label("impairments", each).lower() for each in seen.modes)
    told += f"Modes seen: {modes}." if modes else "No mode that comes before mentalizing was seen."
    differ = sum(not each.agreed for each in seen.squares)
    if differ:
        told += f" Observers differ on {many(differ, 'pair')}."
    return made.answer(told, (), detail)


def trigger_map(of: CaseAsked, asking: Asking) -> Finding:
    """`case.triggers`: what sets off which strategy, feeling and act."""
    made = draft(
        of,
        asking,
        "triggers",
        "What sets off which strategy, feeling and act?",
        "Episodes told, counted by trigger and relationship",
    )
    looked, rows = catalogue(of.case), triggers(of.case)
    if looked is None:
        return made.not_applicable(NO_CATALOGUE)
    if not rows:
        return made.decline(
            "no episode has been told", "Episodes of relationships and acts: what set them off, what was felt and done."
        )
    episodes = sum(row.episodes for row in rows)
    first = rows[0]
    told = f"{many(episodes, 'episode')} of {many(len(rows), 'trigger')}. Told most often: {first.trigger} "
    told += f"({looked.label('contexts', first.context).lower()}, {many(first.episodes, 'episode')})."
    acts = Counter[str]()
    for row in rows:
        acts.update(row.acts)
    if acts:
        counted = ", ".join(f"{looked.label('acts', name).lower()} ({n})" for name, n in acts.most_common(3))
        told += f" Acts: {counted}."
    if not any(row.pattern for row in rows):
        made.caution(
            "single-accounts", "No trigger was told three times or more: these are single accounts, not patterns."
        )
    return made.answer(told, (), TriggerMapDetail(tuple(_trigger(row, looked, of) for row in rows)))


def _trigger(row: TriggerRow, looked: Catalogue, of: CaseAsked) -> TriggerLine:
    parts = (
        ("Strategy", row.strategies, ""),
        ("Mode", row.modes, "impairments"),
        ("Feeling", row.affects, "affects"),
        ("Act", row.acts, "acts"),
    )
    counts = tuple(
        TriggerCount(part, looked.label(where, name) if where else name.capitalize(), n)
        for part, counted, where in parts
        for name, n in counted.items()
    )
    days = list(dict.fromkeys(filter(None, (day(row.first, of), day(row.last, of)))))
    return TriggerLine(
        row.trigger,
        looked.label("contexts", row.context),
        row.episodes,
        counts,
        " to ".join(days),
        " and ".join(row.voices),
    )


def advice(of: CaseAsked, asking: Asking) -> Finding:
    """`case.guidance`: the programme's rules that hold in what is known of the case."""
    made = draft(
        of, asking, "guidance", "What does the programme advise in what is known?", "If-then rules of the programme"
    )
    programme = of.case.programme
    if programme is None or not programme.guidance:
        return made.not_applicable("the programme has no guidance")
    facts = known(of.case, of.today)
    found = advised(of.case, facts)
    rules = {rule.id: rule for rule in programme.guidance}
    # A rule that always holds says nothing of this patient.
    fired = [each for each in found.fired if each.guide.when is not None]
    rows = tuple(_advice(rules[each.rule], each, facts, of) for each in fired)
    labels = {name: variable.label for name, variable in programme.words.variables.items()}
    mine = [each for each in found.waiting if set(each.needs) <= set(ASKED)]
    waiting = tuple((rules[each.rule].name, "; ".join(labels.get(name, name) for name in each.needs)) for each in mine)
    if not rows:
        return made.decline(
            "no rule of the programme holds in what is known so far",
            "More observations; the table says which.",
            detail=CaseAdviceDetail((), waiting),
        )
    made.caution(
        "advice-not-order",
        "Rules support trained staff and decide nothing. Each can be overruled with a reason, which is kept.",
    )
    told = f"{many(len(rows), 'rule')} of the programme {'holds' if len(rows) == 1 else 'hold'}: "
    told += f"{'; '.join(row.rule.lower() for row in rows[:4])}{' and more' if len(rows) > 4 else ''}. "
    if waiting:
        told += f"{many(len(waiting), 'rule')} {'waits' if len(waiting) == 1 else 'wait'} for more of the assessment. "
    told += f"{many(len(found.waiting) - len(mine), 'rule')} more speak of moments in a session."
    weak = [row.rule.lower() for row in rows if row.standing.startswith("weakened")]
    if weak:
        told += f" The claim behind {' and '.join(weak)} has lost its support in the ledger of evidence."
    return made.answer(told, (), CaseAdviceDetail(rows, waiting))


def _advice(rule: Rule, fired: Fired, facts: Mapping[str, Known], of: CaseAsked) -> AdviceRow:
    words = of.case.programme.words.variables if of.case.programme is not None else {}
    used = [name for name in facts if any(each.startswith(f"{name} =") for each in fired.because)]
    stand = of.stands.get(rule.id)
    return AdviceRow(
        rule.name,
        " and ".join(map(str, fired.guide.then)),
        rule.why,
        "; ".join(
            f"{words[name].label if name in words else name}: {facts[name].value} ({facts[name].because})"
            for name in used
        ),
        str(rule.source or "ours"),
        rule.grade,
        f"{stand.word}. {stand.why}" if stand is not None else "",
    )
