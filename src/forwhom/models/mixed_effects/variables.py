"""The variables of a formula as numbers: columns, functions of columns, factors with their levels.

What is learned from the data (levels, means, polynomials) is kept, so that new rows are coded as the old ones were.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forwhom.models.mixed_effects.grammar import COMPARISONS, Call, Name, Node, Number, Pair, text_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FACTOR = ("factor", "as.factor", "C")
_PLAIN: dict[str, Callable[[Floats], Floats]] = {
    "I": lambda x: x,
    "(": lambda x: x,
    "as.numeric": lambda x: x,
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "sqrt": np.sqrt,
}
_TRUTHS: dict[str, Callable[[Floats, Floats], NDArray[np.bool_]]] = {
    "<": np.less,
    ">": np.greater,
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
    "&": lambda x, y: (x != 0) & (y != 0),
    "|": lambda x, y: (x != 0) | (y != 0),
}
KNOWN = ("I", "log", "log2", "log10", "log1p", "exp", "sqrt", "abs", "scale", "center", "poly", "factor", "C")


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of the formula in the rows of a table.

    values : (N, k) numbers, NaN where absent; None for a factor
    suffix : what follows the name of each of the k columns ("" for one column)
    codes : (N,) level of each row, -1 where absent; levels : their words. Both None for numbers
    """

    name: str
    values: Floats | None
    suffix: tuple[str, ...] = ("",)
    codes: Ints | None = None
    levels: tuple[str, ...] | None = None

    @property
    def absent(self) -> NDArray[np.bool_]:
        """(N,) rows without a value."""
        if self.codes is not None:
            return np.asarray(self.codes < 0)
        assert self.values is not None
        return np.asarray(np.isnan(self.values).any(axis=1))


@dataclass(slots=True)
class Learned:
    """What the data fix for good: levels by factor, numbers by function call.

    levels : given or found; the first is the reference
    """

    levels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reference: Mapping[str, str] = field(default_factory=dict)
    numbers: dict[str, Floats] = field(default_factory=dict)


def variable(node: Node, frame: pl.DataFrame, learned: Learned) -> Variable:
    """Evaluate one variable; what is not learned yet is learned from these rows. Raises ValueError in words."""
    name = text_of(node)
    if isinstance(node, Call) and node.function in FACTOR:
        if len(node.arguments) != 1 or not isinstance(node.arguments[0], Name):
            raise ValueError(f"{node.function}() takes one column")
        return _factor(name, frame[node.arguments[0].name], learned, node.arguments[0].name)
    if isinstance(node, Name) and (node.name in learned.levels or not _is_number(frame[node.name])):
        return _factor(name, frame[node.name], learned, node.name)
    if isinstance(node, Call) and node.function == "poly":
        return _polynomial(node, frame, learned)
    if is_truth(node):
        true = _number(node, frame, learned)
        codes = np.where(np.isnan(true), -1, true).astype(np.int64)
        return Variable(name, None, (), codes, ("FALSE", "TRUE"))
    return Variable(name, _number(node, frame, learned)[:, None])


def is_truth(node: Node) -> bool:
    """Whether an expression is true or false in every row; R codes such as a factor."""
    while isinstance(node, Call) and node.function in ("I", "(") and len(node.arguments) == 1:
        node = node.arguments[0]
    return isinstance(node, Pair) and node.operator in (*COMPARISONS, "&", "|", "!")


def _is_number(column: pl.Series) -> bool:
    return column.dtype.is_numeric()


def _factor(name: str, column: pl.Series, learned: Learned, called: str) -> Variable:
    """Codes in the order of the levels: as given, as the column declares (Enum), else sorted; reference first."""
    if column.dtype.is_temporal():
        raise ValueError(f"{called} holds {column.dtype}; make numbers of it, such as days since the start")
    if column.dtype == pl.Object or column.dtype.is_nested():
        raise ValueError(f"{called} holds {column.dtype}, neither numbers nor words")
    if column.dtype.is_float():
        column = column.fill_nan(None)
    # What is learned of factor(x) must not make a factor of x itself.
    key = called if called in learned.levels else name
    if key not in learned.levels:
        learned.levels[key] = _levels(column, called, learned.reference)
    levels = learned.levels[key]
    words = words_of(column)
    codes = words.replace_strict(list(levels), range(len(levels)), default=-1, return_dtype=pl.Int64)
    return Variable(name, None, (), codes.fill_null(-1).to_numpy(), levels)


