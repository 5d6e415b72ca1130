"""Study: what was planned and what was observed."""

from forwhom.study.model import SELF, Arm, Plan, Primary, Scale, SetAside, Study, Threshold

__all__ = ["SELF", "Arm", "Plan", "Primary", "Scale", "SetAside", "Study", "Threshold"]
