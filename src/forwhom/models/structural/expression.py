"""Arithmetic of defined parameters (a*b + c), with derivatives. Nothing is evaluated but numbers, names and operators."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.models.structural.syntax import NAME

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Value:
    """A number with its derivative by each parameter, (q,)."""

    value: float
    slope: Array


def _exp(x: Value) -> Value:
    e = float(np.exp(x.value))
    return Value(e, e * x.slope)


def _log(x: Value) -> Value:
    return Value(float(np.log(x.value)), x.slope / x.value)


def _sqrt(x: Value) -> Value:
    root = float(np.sqrt(x.value))
    return Value(root, x.slope / (2 * root))


def _abs(x: Value) -> Value:
    return Value(abs(x.value), float(np.sign(x.value)) * x.slope)


FUNCTIONS: dict[str, Callable[[Value], Value]] = {"exp": _exp, "log": _log, "sqrt": _sqrt, "abs": _abs}


def used(text: str) -> tuple[str, ...]:
    """Names in an expression, functions left out.

    Raises ValueError when it is no arithmetic.

    >>> used("a*b + exp(c)")
    ('a', 'b', 'c')
    """
    tree, named = _parsed(text)
    _check(tree)
    return tuple(
        dict.fromkeys(named[node.id] for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in named)
    )


def evaluate(text: str, values: Mapping[str, Value], q: int) -> Value:
    """The value of an expression with its derivatives.

    values : of the labels, each with its (q,) derivatives

    Raises ValueError when it is no arithmetic, KeyError for unknown names.

    >>> a, b = Value(2.0, np.array([1.0, 0.0])), Value(3.0, np.array([0.0, 1.0]))
    >>> evaluate("a*b^2", {"a": a, "b": b}, 2)
    Value(value=18.0, slope=array([ 9., 12.]))
    """
    tree, named = _parsed(text)
    with np.errstate(all="ignore"):
        return _value(tree, {key: values[name] for key, name in named.items()}, q)


def _parsed(text: str) -> tuple[ast.expr, dict[str, str]]:
    """The tree, with names (which may hold dots) replaced by ones Python reads."""
    named: dict[str, str] = {}

    def rename(match: re.Match[str]) -> str:
        name = match.group()
        if name in FUNCTIONS and text[match.end() :].lstrip().startswith("("):
            return name
        key = f"v{len(named)}_"
        key = next((known for known, old in named.items() if old == name), key)
        named[key] = name
        return key

    # A letter after a digit belongs to a number (1e3), not to a name.
    plain = re.sub(rf"(?<![\w.]){NAME}", rename, text).replace("^", "**")
    try:
        return ast.parse(plain.strip(), mode="eval").body, named
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"'{text}' is no arithmetic") from None


def _check(node: ast.expr) -> None:
    for each in ast.walk(node):
        known = isinstance(
            each,
            ast.BinOp | ast.UnaryOp | ast.Name | ast.Load | ast.Constant | ast.Call
            | ast.Add | ast.Sub | ast.Mult | ast.Div | ast.Pow | ast.USub | ast.UAdd,
        )  # fmt: skip
        call = isinstance(each, ast.Call) and not (
            isinstance(each.func, ast.Name) and each.func.id in FUNCTIONS and len(each.args) == 1 and not each.keywords
        )
        constant = isinstance(each, ast.Constant) and not isinstance(each.value, int | float)
        if not known or call or constant:
            raise ValueError("only + - * / ^ exp log sqrt abs, numbers and labels are known in a defined parameter")


def _value(node: ast.expr, values: Mapping[str, Value], q: int) -> Value:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return Value(float(node.value), np.zeros(q))
    if isinstance(node, ast.Name) and node.id in values:
        return values[node.id]
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, values, q)
        return Value(-inner.value, -inner.slope) if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return FUNCTIONS[node.func.id](_value(node.args[0], values, q))
    if isinstance(node, ast.BinOp):
        return _binary(node.op, _value(node.left, values, q), _value(node.right, values, q))
    raise ValueError("only + - * / ^ exp log sqrt abs, numbers and labels are known in a defined parameter")


def _binary(operator: ast.operator, a: Value, b: Value) -> Value:
    x, y = np.float64(a.value), np.float64(b.value)
    if isinstance(operator, ast.Add):
        return Value(float(x + y), a.slope + b.slope)
    if isinstance(operator, ast.Sub):
        return Value(float(x - y), a.slope - b.slope)
    if isinstance(operator, ast.Mult):
        return Value(float(x * y), a.slope * y + b.slope * x)
    if isinstance(operator, ast.Div):
        return Value(float(x / y), (a.slope - b.slope * x / y) / y)
    power = x**y
    slope = y * x ** (y - 1) * a.slope
    if b.slope.any():
        slope = slope + power * np.log(x) * b.slope
    return Value(float(power), slope)


def defined_values(
    defined: Sequence[tuple[str, str]], values: Mapping[str, Value], q: int
) -> tuple[tuple[str, Value], ...]:
    """Every defined parameter in order; later ones may use earlier ones."""
    known = dict(values)
    made = []
    for name, text in defined:
        known[name] = evaluate(text, known, q)
        made.append((name, known[name]))
    return tuple(made)
