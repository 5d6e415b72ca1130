"""Study: what was planned and what was observed."""

from forwhom.study.model import SELF, Arm, Scale, SetAside, Study
from forwhom.study.plan import Mechanism, Plan, Primary, Ruptures, SuddenChange, Threshold, Window

__all__ = [
    "SELF",
    "Arm",
    "Mechanism",
    "Plan",
    "Primary",
    "Ruptures",
    "Scale",
    "SetAside",
    "Study",
    "SuddenChange",
    "Threshold",
    "Window",
]
