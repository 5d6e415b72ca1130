"""A therapy session: turns, codes by rule, what the manual asks of them. Pure: no files, no clock, no network."""

from forwhom.programme.session.coding import code
from forwhom.programme.session.gate import Checked, Moment, check, gate_rules
from forwhom.programme.session.model import CodedTurn, Coding, Evidence, Mark
from forwhom.programme.session.rules import RuleSet, rule_set, shipped
from forwhom.programme.session.turns import Transcript, Turn

__all__ = [
    "Checked",
    "CodedTurn",
    "Coding",
    "Evidence",
    "Mark",
    "Moment",
    "RuleSet",
    "Transcript",
    "Turn",
    "check",
    "code",
    "gate_rules",
    "rule_set",
    "shipped",
]
