"""Names that must refer to something."""

from __future__ import annotations

from collections.abc import Iterable

from forwhom.problems import Problem, did_you_mean, listed
from forwhom.study.collect import Collector
from forwhom.study.spec import StudySpec


def check_known(
    names: Iterable[tuple[str, str]], known: tuple[str, ...], what: str, where: str, spec: StudySpec, found: Collector
) -> None:
    """Report each (key of the plan, name) that is not among `known`.

    what : what the name should be, e.g. "scale"; where : the place to add it to, e.g. "[scales]"
    """
    for key, name in names:
        if name not in known:
            found.add(
                Problem(
                    "plan-unknown",
                    f"{did_you_mean(name, known)}Correct it, or add it to {where}.",
                    spec.file,
                    column=f"[plan] {key}",
                    found=f"'{name}' is no {what}",
                    possible=listed(known, 30),
                )
            )