def _levels(column: pl.Series, called: str, reference: Mapping[str, str]) -> tuple[str, ...]:
    there = column.drop_nulls().unique()
    if isinstance(column.dtype, pl.Enum):
        present = set(there.cast(pl.String).to_list())
        found = [word for word in column.dtype.categories.to_list() if word in present]
    elif column.dtype.is_numeric() or column.dtype == pl.Boolean:
        found = words_of(there.sort()).to_list()
    else:
        found = sorted(there.cast(pl.String).to_list())
    if called in reference:
        first = str(reference[called])
        if first not in found:
            raise ValueError(f"the reference {first!r} is no level of {called}; levels are {', '.join(found[:20])}")
        found = [first, *(word for word in found if word != first)]
    return tuple(found)


def words_of(column: pl.Series) -> pl.Series:
    """Values as words: whole numbers without a decimal point, TRUE and FALSE as in R."""
    if column.dtype == pl.Boolean:
        return column.replace_strict([True, False], ["TRUE", "FALSE"], return_dtype=pl.String)
    if column.dtype.is_float():
        distinct = column.drop_nulls().unique().to_list()
        shown = [str(int(x)) if math.isfinite(x) and x == int(x) and abs(x) < 1e15 else repr(x) for x in distinct]
        return column.replace_strict(distinct, shown, return_dtype=pl.String)
    return column.cast(pl.String)


def _number(node: Node, frame: pl.DataFrame, learned: Learned) -> Floats:
    """Value of an arithmetic expression in every row (N,)."""
    if isinstance(node, Number):
        if math.isnan(node.value):
            raise ValueError(f"{node.text!r} is a text, where a number is expected")
        return np.full(frame.height, node.value)
    if isinstance(node, Name):
        column = frame[node.name]
        if column.dtype != pl.Boolean and not _is_number(column):
            raise ValueError(f"{node.name} holds {column.dtype}, where numbers are expected")
        values = column.cast(pl.Float64)
        return values.fill_null(math.nan).to_numpy() if values.null_count() else values.to_numpy()
    with np.errstate(all="ignore"):
        if isinstance(node, Call):
            return _called(node, frame, learned)
        if node.operator in ("==", "!=") and node.left is not None and _is_words(node, frame):
            return _same_words(node, frame, learned)
        right = _number(node.right, frame, learned)
        if node.operator == "!":
            return np.where(np.isnan(right), math.nan, right == 0.0)
        if node.left is None:
            return -right if node.operator == "-" else right
        left = _number(node.left, frame, learned)
        if node.operator == "^":
            return np.power(left, right)
        if node.operator in _TRUTHS:
            absent = np.isnan(left) | np.isnan(right)
            return np.where(absent, math.nan, _TRUTHS[node.operator](left, right))
        arithmetic = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}.get(node.operator)
        if arithmetic is None:
            raise ValueError(f"{node.operator} is no arithmetic")
        return np.asarray(arithmetic(left, right), dtype=np.float64)


def _is_words(node: Pair, frame: pl.DataFrame) -> bool:
    """Whether a column of words is compared with a text in quotes."""
    sides = (node.left, node.right)
    return any(isinstance(each, Number) and math.isnan(each.value) for each in sides) and any(
        isinstance(each, Name) and not _is_number(frame[each.name]) for each in sides
    )


def _same_words(node: Pair, frame: pl.DataFrame, learned: Learned) -> Floats:
    column = next(each for each in (node.left, node.right) if isinstance(each, Name))
    text = next(each for each in (node.left, node.right) if isinstance(each, Number))
    words = words_of(frame[column.name])
    # New rows need not hold every value.
    if text_of(node) not in learned.numbers and text.text not in words.unique().to_list():
        found = ", ".join(words.drop_nulls().unique().sort().to_list()[:20])
        raise ValueError(f"{text.text!r} is no value of {column.name}; values are {found}")
    learned.numbers[text_of(node)] = np.zeros(0)
    same = (words == text.text).cast(pl.Float64).fill_null(math.nan).to_numpy()
    return np.asarray(same if node.operator == "==" else 1.0 - same)


