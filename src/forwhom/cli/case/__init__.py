"""`forwhom case`: the course of one treatment. A file per command."""

from forwhom.cli.case.asking import assess, formulate, page, supervise, team
from forwhom.cli.case.check import check
from forwhom.cli.case.coded import coded
from forwhom.cli.case.crisis import crisis
from forwhom.cli.case.due import due
from forwhom.cli.case.export import export
from forwhom.cli.case.feedback import feedback
from forwhom.cli.case.kinds import kinds
from forwhom.cli.case.new import new
from forwhom.cli.case.record import record
from forwhom.cli.case.shared import case
from forwhom.cli.case.show import show

for _command in (
    new,
    kinds,
    record,
    show,
    due,
    feedback,
    check,
    assess,
    formulate,
    team,
    coded,
    supervise,
    page,
    export,
):
    case.command()(_command)
case.add_typer(crisis, name="crisis")

__all__ = ["case"]
