"""From rows of model syntax to the table of parameters: what is added by default, what is fixed, what is equal."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

from forwhom.models.structural.constraints import Links, links
from forwhom.models.structural.syntax import NAME, Operator, Row
from forwhom.problems import Problem, ProblemsFound

Kind = Literal["sem", "growth", "plain"]
Equal = Literal["loadings", "intercepts", "residuals", "means", "lv_variances", "regressions", "thresholds"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One line of the parameter table.

    free : number of the free parameter, None when fixed at `value`
    label : written by the user or shared by equality; "" otherwise
    user : True when written in the model, False when added by default
    """

    left: str
    operator: Operator
    right: str
    group: int
    free: int | None
    value: float | None
    label: str
    start: float | None
    user: bool

    @property
    def name(self) -> str:
        """As read: "f=~x1", "y~1"."""
        return f"{self.left}{self.operator}{self.right}"


@dataclass(frozen=True, slots=True)
class Model:
    """A model ready for numbers.

    observed, latent : names in the order of the matrices; exogenous : observed predictors that are explained by nothing
    defined : (name, expression) in order
    free : how many parameters are free; links : with linear equations, how the numbers of the table follow from these
    sizes : (ordered variable, its categories); theta : residual variances of ordered variables are parameters, not scales
    """

    parameters: tuple[Parameter, ...]
    observed: tuple[str, ...]
    latent: tuple[str, ...]
    exogenous: tuple[str, ...]
    defined: tuple[tuple[str, str], ...]
    groups: int
    free: int
    sizes: tuple[tuple[str, int], ...] = ()
    theta: bool = False
    links: Links | None = None

    @property
    def ordered(self) -> tuple[str, ...]:
        """The ordered variables."""
        return tuple(name for name, _ in self.sizes)

    @property
    def labels(self) -> dict[str, int]:
        """Number of the free parameter behind each label."""
        return {each.label: each.free for each in self.parameters if each.label and each.free is not None}


