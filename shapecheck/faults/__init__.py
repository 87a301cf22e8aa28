"""Known mistakes, one small file each, found by a scan of this folder.

Codes: SC1xx what goes into a recurrent layer, SC2xx its state, SC3xx what comes out of it and the layers behind,
SC4xx losses and targets, SC5xx everything else that raises, SC6xx what `check_model` finds,
SC7xx and SC8xx what runs and is wrong by what it does, SC9xx how modules are made, kept and called.
"""

from __future__ import annotations

from functools import cache

from shapecheck.fault import Fault
from shapecheck.knowledge import scan


@cache
def all_faults() -> tuple[Fault, ...]:
    """Every fault, ours and those that other distributions add, in the order of their codes."""
    return tuple(sorted(scan(__name__, "FAULT", Fault), key=lambda fault: fault.number))
