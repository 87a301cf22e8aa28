"""Reads what is known of the sequences that a table of positions is too short for: whether others are longer still."""

from __future__ import annotations

import ast

from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import last_name, node_at, walk
from shapecheck.reading.ways_back import way_of

_COUNTS = ("arange", "range", "cumsum")


def is_counted(evidence: Evidence, item: Argument) -> bool:
    """Whether an index is counted, position by position: it is no token that anything was chosen to be."""
    nodes = [node for span in way_of(evidence, item.span) for node in walk(node_at(span))]
    return any(isinstance(node, ast.Call) and last_name(node.func) in _COUNTS for node in nodes)


def is_of_each_batch(evidence: Evidence) -> bool:
    """Whether a table of positions was read for sequences of another length before: each batch has its own one."""
    item = operand(failed(evidence, "Embedding"), "input")
    if item is None or not sizes_of(item) or not is_counted(evidence, item):
        return False
    before = {each.shape[-1:] for call in evidence.earlier for each in call.inputs if each.role == "input"}
    return any(each != sizes_of(item)[-1:] for each in before)
