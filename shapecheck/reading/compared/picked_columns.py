"""Tells whether a script picks one column of each row, as the value of what was done: ``q(s).gather(1, a)``."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence
from shapecheck.reading.edits import whole_number
from shapecheck.reading.sources import user_sources

_ALONG_COLUMNS = (1, -1)


def picks_columns(evidence: Evidence) -> bool:
    """Whether a tensor is gathered along its columns anywhere in the script."""
    for source in user_sources(evidence):
        for call in source.calls("gather"):
            told = [each.value for each in call.keywords if each.arg in ("dim", "axis")]
            place = 1 if ast.unparse(call.func).startswith("torch.") else 0
            told += call.args[place : place + 1]
            if told and whole_number(told[0]) in _ALONG_COLUMNS:
                return True
    return False
