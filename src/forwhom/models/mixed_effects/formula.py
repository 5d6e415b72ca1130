"""Model formulas (those of R and lme4) as terms: outcome, fixed effects, offsets, random effects.

bdi ~ month * arm + (month | id) + (1 | therapist)      random intercept and slope, correlated; crossed or nested factors
bdi ~ month + (month || id)                             independent
bdi ~ arm + (1 | clinic/therapist)                      therapists within clinics: (1 | clinic) + (1 | therapist:clinic)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forwhom.models.mixed_effects.grammar import (
    COMPARISONS,
    Call,
    Name,
    Node,
    Number,
    Pair,
    columns_in,
    parse_text,
    text_of,
)
from forwhom.problems import Problem, ProblemsFound

# Factors of an interaction, by their text; () is the constant.
Term = tuple[str, ...]
MOST_TERMS = 2000
DOT = "."


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of one side: main effects first, then interactions of two, of three (R's order).

    terms : without the constant; intercept : whether there is one
    """

    terms: tuple[Term, ...]
    intercept: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One random-effects term: (columns | group); with two bars independent of each other.

    group : the factors whose combinations are the groups; named as lme4 names them
    """

    columns: Terms
    group: tuple[str, ...]
    correlated: bool

    @property
    def name(self) -> str:
        """Of the grouping: "id", "therapist:clinic"."""
        return ":".join(self.group)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula taken apart.

    nodes : every variable of it by its text, as parsed; every : the columns for which `.` stands
    """

    text: str
    response: str
    fixed: Terms
    bars: tuple[Bar, ...]
    offsets: tuple[str, ...]
    nodes: dict[str, Node]
    every: tuple[str, ...] = ()


@dataclass(slots=True)
class _Sum:
    """What a sum of terms comes to while it is read."""

    terms: list[Term]
    intercept: bool | None
    bars: list[Pair]
    offsets: list[str]


def parse(text: str, columns: Sequence[str] = ()) -> Formula:
    """Take a formula apart. Raises ProblemsFound with what cannot be read.

    columns : of the table, for which `.` stands: all but those of the outcome, the offsets and the groupings

    >>> formula = parse("y ~ time*arm + (time | id)")
    >>> formula.fixed.terms, formula.bars[0].group
    ((('time',), ('arm',), ('time', 'arm')), ('id',))
    """
    nodes: dict[str, Node] = {}
    try:
        node = parse_text(text)
        if not isinstance(node, Pair) or node.operator != "~" or node.left is None:
            raise ValueError("it has no outcome: write outcome ~ terms")
        every = _rest(node, columns) if DOT in columns_in(node) else ()
        if DOT in columns_in(node.left):
            raise ValueError("the outcome cannot be '.'")
        found = _sum(_spelled(node.right, every), nodes)
        fixed = _terms(found, nodes)
        response = _kept(node.left, nodes)
        bars = [bar for pair in found.bars for bar in _bars(pair, nodes)]
    except ValueError as why:
        raise ProblemsFound(
            [
                Problem(
                    "model-formula",
                    "Correct the formula; it should look like y ~ time * arm + (time | person).",
                    found=f"{why} (in {' '.join(text.split())!r})",
                )
            ]
        ) from None
    return Formula(" ".join(text.split()), response, fixed, tuple(bars), tuple(found.offsets), nodes, every)


def _rest(node: Pair, columns: Sequence[str]) -> tuple[str, ...]:
    """What `.` stands for."""
    assert node.left is not None
    taken = {*columns_in(node.left), *_no_effects(node.right)}
    every = tuple(name for name in columns if name not in taken)
    if not every:
        raise ValueError("'.' stands for all other columns of the table, and there are none")
    return every


def _no_effects(node: Node) -> list[str]:
    """Columns that group, or are an offset."""
    if isinstance(node, Call):
        if node.function == "offset":
            return columns_in(node)
        return [name for each in node.arguments for name in _no_effects(each)]
    if not isinstance(node, Pair):
        return []
    if node.operator in ("|", "||"):
        return columns_in(node.right)
    return [*(_no_effects(node.left) if node.left is not None else []), *_no_effects(node.right)]


def _spelled(node: Node, every: Sequence[str]) -> Node:
    """The tree with every `.` written out as a sum."""
    if isinstance(node, Name) and node.name == DOT:
        total: Node = Name(every[0])
        for name in every[1:]:
            total = Pair("+", total, Name(name))
        return Call("(", (total,), ("",))
    if isinstance(node, Call):
        return Call(node.function, tuple(_spelled(each, every) for each in node.arguments), node.names)
    if isinstance(node, Pair):
        left = None if node.left is None else _spelled(node.left, every)
        return Pair(node.operator, left, _spelled(node.right, every))
    return node


def _kept(node: Node, nodes: dict[str, Node]) -> str:
    """Text of a variable, remembered with its node."""
    text = text_of(node)
    nodes[text] = node
    return text


def _terms(found: _Sum, nodes: dict[str, Node]) -> Terms:
    """Sorted as R does: fewer factors first, and within a term by what was named first in the formula."""
    place = {text: index for index, text in enumerate(nodes)}
    ordered = sorted((tuple(sorted(term, key=place.__getitem__)) for term in found.terms if term), key=len)
    return Terms(tuple(ordered), found.intercept is not False)


