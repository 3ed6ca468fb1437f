"""What each function of the clearing house costs, by what its parties hold.

Each :class:`Situation` is some calls that lead to it and the call that is measured, in a
transaction of its own, so that every slot is cold. Gas is what the receipt says: refunds taken off,
and the intrinsic cost (21,000 and the call data) included. A new row is an entry in `trading.py`,
`money.py`, `life.py`, `administration.py` or `views.py`.
`money.py`, `backstop.py`, `administration.py` or `views.py`.
`deleveraging.py`, `plans.py`, `money.py`, `administration.py` or `views.py`.
"""

from __future__ import annotations

from .rig import Measure, Rig, SituationRefused
from .setting import SETTINGS, SIZES, Size
from .situation import Situation
from .table import (
    FUNCTIONS,
    SITUATIONS,
    Row,
    as_json,
    by_size,
    fixed,
    measure,
    measure_on,
    sizes_of,
)
from .views import NOT_MEASURED

__all__ = [
    "FUNCTIONS",
    "NOT_MEASURED",
    "SETTINGS",
    "SITUATIONS",
    "SIZES",
    "Measure",
    "Rig",
    "Row",
    "Situation",
    "SituationRefused",
    "Size",
    "as_json",
    "by_size",
    "fixed",
    "measure",
    "measure_on",
    "sizes_of",
]
