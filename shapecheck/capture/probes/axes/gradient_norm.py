"""A penalty on the length of the gradient of each sample, which measures another length than that of its gradient."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.alternatives import with_axis
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.separation import difference, items_of, replaced_item
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.gradients import TAKE
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.vocabulary import DIFFERENCES, NORMS, SQUARES
from shapecheck.findings import Edit, Fix

_CUTS = frozenset(["view", "reshape", "flatten", "contiguous", "to", "add"])
_ROOTS = frozenset(["sqrt", "add", "clamp", "clamp_min", "pow"])
_MOVES = frozenset(["sum", "mean", "squeeze", "view", "reshape", "flatten"])
_HOPS = 6


def gradient_norm(step: Step) -> Iterator[Sighting]:
    """The norm of a gradient along some axes only, or of all samples together, that is to be near one number.

    Told where a critic gives one score for each sample, and each depends on its own sample alone: the score is a
    function of all numbers of the sample, so the length of its gradient is that of all of them. Where each position
    has a score of its own, as in a field of distances, the length of a part is meant.
    """
    for node in step.of_loss:
        if not node.parents or not (node.name in NORMS or _adds_squares(step, node)):
            continue
        taken = _gradient(step, node)
        if taken is None or not _is_held_against_a_number(step, node):
            continue
        shape = step.tape.shape(node.parents[0])
        axes = _axes(node, len(shape))
        if axes is None or len(shape) < 2 or shape[0] < 2:
            continue
        if len(shape) == 3 and axes == {1} and _source_of_each_score(step, taken, shape[:2]) is not None:
            yield _told_of_rows(step, node, shape)
            return
        wanted = {axis for axis in range(1, len(shape)) if shape[axis] > 1}
        if axes - {0} >= wanted and 0 not in axes:
            continue
        if len(shape) == 3 and axes == {2}:
            # Each of many vectors, such as the force on each atom of a molecule, may have a bound of its own.
            continue
        source = _source_of_each_score(step, taken, shape[:1])
        if source is None:
            continue
        yield _told(step, node, shape, axes)
        return


def _adds_squares(step: Step, node: Node) -> bool:
    if node.name != "sum":
        return False
    squared = step.node(node.parents[0].node)
    return squared.name in SQUARES and len(set(squared.parents)) == 1 and step.tape.shape(node.parents[0]) != ()


def _gradient(step: Step, node: Node) -> Node | None:
    """The call that took a gradient of which a norm is measured, with its samples still in front."""
    ref = node.parents[0]
    size = step.tape.shape(ref)[:1]
    if node.name not in NORMS:
        ref = step.node(ref.node).parents[0]
    for at, made in backwards(step.tape, ref, _CUTS, _HOPS, is_alone=True):
        if step.tape.shape(at)[:1] != size:
            return None
        if made.function is TAKE:
            return made
    return None


def _is_held_against_a_number(step: Step, node: Node) -> bool:
    """Whether a number is taken off the length: it is to be near that number, or not to exceed it."""
    for _ in range(_HOPS):
        readers = step.readers(node, to_loss=True)
        if any(reader.name in DIFFERENCES and len(reader.parents) == 1 for reader in readers):
            return True
        if len(readers) != 1 or readers[0].name not in _ROOTS or len(readers[0].parents) != 1:
            return False
        node = readers[0]
    return False


def _axes(node: Node, ndim: int) -> set[int] | None:
    """The axes that are measured along; all where none is named, and None where that cannot be told."""
    at = 1 if node.name == "sum" else 2
    given = node.argument(at, "dim", "axis")
    if given is None:
        return set(range(ndim))
    items = given if isinstance(given, tuple | list) else (given,)
    if not all(isinstance(item, int) and not isinstance(item, bool) and -ndim <= item < ndim for item in items):
        return None
    return {item % ndim for item in items}


def _source_of_each_score(step: Step, taken: Node, sizes: tuple[int, ...]) -> Ref | None:
    """What the gradient is taken with respect to, if each of so many samples has one score, of its own alone.

    Args:
        step: The step.
        taken: The call that took the gradient.
        sizes: How many samples there are, and in how many batches that lie one upon the other; these are last.
    """
    goals, sources = list(refs_in(taken.args[0])), list(refs_in(taken.args[1]))
    if len(goals) != 1 or len(sources) != 1 or step.node(sources[0].node).kind == "parameter":
        return None
    source, made = sources[0], backwards(step.tape, goals[0], _MOVES, _HOPS, is_alone=True)
    scores = next((at for at, _ in made if step.tape.shape(at)[: len(sizes)] == sizes), None)
    if scores is None or math.prod(step.tape.shape(scores)) != math.prod(sizes):
        return None
    if step.tape.shape(source)[: len(sizes)] != sizes:
        return None
    axis, base, value = len(sizes) - 1, step.run(), step.value(source)
    for item in items_of(sizes[axis], 2):
        after = step.changed(source, replaced_item(value, axis, item))
        if scores not in after:
            return None
        rows = difference(base[scores], after[scores]).reshape(sizes).movedim(axis, 0).reshape(sizes[axis], -1)
        if rows.any(1).nonzero().flatten().tolist() != [item]:
            return None
    return source


def _told_of_rows(step: Step, node: Node, shape: tuple[int, ...]) -> Sighting:
    text = (
        f"the gradient {shape} of one score for each of {shape[0]} by {shape[1]} samples is measured along axis 1, "
        f"which holds the samples: {shape[1]} of them together have one length in each feature, and each is pushed to "
        "the number that the length of one sample's gradient was to have"
    )
    verified = tried(step, {node.index: with_axis(node, 2)})
    fix = Fix("dim=2", other_axis(node, 2), verified, "there is one length for each sample")
    return sighted("gradient_norm_of_parts", node, text, (fix,))


def _told(step: Step, node: Node, shape: tuple[int, ...], axes: set[int]) -> Sighting:
    if 0 in axes:
        said = f"all {shape[0]} samples together have one length"
    else:
        left = tuple(size for axis, size in enumerate(shape) if axis not in axes)
        said = f"there are {left} lengths, of parts of the gradient of a sample"
    text = (
        f"the gradient {shape} of one score for each of {shape[0]} samples is measured along "
        f"{'all axes' if len(axes) == len(shape) else 'axis ' + ' and '.join(map(str, sorted(axes)))}: {said}, "
        "and each is pushed to the number that the length of one sample's whole gradient was to have"
    )
    verified = tried(step, {node.index: _of_each_sample(node)})
    fix = Fix("flatten(1) and dim=1", _edit(node), verified, "there is one length for each sample")
    return sighted("gradient_norm_of_parts", node, text, (fix,))


def _of_each_sample(node: Node) -> Run:
    def run(values: Tensor, *_: Any, **__: Any) -> Tensor:
        rows = values.flatten(1)
        return rows.sum(1) if node.name == "sum" else torch.linalg.vector_norm(rows, dim=1)

    return run


def _edit(node: Node) -> tuple[Edit, ...]:
    call = call_at(node)
    if call is None or node.spot is None or not isinstance(call.func, ast.Attribute):
        return ()
    is_method = ast.unparse(call.func.value) not in ("torch", "torch.linalg", "linalg", "LA")
    if not is_method and not call.args:
        return ()
    value = ast.unparse(call.func.value if is_method else call.args[0])
    plain = isinstance(call.func.value if is_method else call.args[0], ast.Name | ast.Attribute | ast.Call)
    rows = f"{value}.flatten(1)" if plain else f"({value}).flatten(1)"
    words = [f"{word.arg}={ast.unparse(word.value)}" for word in call.keywords if word.arg == "p"]
    order = list(map(ast.unparse, call.args[0 if is_method else 1 :]))[: 0 if node.name == "sum" else 1]
    inside = ", ".join([*order, *words, "dim=1"])
    if is_method:
        return replaced_text(node.spot.code.co_filename, call, f"{rows}.{call.func.attr}({inside})")
    return replaced_text(node.spot.code.co_filename, call, f"{ast.unparse(call.func)}({rows}, {inside})")


PROBE = Probe(
    "a penalty measures the whole gradient of each sample",
    lambda look: gradient_norm(look.step),
)