def _sum(node: Node, nodes: dict[str, Node]) -> _Sum:
    """Terms of one side of a formula."""
    if isinstance(node, Number):
        if node.value not in (0.0, 1.0):
            raise ValueError(f"{text_of(node)} is no term; numbers other than 0 and 1 belong into I()")
        return _Sum([], node.value == 1.0, [], [])
    if isinstance(node, Name):
        return _Sum([(_kept(node, nodes),)], None, [], [])
    if isinstance(node, Call):
        return _called(node, nodes)
    if node.left is None:
        if node.operator == "-":
            return _minus(_Sum([], None, [], []), _sum(node.right, nodes))
        if node.operator == "!":
            raise ValueError(f"! has no meaning among terms; write I({text_of(node)})")
        return _sum(node.right, nodes)
    if node.operator in ("|", "||"):
        raise ValueError("random effects stand in brackets of their own, as in (1 | person)")
    if node.operator in (*COMPARISONS, "&"):
        raise ValueError(f"{node.operator} has no meaning among terms; write I({text_of(node)})")
    if node.operator == "^":
        return _power(node, nodes)
    left, right = _sum(node.left, nodes), _sum(node.right, nodes)
    if node.operator == "+":
        intercept = left.intercept if right.intercept is None else right.intercept
        return _Sum(_unique(left.terms + right.terms), intercept, left.bars + right.bars, left.offsets + right.offsets)
    if node.operator == "-":
        return _minus(left, right)
    if left.bars or right.bars or left.offsets or right.offsets:
        raise ValueError("random effects and offsets can only be added, not multiplied")
    if node.operator in ("*", "/"):
        outer = [_joined(*left.terms)] if node.operator == "/" else left.terms
        crossed = [_joined(one, other) for one in outer for other in right.terms]
        main = left.terms + (right.terms if node.operator == "*" else [])
        return _Sum(_unique(main + crossed), None, [], [])
    if node.operator in (":", "%in%"):
        return _Sum(_unique([_joined(one, other) for one in left.terms for other in right.terms]), None, [], [])
    raise ValueError(f"{node.operator} has no meaning among terms; arithmetic belongs into I()")


def _called(node: Call, nodes: dict[str, Node]) -> _Sum:
    if node.function == "(":
        inner = node.arguments[0]
        if isinstance(inner, Pair) and inner.operator in ("|", "||"):
            return _Sum([], None, [inner], [])
        return _sum(inner, nodes)
    if node.function == "offset":
        if len(node.arguments) != 1:
            raise ValueError("offset() takes one variable")
        return _Sum([], None, [], [_kept(node.arguments[0], nodes)])
    return _Sum([(_kept(node, nodes),)], None, [], [])


def _minus(left: _Sum, right: _Sum) -> _Sum:
    intercept = left.intercept if right.intercept is None else not right.intercept
    gone = {frozenset(term) for term in right.terms}
    return _Sum([term for term in left.terms if frozenset(term) not in gone], intercept, left.bars, left.offsets)


def _power(node: Pair, nodes: dict[str, Node]) -> _Sum:
    if not isinstance(node.right, Number) or node.right.value < 1 or node.right.value % 1:
        raise ValueError("the power of a sum of terms is a whole number; for powers of a variable write I(x^2)")
    assert node.left is not None
    base = _sum(node.left, nodes)
    if base.bars or base.offsets:
        raise ValueError("random effects and offsets can only be added, not multiplied")
    terms = base.terms
    for _ in range(min(int(node.right.value), len(base.terms)) - 1):
        terms = _unique(terms + [_joined(one, other) for one in terms for other in base.terms])
    return _Sum(terms, base.intercept, [], [])


def _joined(*terms: Term) -> Term:
    return tuple(dict.fromkeys(factor for term in terms for factor in term))


def _unique(terms: list[Term]) -> list[Term]:
    """Terms once each, whatever the order of their factors."""
    if len(terms) > MOST_TERMS:
        raise ValueError(f"it has more than {MOST_TERMS} terms")
    kept: dict[frozenset[str], Term] = {}
    for term in terms:
        kept.setdefault(frozenset(term), term)
    return list(kept.values())


def _bars(pair: Pair, nodes: dict[str, Node]) -> Iterator[Bar]:
    """A random-effects term, one per grouping it stands for."""
    assert pair.left is not None
    own: dict[str, Node] = {}
    found = _sum(pair.left, own)
    if found.bars or found.offsets:
        raise ValueError("within (terms | group) only terms can stand")
    columns = _terms(found, own)
    nodes.update(own)
    if not columns.terms and not columns.intercept:
        raise ValueError(f"({text_of(pair.left)} | {text_of(pair.right)}) has no effect that varies")
    for group in _groups(pair.right, nodes):
        yield Bar(columns, group, pair.operator == "|")


def _groups(node: Node, nodes: dict[str, Node]) -> list[tuple[str, ...]]:
    """Groupings of what stands right of the bar; of a/b the inner first, as lme4 has it."""
    if isinstance(node, Call) and node.function == "(":
        return _groups(node.arguments[0], nodes)
    if isinstance(node, Pair) and node.left is not None and node.operator == "/":
        outer, inner = _groups(node.left, nodes), _groups(node.right, nodes)
        if len(inner) != 1:
            raise ValueError("write nested groups as a/b/c")
        return [(*inner[0], *outer[0]), *outer]
    if isinstance(node, Pair) and node.left is not None and node.operator == ":":
        left, right = _groups(node.left, nodes), _groups(node.right, nodes)
        return [_joined(one, other) for one in left for other in right]
    if isinstance(node, Name | Call):
        return [(_kept(node, nodes),)]
    raise ValueError(f"{text_of(node)!r} is no grouping; write a column, a:b or a/b")
