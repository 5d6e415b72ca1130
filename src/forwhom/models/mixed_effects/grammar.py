"""The grammar of formulas: text to a tree, and back to text as R writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?P<name>[^\W\d][\w.]*|\.[^\W\d][\w.]*|\.(?![\w.]))|`(?P<quoted>[^`]+)`"
    r"|(?P<text>\"[^\"]*\"|'[^']*')|(?P<sign>\|\||%in%|\*\*|[<>=!]=|[-+*/:^|~(),=<>!&]))"
)
# How strongly the signs bind, as in R.
COMPARISONS = ("<", ">", "<=", ">=", "==", "!=")
_BINDS = {"~": 1, "|": 2, "||": 2, "&": 3, **dict.fromkeys(COMPARISONS, 5)}
_BINDS |= {"+": 6, "-": 6, "*": 7, "/": 7, "%in%": 8, ":": 9, "^": 11}
_NOT, _UNARY = 4, 10
_DEEPEST = 100
# Names of arguments that hold no column.
OPTIONS = ("raw", "degree", "simple")
_TIGHT = ("^", ":", "/")


@dataclass(frozen=True, slots=True)
class Name:
    """A column."""

    name: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written, or a text in quotes (value nan)."""

    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """left operator right; left is None for a sign that stands before."""

    operator: str
    left: Node | None
    right: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments; brackets are the function "("."""

    function: str
    arguments: tuple[Node, ...]
    names: tuple[str, ...]


Node = Name | Number | Pair | Call


@dataclass(slots=True)
class _Reader:
    tokens: list[tuple[str, str]]
    at: int = 0
    depth: int = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def want(self, sign: str) -> None:
        kind, text = self.take()
        if (kind, text) != ("sign", sign):
            raise ValueError(f"{sign!r} is missing before {text!r}" if text else f"{sign!r} is missing at the end")


def parse_text(text: str) -> Node:
    """Tree of a formula or expression. Raises ValueError, saying what cannot be read.

    >>> text_of(parse_text("y~I( x**2 )+a :b"))
    'y ~ I(x^2) + a:b'
    """
    reader = _Reader(_tokens(text))
    if not reader.tokens:
        raise ValueError("it is empty")
    node = _expression(reader, 0)
    if reader.peek()[0] != "end":
        raise ValueError(f"{reader.peek()[1]!r} stands where a sign such as + is expected")
    return node


def _tokens(text: str) -> list[tuple[str, str]]:
    made, at = [], 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"{text[at:].strip()[:12]!r} cannot be read")
        kind = str(found.lastgroup)
        value = found.group(kind)
        made.append((kind, "^" if value == "**" else value))
        at = found.end()
    return made


def _expression(reader: _Reader, least: int) -> Node:
    reader.depth += 1
    if reader.depth > _DEEPEST:
        raise ValueError("it has too many brackets")
    left = _operand(reader)
    while True:
        kind, sign = reader.peek()
        binds = _BINDS.get(sign, 0) if kind == "sign" else 0
        if binds <= least:
            reader.depth -= 1
            return left
        reader.take()
        # ^ binds to the right, all others to the left.
        left = Pair(sign, left, _expression(reader, binds - 1 if sign == "^" else binds))


def _operand(reader: _Reader) -> Node:
    kind, text = reader.take()
    if kind == "number":
        return Number(float(text), text)
    if kind == "text":
        return Number(float("nan"), text[1:-1])
    if kind == "quoted":
        return Name(text)
    if kind == "name":
        if reader.peek() == ("sign", "("):
            reader.take()
            return _arguments(reader, text)
        return Name(text)
    if text == "(":
        inner = _expression(reader, 0)
        reader.want(")")
        return Call("(", (inner,), ("",))
    if text in ("+", "-"):
        return Pair(text, None, _expression(reader, _UNARY - 1))
    if text == "!":
        return Pair("!", None, _expression(reader, _NOT))
    if text == "~":
        return Pair("~", None, _expression(reader, 1))
    raise ValueError(f"nothing stands before {text!r}" if text else "it ends too early")


def _arguments(reader: _Reader, function: str) -> Call:
    arguments: list[Node] = []
    names: list[str] = []
    while reader.peek() != ("sign", ")"):
        named = ""
        if reader.peek()[0] == "name" and reader.tokens[reader.at + 1 : reader.at + 2] == [("sign", "=")]:
            named = reader.take()[1]
            reader.take()
        arguments.append(_expression(reader, 0))
        names.append(named)
        if reader.peek() != ("sign", ","):
            break
        reader.take()
    reader.want(")")
    return Call(function, tuple(arguments), tuple(names))


def text_of(node: Node) -> str:
    """A tree as R writes it: I(x^2), log(x), a + b, I(arm == "DBT")."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Number):
        return node.text if node.value == node.value else f'"{node.text}"'
    if isinstance(node, Call):
        inside = ", ".join(
            f"{name} = {text_of(each)}" if name else text_of(each)
            for name, each in zip(node.names, node.arguments, strict=True)
        )
        return f"({inside})" if node.function == "(" else f"{node.function}({inside})"
    if node.left is None:
        return f"{node.operator}{text_of(node.right)}"
    space = "" if node.operator in _TIGHT else " "
    return f"{text_of(node.left)}{space}{node.operator}{space}{text_of(node.right)}"


def columns_in(node: Node) -> list[str]:
    """Names of the columns an expression reads; what an option such as raw = TRUE is set to is none."""
    if isinstance(node, Name):
        return [node.name]
    if isinstance(node, Call):
        given = zip(node.arguments, node.names, strict=True)
        return [name for each, called in given if called not in OPTIONS for name in columns_in(each)]
    if isinstance(node, Pair):
        return [*(columns_in(node.left) if node.left is not None else []), *columns_in(node.right)]
    return []
