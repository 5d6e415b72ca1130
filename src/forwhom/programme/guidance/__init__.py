"""If-then guidance: a small language of rules, its words, and what the rules say in what is known of a case."""

from forwhom.programme.guidance.evaluating import Advised, Conflict, Fired, Waiting, advise, read_facts
from forwhom.programme.guidance.model import Advice, All, Either, Guide, Not, Test
from forwhom.programme.guidance.parsing import parse, parse_all
from forwhom.programme.guidance.words import Action, Variable, Words, shipped_words

__all__ = [
    "Action",
    "Advice",
    "Advised",
    "All",
    "Conflict",
    "Either",
    "Fired",
    "Guide",
    "Not",
    "Test",
    "Variable",
    "Waiting",
    "Words",
    "advise",
    "parse",
    "parse_all",
    "read_facts",
    "shipped_words",
]
