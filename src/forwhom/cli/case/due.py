"""`forwhom case due`: what is to be sent, who is waited for, what there is to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from forwhom.cli.case.shared import CaseFolder, Now, local, say_untold, stood
from forwhom.cli.case.telling import say_emergency
from forwhom.cli.options import AsJson
from forwhom.cli.printing import err, say

if TYPE_CHECKING:
    from forwhom.programme.case import Case
    from forwhom.programme.case.due import Standing

LOST = ("half-written", "damaged-line", "kept-aside")
"""Problems that say that somebody recorded what does not count now."""


def due(folder: CaseFolder, now: Now = None, as_json: AsJson = False) -> None:
    """List what is due: messages to send, alerts and whom they wait for, what is late, what there is to do.

    Whoever sends a message records it: forwhom case record CASE alert.sent sending=…
    """
    from forwhom.cli.case.shared import loaded as whole
    from forwhom.cli.case.unlisted import unlisted
    from forwhom.problems import ProblemsFound, errors
    from forwhom.programme.case.agenda import agenda
    from forwhom.programme.case.crisis import emergency
    from forwhom.programme.case.due import standings
    from forwhom.programme.case.showing import plain
    from forwhom.programme.case.untold import NOBODY

    try:
        loaded = whole(folder)
    except ProblemsFound as why:
        unlisted(folder, why.problems, now, as_json)
    if loaded.state is None:
        unlisted(folder, loaded.problems, now, as_json)
    state = loaded.state
    say_untold(loaded)
    lost = [each for each in loaded.problems if each.code in LOST]
    state, at, later = stood(loaded, state, now, as_json)
    found, to_do = standings(state, at), agenda(state, at)
    if as_json:
        alerts = [_alert(each) for each in found]
        messages = [plain(message) for each in found for message in each.to_send]
        nobody = [each.alert.id for each in found if each.state in NOBODY]
        values = {"now": at.isoformat(), "emergency": emergency(state), "send": messages, "nobody": nobody}
        values |= {
            "recorded_later": [each.id for each in later],
            "alerts": alerts,
            "lost": [each.as_dict() for each in lost],
            "notices": [each.as_dict() for each in loaded.problems if each.code == "no-alert"],
        }
        print(json.dumps(values | {"to_do": plain(to_do)}, ensure_ascii=False, indent=2))
        return
    say_emergency(emergency(state))
    for problem in lost:
        say(f"NOT IN THE LOG: {problem.found}. {problem.do}")
    for each in found:
        _say_alert(each, state)
    for todo in to_do:
        day = f" (by {todo.on})" if todo.on is not None else ""
        say(f"{'LATE ' if todo.late else ''}{todo.what}: {todo.says}{day}")
    if not found and not to_do:
        say("Nothing is due.")
    wrong = len(errors(loaded.problems))
    if wrong:
        err.print(
            f"{wrong} problem{'' if wrong == 1 else 's'}: forwhom case check {folder}", style="yellow", markup=False
        )


def _alert(each: Standing) -> dict[str, object]:
    from forwhom.programme.case.showing import plain

    made: dict[str, object] = plain(each)
    alert = each.alert
    made["alert"] = {
        "id": alert.id,
        "rule": alert.rule,
        "about": alert.about,
        "raised": alert.raised.isoformat(),
        "corrected": list(alert.corrected),
    }
    return made


def _say_alert(each: Standing, state: Case) -> None:
    from forwhom.programme.case.due import stands

    alert = each.alert
    say(
        f"{'LATE ' if each.late else ''}alert {alert.id}: {alert.about} ({stands(each)}, raised {local(alert.raised, state)})"
    )
    if alert.corrected:
        say(f"  corrected since: {', '.join(alert.corrected)}")
    if not alert.to:
        say("  NOBODY answers it: name somebody in case.toml")
    elif each.state == "nobody reached":
        say("  NOBODY WAS REACHED: reach them another way, then record alert.acknowledged; or send again")
    elif each.answer_by is not None and each.waiting_for:
        say(f"  waits for {', '.join(each.waiting_for)} until {local(each.answer_by, state)}")
    for message in each.to_send:
        say(f"  send to {message.to}: {message.sending}")
