"""What tests of differential item functioning say in words."""

from __future__ import annotations

from forwhom.models.latent_traits.dif_result import Dif, DifItem
from forwhom.models.latent_traits.words import shown, shown_p


def summary(found: Dif) -> str:
    """The answer as text: the tests, then how large the differences are in each group."""
    groups = [each.group for each in found.populations]
    named = ", ".join(found.differing)
    lines = [
        f"Differential item functioning by {found.group}: {' · '.join(f'{p.group} (n {p.n})' for p in found.populations)}",
        f"Differing: {named}" if named else "No item differs",
        f"at {found.alpha:g}, all tests together (Holm); anchors: {', '.join(found.anchors) or 'none'}",
    ]
    lines += [f"left out: {rows} rows, {reason}" for reason, rows in found.left_out]
    lines += [f"! {each}" for each in found.messages]
    lines += ["", "Tests: free against equal", *(_test(each) for each in found.items)]
    for k, group in enumerate(groups[1:], start=1):
        here, equal, total = found.populations[k], found.equal[k], found.total[k - 1]
        lines += [
            "",
            f"{group} against {groups[0]}",
            f"  trait: mean {shown(here.mean)}, SD {shown(here.sd)}; with every item equal {shown(equal.mean)}, {shown(equal.sd)}",
            f"  sum score at equal trait: {shown(total)} points, {found.total_sd[k - 1] + 0.0:.2f} of its SD",
            *(_size(each, k - 1) for each in found.items if each.sizes),
        ]
    return "\n".join(lines)


def _test(each: DifItem) -> str:
    if each.untested or each.chisq is None:
        return f"  {each.item}: not tested, {each.untested}"
    mark = " *" if each.differs else ""
    together = f"; answers {each.answers_joined} joined" if each.answers_joined else ""
    return (
        f"  {each.item}{mark}: chi-square {each.chisq:.2f}, df {each.df}, p {shown_p(each.p)}, "
        f"Holm {shown_p(each.p_adjusted)}{together}"
    )


def _size(each: DifItem, k: int) -> str:
    size = each.sizes[k]
    mark = " *" if each.differs else ""
    return f"  {each.item}{mark}: {shown(size.points)} points at equal trait; locations {shown(size.shift)} SD apart"
