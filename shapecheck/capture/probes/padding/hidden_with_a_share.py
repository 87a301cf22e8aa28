"""Scores that a mask makes 0 in front of a softmax, which gives them a share all the same: exp(0) is 1."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.told_beforehand import is_told_beforehand
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.edits import as_primary, replaced_text
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ATTENTIONS, CONVERTS, DROPS, RECURRENT
from shapecheck.findings import Edit, Fix

# So small a number hides nothing: its exponential is 1 but for some hundredths.
_SMALL = 0.02
_PASSES = CONVERTS | DROPS | {"div", "mul", "add", "sub", "where", "masked_fill"}
_LAYERS = RECURRENT | ATTENTIONS | {"linear", "matmul", "conv1d", "conv2d"}
_HOPS = 6


def hidden_with_a_share(step: Step) -> Iterator[Sighting]:
    """``(scores * mask).softmax(1)``, and ``scores.masked_fill(hidden, 1e-9).softmax(1)``.

    Who takes the share off again behind the softmax, and divides by what is left, has hidden them after all; who only
    takes it off is told so elsewhere. What is hidden in all rows alike is a choice whose score is 0 by agreement, which
    the others are measured against; and one number for a whole row that a mask gives to some is a bonus, and no score.
    """
    for node in step.of_loss:
        axis = axis_of(node, len(node.shapes[0])) if node.name == "softmax" and node.parents else None
        found = _blanked(step, node.parents[0]) if axis is not None and node.parents[0] in step.learned else None
        if axis is None or found is None:
            continue
        fill, hidden = found
        scores = step.value(node.parents[0])
        hidden = hidden.expand(scores.shape)
        some = hidden.any(axis) & (~hidden).any(axis)
        kept, left = scores[~hidden], hidden & some.unsqueeze(axis)
        is_blank = bool((scores[hidden].abs() < _SMALL).all()) and bool((kept.abs() >= _SMALL).any())
        if _are_rows_alike(hidden, axis) or not _are_scores(step, fill, axis):
            continue
        if not is_blank or int(some.sum()) < 2 or _is_taken_off(step, node, hidden):
            continue
        instead = {node.index: _hiding(node, left)}
        try:
            moves = any_term_moved(step, step.run(), step.run_with(instead))
        except Exception:
            continue
        if moves:
            yield _told(step, fill, node, left, axis)
            return


def _are_rows_alike(hidden: Tensor, axis: int) -> bool:
    rows = hidden.movedim(axis, -1).reshape(-1, hidden.shape[axis])
    return bool((rows == rows[:1]).all())


def _are_scores(step: Step, fill: Node, axis: int) -> bool:
    """Whether what is blanked has a number for each item that the softmax chooses among."""
    behind = len(fill.shapes[0]) - axis
    shapes = [step.tape.shape(ref) for ref in fill.parents if ref in step.learned]
    return all(len(shape) >= behind and shape[-behind] == fill.shapes[0][axis] for shape in shapes)


def _told(step: Step, fill: Node, node: Node, hidden: Tensor, axis: int) -> Sighting:
    share = float((step.value(node.ref) * hidden).sum(axis)[hidden.any(axis)].mean())
    line = f" (line {node.spot.line})" if node.spot is not None else ""
    text = (
        f"{fill.name} makes the scores of what is hidden 0, and the softmax{line} along axis {axis} of "
        f"{node.shapes[0]} gives these a share of {share:.0%} on average in rows that have some: exp(0) is 1"
    )
    fix = Fix("minus infinity for the scores that are hidden", _edits(step, fill), "call", "they have no share")
    return sighted("hidden_with_a_share", fill, text, (fix,))


def _blanked(step: Step, ref: Ref) -> tuple[Node, Tensor] | None:
    """What blanks some of the scores by a mask that it was told, and where; all that is done to them then keeps 0."""
    shape = step.tape.shape(ref)
    for _ in range(_HOPS):
        made = step.node(ref.node)
        if step.is_leaf(ref) or made.shapes[ref.out] != shape or made.name not in _PASSES | {"__setitem__"}:
            return None
        mask = _mask(step, made)
        if mask is not None:
            value = step.value(mask).bool()
            is_told = is_told_beforehand(step, mask) and made.spot is not None
            return (made, ~value if made.name == "mul" or _keeps(step, made) else value) if is_told else None
        learned = [parent for parent in made.parents if parent in step.learned]
        if len(learned) != 1 or made.name == "__setitem__":
            return None
        ref = learned[0]
    return None


def _mask(step: Step, made: Node) -> Ref | None:
    """The mask by which some of the scores become a small number; None if nothing does."""
    if made.name == "mul":
        others = [ref for ref in made.parents if ref not in step.learned and step.tape.shape(ref)]
        is_mask = len(made.parents) == 2 and len(others) == 1 and are_truths(step.value(others[0]))
        # What layers read is what the model is about, and not what it is to leave out.
        is_mask = is_mask and all(reader.name not in _LAYERS for reader in step.readers(others[0]))
        return others[0] if is_mask and not bool(step.value(others[0]).all()) else None
    given = made.args
    if made.name == "masked_fill" and len(given) == 3:
        return given[1] if isinstance(given[1], Ref) and _is_small(step, given[2]) else None
    if made.name == "where" and len(given) == 3:
        blank = [_is_small(step, item) for item in given[1:]]
        return given[0] if isinstance(given[0], Ref) and blank[0] != blank[1] else None
    if made.name == "__setitem__" and len(given) == 3 and isinstance(given[1], Ref):
        is_mask = step.tape.dtype(given[1]) is torch.bool and step.tape.shape(given[1]) == made.shapes[0]
        return given[1] if is_mask and _is_small(step, given[2]) else None
    return None


def _keeps(step: Step, made: Node) -> bool:
    """Whether the mask of a choice stands for what is kept."""
    return made.name == "where" and made.args[1] in step.learned


def _is_small(step: Step, item: Any) -> bool:
    if isinstance(item, Ref):
        value = None if item in step.learned else step.known(item)
        return value is not None and value.numel() == 1 and abs(float(value)) < _SMALL
    return isinstance(item, int | float) and abs(item) < _SMALL


def _is_taken_off(step: Step, node: Node, hidden: Tensor) -> bool:
    """Whether what reads the weights makes those of what is hidden 0 again."""
    for reader in step.readers(node):
        value = step.known(reader.ref)
        if value is not None and value.shape == hidden.shape and not bool(value[hidden].any()):
            return True
    return False


def _hiding(node: Node, hidden: Tensor) -> Run:
    def run(scores: Tensor, *args: Any, **kwargs: Any) -> Any:
        return node.function(scores.masked_fill(hidden, torch.finfo(scores.dtype).min), *args, **kwargs)  # type: ignore[misc]

    return run


def _edits(step: Step, fill: Node) -> tuple[Edit, ...]:
    """The edit that fills the same places with a number that hides them."""
    if fill.spot is None:
        return ()
    file, call, product = fill.spot.code.co_filename, call_at(fill), node_at(fill, ast.BinOp)
    if fill.name == "masked_fill" and call is not None and len(call.args) == 2 and not call.keywords:
        return replaced_text(file, call.args[1], "-1e9")
    is_plain = isinstance(product, ast.BinOp) and isinstance(product.op, ast.Mult)
    if fill.name != "mul" or not is_plain or not isinstance(product, ast.BinOp):
        return ()
    scores, mask = product.left, product.right
    if fill.parents[0] not in step.learned:
        scores, mask = mask, scores
    return replaced_text(file, product, f"{as_primary(scores)}.masked_fill({as_primary(mask)} == 0, -1e9)")


PROBE = Probe(
    "scores are hidden from a softmax by a number that hides them",
    lambda look: hidden_with_a_share(look.step),
)
