"""Tells what a script collected of its samples, one item each, from the several things that a layer returns."""

from __future__ import annotations

import ast

from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import call_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import last_name

_EACH = ast.GeneratorExp | ast.ListComp


def is_collected(evidence: Evidence, item: Argument) -> bool:
    """Whether a list or a tuple holds an item for each sample: ``states, actions = zip(*batch)``.

    No layer returns a list, numbers or arrays; of tensors it is told by how the tuple was made, and they are of one
    shape, but for how long they are. What a loader put together is a list of tensors that have not the same axes.
    """
    value = item.value
    kinds = {each.kind for each in value.items}
    shapes = {each.record.shape for each in value.items if each.record is not None}
    if value.kind == "list" or not value.items:
        return value.kind == "list" and len({len(shape) for shape in shapes}) < 2
    if kinds <= {"number"} or kinds == {"array"}:
        return True
    made = (call_of(each.span) for each in trace(evidence, item.span, parts=True)) if item.span is not None else ()
    # Sequences may be of several lengths.
    are_alike = kinds == {"tensor"} and len({(len(shape), shape[1:]) for shape in shapes}) == 1 < len(value.items)
    return are_alike and any(_goes_through(call) for call in made if call is not None)


def _goes_through(call: ast.Call) -> bool:
    """Whether a call makes an item of each item of something."""
    return last_name(call.func) in ("zip", "map") or any(isinstance(each, _EACH) for each in call.args)
