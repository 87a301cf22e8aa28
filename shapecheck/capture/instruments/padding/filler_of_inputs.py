"""Fillers that a mask calls nothing wherever a model is given them, in a script that speaks of no end of sequences."""

from __future__ import annotations

import ast
import linecache
import re

import torch
from torch import Tensor

from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import tree_of
from shapecheck.reading.name_words import any_word
from shapecheck.reading.sources import walk

# Where a script says one of these, in whatever words, its filler may stand for the end of a sequence as well.
_END = any_word(r"eos|eot|eow|sep|ends?|ending|stops?|terminat\w*|finish\w*|period|dot")
_NO_END = re.compile(r"\bend\s*=\s*['\"]")
_LEAVES = ast.Break | ast.Return


def filler_of_inputs(step: Step, node: Node, labels: Tensor, counted: Tensor, *, is_label: bool = True) -> int | None:
    """The one symbol that a mask hides in the inputs, all of it and nothing else; None if there is none.

    Args:
        step: The step.
        node: What says something of each label.
        labels: (batch_size, seq_length), the inputs one step later.
        counted: The same, True where the mask says that something counts.
        is_label: Whether the filler stands among the labels; else something else was put in its place.
    """
    for value in _inputs(step):
        for given in (value, value.t()):
            filler = _masked_as_inputs(given, labels, counted, is_label=is_label)
            if filler is not None:
                return None if _may_be_an_end(step, node, filler) else filler
    return None


def _inputs(step: Step) -> list[Tensor]:
    read = [node.parents[0] for node in step.nodes if node.name == "embedding"]
    values = [step.known(ref) for ref in dict.fromkeys([*step.inputs, *read])]
    return [value for value in values if value is not None and not value.is_floating_point() and value.ndim == 2]


def _masked_as_inputs(given: Tensor, labels: Tensor, counted: Tensor, *, is_label: bool) -> int | None:
    steps = labels.shape[1]
    if given.shape[0] != len(labels) or given.shape[1] - steps not in (0, 1):
        return None
    fillers = given[:, :steps][~counted]
    if not fillers.numel() or not torch.equal(given[:, :steps] != fillers[0], counted):
        return None
    both = torch.ones_like(counted) if is_label else counted
    is_next = (given[:, 1:steps] == labels[:, : steps - 1]) | ~both[:, : steps - 1]
    return int(fillers[0]) if bool(is_next.all()) else None


def _may_be_an_end(step: Step, node: Node, filler: int) -> bool:
    """Whether a script speaks of ends, or leaves off where it meets the filler."""
    spots = [spot for spot in (node.spot, *(root.spot for root in step.roots)) if spot is not None]
    for file in {spot.code.co_filename for spot in spots}:
        if any(_END.search(_NO_END.sub("", line)) for line in linecache.getlines(file)):
            return True
        for item in walk(tree_of(file) or ast.Module([], [])):
            is_test = isinstance(item, ast.If | ast.While) and _is_told(item.test, filler)
            if is_test and any(isinstance(inner, _LEAVES) for inner in ast.walk(item)):
                return True
    return False


def _is_told(test: ast.expr, filler: int) -> bool:
    """Whether a test names the filler, or asks whether something is what has a name of its own, as the filler may."""
    return any(
        (isinstance(item, ast.Constant) and item.value == filler)
        or (
            isinstance(item, ast.Compare)
            and isinstance(item.ops[0], ast.Eq | ast.NotEq)
            and not any(isinstance(side, ast.Constant) for side in (item.left, *item.comparators))
        )
        for item in ast.walk(test)
    )
