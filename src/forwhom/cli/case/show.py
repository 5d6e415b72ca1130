"""`forwhom case show`: the state of a case."""

from __future__ import annotations

import sys

from forwhom.cli.case.shared import CaseFolder, loaded_or_stop
from forwhom.cli.options import AsJson
from forwhom.cli.printing import err, say


def show(folder: CaseFolder, as_json: AsJson = False) -> None:
    """Show where a case stands. The same log gives the same JSON, to the last byte."""
    from forwhom.problems import errors
    from forwhom.programme.case.showing import to_json
    from forwhom.programme.case.summary import summary

    loaded, state = loaded_or_stop(folder, as_json)
    if as_json:
        sys.stdout.write(to_json(state))
        return
    for line in summary(state):
        say(line)
    wrong = len(errors(loaded.problems))
    if wrong:
        err.print(
            f"{wrong} problem{'' if wrong == 1 else 's'}: forwhom case check {folder}", style="yellow", markup=False
        )
