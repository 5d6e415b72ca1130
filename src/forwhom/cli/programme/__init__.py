"""`forwhom programme`: treatments as data. A file per command."""

from forwhom.cli.programme.advise import advise
from forwhom.cli.programme.audit import audit
from forwhom.cli.programme.calendar import calendar
from forwhom.cli.programme.check import check
from forwhom.cli.programme.listing import listing
from forwhom.cli.programme.shared import programme
from forwhom.cli.programme.show import show

programme.command("list")(listing)
for _command in (check, show, calendar, audit, advise):
    programme.command()(_command)

__all__ = ["programme"]
