"""Tells whether a number counts the samples."""

from __future__ import annotations

import ast

from shapecheck.evidence import Span
from shapecheck.reading.sources import found_at, last_name, targets_of
from shapecheck.reading.vocabulary import MADE_OF_SIZES

_COUNTED = (*MADE_OF_SIZES, "randint", "DataLoader")


def counts_samples(number: Span) -> bool:
    """Whether the name of a number tells how many samples there are: ``batch_size=n``, or in front of what is drawn."""
    source, node = found_at(number)
    names = {last_name(each) for each in targets_of(node)} if node is not None else set()
    for call in source.calls(*_COUNTED) if source is not None and names else ():
        first = call.args[0] if call.args else None
        first = first.elts[0] if isinstance(first, ast.Tuple | ast.List) and first.elts else first
        told = [each.value for each in call.keywords if each.arg == "batch_size"]
        if any(last_name(each) in names for each in (first, *told) if each is not None):
            return True
    return False
