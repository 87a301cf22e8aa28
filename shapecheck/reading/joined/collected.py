"""Tells what a script collected of its samples, one item each, from the several things that a layer returns."""

from __future__ import annotations

import ast

from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import call_of
from shapecheck.reading.joined.joined_lists import appends
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import function_around, last_name, names_in, node_at, source_of, walk

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


def are_steps(item: Argument) -> bool:
    """Whether each item of a list was made of a step of all samples: ``outs.append(cell(x[:, t]))``."""
    node = node_at(item.span)
    source = source_of(item.span.file) if item.span is not None else None
    if node is None or source is None:
        return False
    for each in walk(function_around(node) or source.tree):
        if isinstance(each, ast.For) and any(appends(call, item.expression) for call in walk(each)):
            targets, made = names_in(each.target), list(walk(each))
        elif isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == item.expression:
            rounds = each.value.generators if isinstance(each.value, _EACH) else []
            targets, made = names_in(*(one.target for one in rounds)), list(walk(each.value))
        else:
            continue
        if any(isinstance(part, ast.Subscript) and _is_step(part.slice, targets) for part in made):
            return True
    return False


def _is_step(index: ast.expr, targets: set[str]) -> bool:
    """Whether an index takes one of the second axis, and all of the first: ``[:, t]``."""
    parts = index.elts if isinstance(index, ast.Tuple) else []
    is_whole = len(parts) > 1 and isinstance(parts[0], ast.Slice) and parts[0].lower is parts[0].upper is None
    return is_whole and isinstance(parts[1], ast.Name) and parts[1].id in targets