def names(rows: Sequence[Row], known: Sequence[str] | None = None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Observed and latent variables of a model, indicators first.

    known : columns of the data; None to skip the check. Raises ProblemsFound for observed variables not among them.
    """
    latent = tuple(dict.fromkeys(row.left for row in rows if row.operator == "=~"))
    indicators = [row.right for row in rows if row.operator == "=~"]
    outcomes = [row.left for row in rows if row.operator == "~"]
    others = [name for row in rows if row.operator in ("~", "~~", "~1") for name in (row.left, row.right) if name]
    observed = tuple(name for name in dict.fromkeys([*indicators, *outcomes, *others]) if name not in latent)
    if known is not None:
        missing = [name for name in observed if name not in known]
        if missing:
            raise ProblemsFound(
                Problem(
                    "model-unknown",
                    "Correct the name, or make a column of that name.",
                    found=f"'{name}' is neither a column of the data nor measured by =~",
                    possible=", ".join(known[:30]),
                )
                for name in missing
            )
    return observed, latent


def table(
    rows: Sequence[Row],
    *,
    kind: Kind = "sem",
    groups: int = 1,
    std_lv: bool = False,
    fixed_x: bool = True,
    equal: Sequence[Equal] = (),
    known: Sequence[str] | None = None,
    orthogonal: bool = False,
    sizes: Mapping[str, int] | None = None,
    theta: bool = False,
) -> Model:
    """The table of parameters with lavaan's defaults.

    kind : "sem" (also for confirmatory factor analysis), "growth" (indicators' intercepts 0, latent means free),
        "plain" (nothing added but intercepts of observed variables)
    std_lv : latent variances 1 and every loading free, instead of first loadings 1
    equal : what is equal across groups
    sizes : ordered variables and their numbers of categories; theta : see `Model`
    """
    observed, latent = names(rows, known)
    sizes = sizes or {}
    exogenous = _exogenous(rows, observed)
    stated = [row for row in rows if row.operator not in (":=", "==")]
    written = {_key(row): row for row in stated}
    added = _defaults(rows, observed, latent, exogenous, kind, written, orthogonal)
    added = _ordered_defaults(added, sizes, theta, written)
    first = _first_loadings(stated, std_lv, kind)
    parameters: list[Parameter] = []
    for group in range(groups):
        parameters += [_parameter(row, group, first, user=True) for row in stated]
        for left, operator, right, value in added:
            fixed = 1.0 if std_lv and operator == "~~" and left == right and left in latent else value
            parameters.append(Parameter(left, operator, right, group, None, fixed, "", None, False))
    model_names = _Names(tuple(observed), tuple(latent), exogenous if fixed_x else (), tuple(sizes), theta)
    parameters = _equal_across_groups(parameters, equal, model_names, kind, std_lv) if groups > 1 else parameters
    equations = [row for row in rows if row.operator == "=="]
    plain = [row for row in equations if _is_label(row.left) and _is_label(row.right)]
    defined = tuple((row.left, row.right) for row in rows if row.operator == ":=")
    plain = [row for row in plain if not {row.left, row.right} & {name for name, _ in defined}]
    numbered, count = _numbered(parameters, plain)
    made = links([row for row in equations if row not in plain], _known(numbered), defined, count)
    count = count if made is None else made.own.size
    numbered, made = _settled(numbered, made)
    return Model(
        tuple(numbered),
        observed,
        latent,
        exogenous if fixed_x else (),
        defined,
        groups,
        count,
        tuple(sizes.items()),
        theta,
        made,
    )


def _is_label(text: str) -> bool:
    return re.fullmatch(NAME, text.strip()) is not None


def _known(parameters: Sequence[Parameter]) -> dict[str, int | float]:
    """Number behind each label, or the value it is fixed at."""
    made: dict[str, int | float] = {}
    for each in parameters:
        if each.label:
            made[each.label] = each.free if each.free is not None else float(each.value or 0.0)
    return made


def _settled(parameters: list[Parameter], found: Links | None) -> tuple[list[Parameter], Links | None]:
    """Numbers that equations leave at one value are fixed at it, and counted no more."""
    if found is None:
        return parameters, None
    fixed = (found.slope == 0).all(axis=1)
    number = np.cumsum(~fixed) - 1
    made = [
        each
        if each.free is None
        else replace(each, free=None, value=float(found.base[each.free]))
        if fixed[each.free]
        else replace(each, free=int(number[each.free]))
        for each in parameters
    ]
    left = Links(found.base[~fixed], found.slope[~fixed], number[found.own])
    return made, None if left.own.size == left.base.size else left


def _key(row: Row) -> tuple[str, str, str]:
    if row.operator == "~~":
        return ("~~", *sorted((row.left, row.right)))  # type: ignore[return-value] # three texts
    return (row.operator, row.left, row.right)


def _exogenous(rows: Sequence[Row], observed: Sequence[str]) -> tuple[str, ...]:
    """Observed predictors that nothing explains and of which no (co)variance or intercept is written."""
    predictors = dict.fromkeys(row.right for row in rows if row.operator == "~" and row.right in observed)
    explained = {row.left for row in rows if row.operator in ("~", "~1")} | {
        row.right for row in rows if row.operator == "=~"
    }
    explained |= {name for row in rows if row.operator == "~~" for name in (row.left, row.right)}
    return tuple(name for name in predictors if name not in explained)


def _defaults(
    rows: Sequence[Row],
    observed: Sequence[str],
    latent: Sequence[str],
    exogenous: Sequence[str],
    kind: Kind,
    written: dict[tuple[str, str, str], Row],
    orthogonal: bool,
) -> list[tuple[str, Operator, str, float | None]]:
    """Parameters nobody wrote: (left, operator, right, fixed value or None where free)."""
    made: list[tuple[str, Operator, str, float | None]] = []

    def add(left: str, operator: Operator, right: str, value: float | None = None) -> None:
        key = (operator, *sorted((left, right))) if operator == "~~" else (operator, left, right)
        if key not in written:
            made.append((left, operator, right, value))

    alone = _only_indicators(rows) if kind != "plain" else set()
    for name in (*observed, *latent):
        add(name, "~~", name, 0.0 if name in alone or (kind == "plain" and name not in exogenous) else None)
    if kind != "plain":
        effects = {row.left for row in rows if row.operator == "~"}
        causes = {row.right for row in rows if row.operator == "~"}
        below = {row.right for row in rows if row.operator == "=~"}
        outer = [name for name in latent if name not in effects and name not in below]
        ends = [name for name in (*latent, *observed) if name in effects and name not in causes and name not in below]
        if not orthogonal:
            for one, other in combinations(outer, 2):
                add(one, "~~", other)
        for one, other in combinations(ends, 2):
            add(one, "~~", other)
    for one, other in combinations(exogenous, 2):
        add(one, "~~", other)
    measured = {row.right for row in rows if row.operator == "=~"}
    for name in observed:
        add(name, "~1", "", 0.0 if kind == "growth" and name in measured else None)
    for name in latent:
        add(name, "~1", "", None if kind == "growth" and name not in measured else 0.0)
    return made


def _ordered_defaults(
    added: list[tuple[str, Operator, str, float | None]],
    sizes: Mapping[str, int],
    theta: bool,
    written: dict[tuple[str, str, str], Row],
) -> list[tuple[str, Operator, str, float | None]]:
    """What differs for ordered variables: a threshold between categories, intercept 0, and a scale or residual variance of 1."""
    made: list[tuple[str, Operator, str, float | None]] = []
    for left, operator, right, value in added:
        if left in sizes and operator == "~~" and left == right:
            made.append((left, operator, right, 1.0 if theta else 0.0))
        elif left in sizes and operator == "~1":
            made.append((left, operator, right, 0.0))
        else:
            made.append((left, operator, right, value))
    for name, size in sizes.items():
        marks = [f"t{k}" for k in range(1, size)]
        made += [(name, "|", mark, None) for mark in marks if ("|", name, mark) not in written]
        if ("~*~", name, name) not in written:
            made.append((name, "~*~", name, 1.0))
    return made


def _only_indicators(rows: Sequence[Row]) -> set[str]:
    """Observed variables that alone measure some factor: their residual variance is 0 unless written."""
    measured: dict[str, list[str]] = {}
    for row in rows:
        if row.operator == "=~":
            measured.setdefault(row.left, []).append(row.right)
    return {own[0] for own in measured.values() if len(own) == 1 and own[0] not in measured}


def _first_loadings(rows: Sequence[Row], std_lv: bool, kind: Kind) -> set[int]:
    """Rows (by identity) whose loading is fixed at 1 to give the factor its scale."""
    if std_lv or kind == "plain":
        return set()
    seen: set[str] = set()
    made = set()
    for row in rows:
        if row.operator == "=~" and row.left not in seen:
            seen.add(row.left)
            if not row.fixed and not row.free:
                made.add(id(row))
    return made


def _parameter(row: Row, group: int, first: set[int], *, user: bool) -> Parameter:
    def of(values: tuple[object, ...]) -> object:
        return None if not values else values[group] if group < len(values) else values[0] if len(values) == 1 else None

    fixed = 1.0 if id(row) in first else of(row.fixed)
    label, start = of(row.label), of(row.start)
    return Parameter(
        row.left,
        row.operator,
        row.right,
        group,
        None,
        fixed if isinstance(fixed, float) else None,
        label if isinstance(label, str) else "",
        start if isinstance(start, float) else None,
        user,
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """Observed and latent variables, and predictors taken as given, which no equality concerns."""

    observed: tuple[str, ...]
    latent: tuple[str, ...]
    given: tuple[str, ...]
    ordered: tuple[str, ...] = ()
    theta: bool = False

    @property
    def scale(self) -> Operator:
        """What gives ordered variables their scale: residual variances, or scales."""
        return "~~" if self.theta else "~*~"


def _equal_across_groups(
    parameters: list[Parameter],
    equal: Sequence[Equal],
    named: _Names,
    kind: Kind,
    std_lv: bool,
) -> list[Parameter]:
    """Give a shared label to what is equal across groups; with equal intercepts the latent means of later groups are free,
    and with equal loadings their latent variances, where these were what gave the factor its scale."""
    made = []
    for each in parameters:
        own = each.left in named.observed
        what: Equal | None = None
        if each.left in named.given and (each.right or each.left) in named.given:
            pass
        elif each.operator == "=~":
            what = "loadings"
        elif each.operator == "~1":
            what = "intercepts" if own else "means"
        elif each.operator == "~~" and each.left == each.right:
            what = "residuals" if own else "lv_variances"
        elif each.operator == "~":
            what = "regressions"
        elif each.operator == "|":
            what = "thresholds"
        if what in equal and each.value is None and not each.label:
            each = replace(each, label=f".{each.name}.")
        if (
            ("thresholds" in equal if named.ordered else "intercepts" in equal)
            and "means" not in equal
            and each.operator == "~1"
            and each.left in named.latent
            and each.group > 0
            and not each.user
            and kind != "growth"
        ):
            each = replace(each, value=None)
        scale = (
            std_lv and each.operator == "~~" and each.left == each.right and each.left in named.latent and not each.user
        )
        if scale and each.group > 0 and "loadings" in equal and "lv_variances" not in equal:
            each = replace(each, value=None)
        of_scale = each.operator == named.scale and each.left == each.right and each.left in named.ordered
        if of_scale and each.group > 0 and "thresholds" in equal and not each.user and "residuals" not in equal:
            each = replace(each, value=None)
        made.append(each)
    return made


def _numbered(parameters: Sequence[Parameter], equalities: Sequence[Row]) -> tuple[list[Parameter], int]:
    """Number the free parameters: one number per label, labels joined by == share one."""
    same: dict[str, str] = {}

    def root(label: str) -> str:
        while label in same:
            label = same[label]
        return label

    for row in equalities:
        left, right = row.left.strip(), row.right.strip()
        if root(left) != root(right):
            same[root(left)] = root(right)
    held = _held(parameters, root)
    number: dict[str, int] = {}
    made, count = [], 0
    for each in parameters:
        key = root(each.label) if each.label else ""
        if each.value is None and key in held:
            each = replace(each, value=held[key])
        if each.value is not None:
            made.append(each)
            continue
        if key and key in number:
            made.append(replace(each, free=number[key]))
            continue
        if key:
            number[key] = count
        made.append(replace(each, free=count))
        count += 1
    return made, count


def _held(parameters: Sequence[Parameter], root: Callable[[str], str]) -> dict[str, float]:
    """Values of labels that a fixed parameter carries: what has the label is fixed with it.

    Raises ProblemsFound where one label stands at two values.
    """
    held: dict[str, float] = {}
    wrong = []
    for each in parameters:
        if not each.label or each.value is None:
            continue
        key = root(each.label)
        if held.setdefault(key, each.value) != each.value:
            found = f"'{each.label}' stands at {held[key]:g} and, of {each.name}, at {each.value:g}"
            do = "Give the two values labels of their own: equal labels are one parameter."
            wrong.append(Problem("model-equality", do, found=found))
    if wrong:
        raise ProblemsFound(wrong)
    return held
