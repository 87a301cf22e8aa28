"""Weights that a mask makes 0 behind their softmax: what is left of them no longer sums to one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from shapecheck.capture.instruments.axes.contracted import contraction
from shapecheck.capture.instruments.padding.told_beforehand import is_told_beforehand
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.edits import as_primary, replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, node_at, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import statement_at
from shapecheck.findings import Edit, Fix
from shapecheck.reading.vocabulary import FUNCTIONAL

_HANDED_ON = frozenset(["dropout", "contiguous", "to", "transpose", "permute", "view", "reshape", "flatten", "squeeze"])
_DIVIDES = frozenset(["div", "normalize", "layer_norm", "rms_norm", "group_norm", "instance_norm", "batch_norm"])
# So much of the weight of some item is lost where it matters.
_LOST = 0.05
_HOPS = 6


def masked_after_softmax(step: Step) -> Iterator[Sighting]:
    """``scores.softmax(-1).masked_fill(hidden, 0) @ values``: a mean of which a part is missing.

    Who divides by what is left, or by anything else, makes a mean of it. What was drawn thins out the weights, and what
    was chosen by the weights themselves, such as the best experts, says how far each of them is to be heard: neither
    hides anything that the softmax was not to see.
    """
    for node in step.of_loss:
        if node.name != "softmax":
            continue
        along, masked = axis_of(node, len(node.shapes[0])), _masked(step, node)
        if along is None or masked is None or not is_told_beforehand(step, masked[1]):
            continue
        reader, mask = masked
        summed = contraction(step, reader)
        if summed is None or summed.axis != along or _is_divided(step, summed.node):
            continue
        lost = _lost(step.value(node.ref), step.value(reader.ref), along)
        if lost > _LOST:
            yield _told(step, node, reader, mask, along, lost)
            return


def _masked(step: Step, node: Node) -> tuple[Node, Ref] | None:
    """What makes some weights of a softmax 0, if it is all that reads them, and the mask by which it does."""
    weights = node.ref
    for _ in range(_HOPS):
        readers = step.readers(weights)
        if len(readers) != 1 or readers[0].shapes[0] != node.shapes[0]:
            return None
        reader = readers[0]
        others = [ref for ref in reader.parents if ref != weights]
        if len(others) == 1 and _makes_none(step, reader, weights, others[0]):
            return reader, others[0]
        if reader.name not in ("dropout", "contiguous", "to"):
            return None
        weights = reader.ref
    return None


def _makes_none(step: Step, reader: Node, weights: Ref, mask: Ref) -> bool:
    if reader.name == "masked_fill":
        return reader.parents[0] == weights and reader.argument(2, "value") == 0
    if reader.name == "where":
        return {reader.argument(1, "input"), reader.argument(2, "other")} == {weights, 0}
    return reader.name == "mul" and bool(step.tape.shape(mask)) and are_truths(step.value(mask))


def _is_divided(step: Step, summed: Node) -> bool:
    """Whether what was added up is scaled next: then its own scale makes no difference."""
    for _ in range(_HOPS):
        readers = step.readers(summed)
        if any(reader.name in _DIVIDES and len(reader.parents) > (reader.name == "div") for reader in readers):
            return True
        if len(readers) != 1 or readers[0].name not in _HANDED_ON:
            return False
        summed = readers[0]
    return False


def _lost(before: Tensor, after: Tensor, along: int) -> float:
    """How much of the weights is lost on average, where a mask hides some of them and leaves more than one."""
    hidden = after == 0
    left = (~hidden).sum(along)
    rows = hidden.any(along) & (left > 1)
    if not bool(rows.any()):
        return 0.0
    lost = (before * hidden).sum(along)[rows]
    return float(lost.mean()) if bool(lost.isfinite().all()) else 0.0


def _told(step: Step, node: Node, reader: Node, mask: Ref, along: int, lost: float) -> Sighting:
    line = f" (line {reader.spot.line})" if reader.spot is not None else ""
    text = (
        f"the weights {node.shapes[0]} sum to one along axis {along} before {reader.name}{line} makes some of them 0: "
        f"what is hidden had {lost:.0%} of the weight, which is missing in what is added up with the others"
    )
    verified = tried(step, {node.index: _masked_before(step, node, reader, mask)})
    fix = Fix("the mask before the softmax", _edit(node, reader), verified, "the weights that are left sum to one")
    return sighted("masked_after_softmax", node, text, (fix,))


def _masked_before(step: Step, node: Node, reader: Node, mask: Ref) -> Run:
    hides_where_true = reader.name == "masked_fill" or (reader.name == "where" and reader.argument(1, "input") == 0)
    hides = step.value(mask).bool() ^ (not hides_where_true)

    def run(scores: Tensor, *args: Any, **kwargs: Any) -> Any:
        return node.function(scores.masked_fill(hides, torch.finfo(scores.dtype).min), *args, **kwargs)  # type: ignore[misc]

    return run


def _edit(node: Node, reader: Node) -> tuple[Edit, ...]:
    """The edit that hides the scores by the same mask, where it stands there already."""
    scores, mask = _scores(node), _mask(reader)
    if scores is None or mask is None or node.spot is None or reader.spot is None:
        return ()
    file = node.spot.code.co_filename
    if node.spot.code is not reader.spot.code or node.spot.line > reader.spot.line:
        return ()
    between = [statement_at(file, line) for line in range(node.spot.line, reader.spot.line)]
    names = [one for statement in between if statement is not None for one in ast.walk(statement)]
    made = {one.id for one in names if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    text = ast.unparse(mask)
    if made & {one.id for one in ast.walk(mask) if isinstance(one, ast.Name)}:
        return ()
    hidden = text if reader.name == "masked_fill" else f"({text}) == 0"
    return replaced_text(file, scores, f"{as_primary(scores)}.masked_fill({hidden}, -1e9)")


def _scores(node: Node) -> ast.expr | None:
    """The expression that a softmax is given."""
    call = call_at(node)
    if call is None:
        return None
    if isinstance(node.module, nn.Softmax) or isinstance(call.func, ast.Name):
        return call.args[0] if call.args else None
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "softmax":
        return None
    if ast.unparse(call.func.value) in FUNCTIONAL:
        return call.args[0] if call.args else None
    return call.func.value


def _mask(reader: Node) -> ast.expr | None:
    """The expression of the mask."""
    if reader.name == "masked_fill":
        call = call_at(reader)
        is_method = call is not None and isinstance(call.func, ast.Attribute)
        return call.args[0] if call is not None and is_method and len(call.args) == 2 else None
    product = node_at(reader, ast.BinOp)
    if reader.name != "mul" or not isinstance(product, ast.BinOp) or not isinstance(product.op, ast.Mult):
        return None
    # The weights are what was made last.
    newest = max(range(len(reader.parents)), key=lambda at: reader.parents[at].node)
    return product.left if newest else product.right


PROBE = Probe(
    "what a mask hides has no share in a softmax",
    lambda look: masked_after_softmax(look.step),
)
