"""Every claim judged by the rows: supported, supported with conditions, contradicted, or not checkable."""

from forwhom.evidence.audit.choosing import choose
from forwhom.evidence.audit.judging import audit
from forwhom.evidence.audit.verdicts import VERDICTS, Audited, Condition, Deciding, Verdict, standing_alone

__all__ = ["VERDICTS", "Audited", "Condition", "Deciding", "Verdict", "audit", "choose", "standing_alone"]
