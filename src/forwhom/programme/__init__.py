"""Treatments as data and pure rules.

>>> from forwhom import programme
>>> mbt = programme.shipped("mbt")
>>> [phase.id for phase in mbt.phases][:3]
['assessment', 'formulation', 'psycho-education']
"""

from forwhom.programme.checks import check, check_file
from forwhom.programme.known import Known
from forwhom.programme.model import Length, Programme, Source
from forwhom.programme.reading import named_or_read, names, read, read_with_problems, shipped

__all__ = [
    "Known",
    "Length",
    "Programme",
    "Source",
    "check",
    "check_file",
    "named_or_read",
    "names",
    "read",
    "read_with_problems",
    "shipped",
]
