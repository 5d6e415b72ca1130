"""One seam for work that splits: by person, by group, by replicate, by question.

Local processes by default; an existing Dask cluster when one is connected (`connect`). The results come back in the
order of the inputs and do not depend on how many workers there are, where, or which of them was lost: every task
carries its own random generator or none, and linear algebra keeps to one thread everywhere.
"""

from forwhom.parallel.cluster import MOVES_NUMBERS, Cluster, connect
from forwhom.parallel.split import arriving, end_processes, generator, run

__all__ = ["MOVES_NUMBERS", "Cluster", "arriving", "connect", "end_processes", "generator", "run"]
