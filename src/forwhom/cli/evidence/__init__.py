"""`forwhom evidence`: published studies as data. A file per command."""

from forwhom.cli.evidence.add import add
from forwhom.cli.evidence.audit import audit
from forwhom.cli.evidence.check import check
from forwhom.cli.evidence.grade import grade
from forwhom.cli.evidence.map import map_
from forwhom.cli.evidence.pool import pool
from forwhom.cli.evidence.report import report
from forwhom.cli.evidence.search import search
from forwhom.cli.evidence.shared import evidence
from forwhom.cli.evidence.show import show
from forwhom.cli.evidence.words import words

for _command in (check, show, search, words, audit, grade, pool, report, add):
    evidence.command()(_command)
evidence.command("map")(map_)

__all__ = ["evidence"]
