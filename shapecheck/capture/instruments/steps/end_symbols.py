"""Fillers that are a symbol as well: the end of a sequence, which stands once behind each of them and fills it up."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.capture.instruments.padding.padded import Padding
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import trees_around
from shapecheck.reading.assignments import named_values
from shapecheck.reading.sources import walk

# A filler that is called END may well be nothing else than that.
_END = re.compile(r"(^|[._])(eos|eot|sep)($|[._])", re.IGNORECASE)
_LARGEST = frozenset(["max", "amax"])


def ends_with_filler(step: Step, padding: Padding, node: Node) -> bool:
    """Whether the first filler of each sequence is its end, so that the step of its number may well be picked.

    Either the script calls the filler so, or it has room for one step more than the longest sequence, and says so.
    """
    value = step.value(padding.source)
    fillers = value[padding.hidden] if value.shape == padding.hidden.shape else value[:0]
    trees = list(trees_around(node.spot))
    if value.is_floating_point() or not fillers.numel() or bool((fillers != fillers[0]).any()):
        return False
    if any(int(fillers[0]) in _ends(tree) for tree in trees):
        return True
    spare = padding.hidden.shape[padding.time] - int(padding.lengths.max())
    return spare == 1 and not _is_blank(step, padding) and any(_adds_one(tree) for tree in trees)


def _ends(tree: ast.Module) -> set[int]:
    """The numbers that are given a name that means the end: ``EOS = 0``, ``PAD, EOS = 0, 1``, ``eos_id=0``."""
    named = [value for name, value in named_values(tree) if _END.search(name)]
    return {value.value for value in named if isinstance(value, ast.Constant) and isinstance(value.value, int)}


def _is_blank(step: Step, padding: Padding) -> bool:
    """Whether an embedding knows the filler as one, and learns nothing of it."""
    nodes = (step.node(index) for index in descendants(step.tape, {padding.source}, step.order))
    return any(node.name == "embedding" and node.kwargs.get("padding_idx") is not None for node in nodes)


def _adds_one(tree: ast.Module) -> bool:
    """Whether one more than the largest of something is computed."""
    for item in walk(tree):
        if isinstance(item, ast.BinOp) and isinstance(item.op, ast.Add):
            sides = (item.left, item.right)
            is_one = any(isinstance(side, ast.Constant) and side.value == 1 for side in sides)
            names = {name for side in sides for name in _called(side)}
            if is_one and names & _LARGEST:
                return True
    return False


def _called(value: ast.expr) -> Iterator[str]:
    for item in ast.walk(value):
        if isinstance(item, ast.Call):
            yield ast.unparse(item.func).rsplit(".", 1)[-1]