def _called(node: Call, frame: pl.DataFrame, learned: Learned) -> Floats:
    if node.function not in _PLAIN and node.function not in ("scale", "center"):
        raise ValueError(f"{node.function}() is not known; known are {', '.join(KNOWN)}")
    if len(node.arguments) != 1:
        raise ValueError(f"{node.function}() takes one variable")
    x = _number(node.arguments[0], frame, learned)
    if node.function in _PLAIN:
        return _PLAIN[node.function](x)
    name = text_of(node)
    if name not in learned.numbers:
        seen = x[np.isfinite(x)]
        if seen.size < 2 or np.ptp(seen) == 0.0:
            raise ValueError(f"{name}: the values do not vary")
        learned.numbers[name] = np.array([seen.mean(), seen.std(ddof=1) if node.function == "scale" else 1.0])
    mean, scale = learned.numbers[name]
    return np.asarray((x - mean) / scale)


def _polynomial(node: Call, frame: pl.DataFrame, learned: Learned) -> Variable:
    """Orthogonal polynomials by the three-term recurrence, as R's poly(); poly(x, 2, raw = TRUE) gives powers."""
    plain = [each for each, name in zip(node.arguments, node.names, strict=True) if name in ("", "x", "degree")]
    raw = any(
        name == "raw" and text_of(each) in ("TRUE", "T") for each, name in zip(node.arguments, node.names, strict=True)
    )
    degree = int(plain[1].value) if len(plain) == 2 and isinstance(plain[1], Number) and plain[1].value >= 1 else 0
    if len(plain) > 2 or (len(plain) == 2 and not degree):
        raise ValueError("write poly(x, 2) with a whole number of at least 1")
    degree = degree or 1
    name = text_of(node)
    x = _number(plain[0], frame, learned)
    suffix = tuple(str(k) for k in range(1, degree + 1)) if degree > 1 else ("",)
    if raw:
        return Variable(name, x[:, None] ** np.arange(1, degree + 1), suffix)
    if name not in learned.numbers:
        seen = x[np.isfinite(x)]
        if np.unique(seen).size <= degree:
            raise ValueError(f"{name}: there are only {np.unique(seen).size} different values")
        learned.numbers[name] = _recurrence(seen, degree)
    alpha, norm = learned.numbers[name]
    before, now = np.zeros_like(x), np.ones_like(x)
    columns = []
    for k in range(degree):
        before, now = now, (x - alpha[k]) * now - (norm[k + 1] / norm[k] * before if k else 0.0)
        columns.append(now / np.sqrt(norm[k + 2]))
    return Variable(name, np.column_stack(columns), suffix)


def _recurrence(x: Floats, degree: int) -> Floats:
    """(2, degree + 2): centres, and sums of squares with a leading 1."""
    alpha, norm = np.zeros(degree + 2), np.ones(degree + 2)
    before, now = np.zeros_like(x), np.ones_like(x)
    norm[1] = x.size
    for k in range(degree):
        alpha[k] = (x * now**2).sum() / (now**2).sum()
        before, now = now, (x - alpha[k]) * now - (norm[k + 1] / norm[k] * before if k else 0.0)
        norm[k + 2] = (now**2).sum()
    return np.stack([alpha, norm])


def joint_groups(columns: Sequence[pl.Series]) -> tuple[Ints, tuple[str, ...]]:
    """Codes and words of the combinations of grouping columns that occur, sorted; -1 where one is absent."""
    codes: Ints | None = None
    words: list[str] = []
    for column in columns:
        clean = column.fill_nan(None) if column.dtype.is_float() else column
        if clean.dtype.is_integer() and not clean.null_count():
            found, own = np.unique(clean.to_numpy(), return_inverse=True)
            own, labels = own.astype(np.int64), [str(value) for value in found.tolist()]
        else:
            there = clean.drop_nulls().unique().sort() if clean.dtype != pl.Categorical else clean.drop_nulls().unique()
            shown = words_of(there).to_list()
            ranks = words_of(clean).replace_strict(shown, range(len(shown)), default=None, return_dtype=pl.Int64)
            own, labels = ranks.fill_null(-1).to_numpy(), shown
        if codes is None:
            codes, words = own, labels
            continue
        both = np.where((codes < 0) | (own < 0), -1, codes * len(labels) + own)
        kept, joined = np.unique(both, return_inverse=True)
        joined = joined.astype(np.int64)
        if kept.size and kept[0] < 0:
            kept, joined = kept[1:], joined - 1
        words = [f"{words[value // len(labels)]}:{labels[value % len(labels)]}" for value in kept.tolist()]
        codes = joined
    assert codes is not None
    return codes, tuple(words)
