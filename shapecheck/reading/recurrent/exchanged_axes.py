"""Recurrent layers that take the samples for steps, found on the way back from an operand of another size."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import RECURRENT, Shape, failed, kind, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.batch_first import told_batch_first
from shapecheck.reading.recurrent.recurrent_calls import batch_of
from shapecheck.reading.sources import last_name, walk

# What gives axes another order: behind it nobody knows where the batch is.
TURNING = re.compile(
    r"m?T|t|permute|transpose|move(dim|axis)|swap(dims|axes)|rearrange|einsum|pack_padded_sequence|pad_sequence|stack"
)
# What gives them other sizes.
_CUTS = re.compile(r"cat|repeat|select|(un)?squeeze|(un)?flatten|view|reshape")
# How far back, and along how many expressions, a turn is looked for before that takes longer than it tells.
_STEPS = 12
_WAYS = 60


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A layer that read two axes the other way.

    Args:
        layer: How the layer is called: ``"self.lstm"``.
        made: The call of its constructor.
        given: The shape of what the layer was given: as many as the other operand has, which it took for the steps,
            and as many as its own operand has, which it took for the batch.
    """

    layer: str
    made: Span
    given: Shape


def exchanged(evidence: Evidence) -> Exchanged | None:
    """The layer, told nothing, that has an operand's rows for its batch, and those that are wanted for its steps."""
    for item, pairs in _differing(evidence):
        # What came of one layer, its steps and its state, have one batch, whatever it takes for it.
        shared = {made for other in _beside(evidence, item) for _, made, _ in _layers(evidence, other)}
        held = sizes_of(item)
        for layer, made, given in _layers(evidence, item):
            # Steps and samples that both are where the layer was given them stay there, whatever it takes them for.
            is_kept = len(held) > 2 and held[:2] == given[:2]
            if given[0] != given[1] and (given[1], given[0]) in pairs and made not in shared and not is_kept:
                return Exchanged(layer, made, given)
    return None


def _beside(evidence: Evidence, item: Argument) -> Iterator[Argument]:
    """The other operands, but for those of the same shape: h and c are one state."""
    operation = failed(evidence)
    for other in tensors(operation):
        if other.value.record and item.value.record and other.value.record.shape != item.value.record.shape:
            yield other


def _differing(evidence: Evidence) -> Iterator[tuple[Argument, set[tuple[int, int]]]]:
    """Each operand with the sizes that it has where another operand has another size."""
    operation = failed(evidence)
    given = [(item, item.value.record.shape) for item in tensors(operation) if item.value.record] if operation else []
    if operation is not None and kind(operation) in RECURRENT:
        batch = batch_of(operation)
        # Where its own two axes are these sizes, it may itself be the one that reads them the other way; unless it
        # was told what others were not.
        shapes = [shape for item, shape in given if item.role == "input" and len(shape) == 3]
        own = shapes[0][:2] if shapes else ()
        for item, shape in given:
            if item.role == "input" or len(shape) != 3 or batch is None:
                continue
            if operation.config.get("batch_first") or shape[1] not in own:
                yield item, {(shape[1], batch)}
        return
    for item, held in given:
        # Labels of each step have the axes of their scores but for the last: what the loss reads otherwise is no batch.
        others = [shape for other, shape in given if other is not item and shape != held[: len(shape)]]
        yield item, {pair for other in others for pair in _rows(held, other) if pair[0] != pair[1]}


def _rows(held: Shape, other: Shape) -> Iterator[tuple[int, int]]:
    """The sizes that meet, but for those of features."""
    if min(len(held), len(other)) < 2:
        yield from zip(held[:1], other[:1], strict=False)
        return
    yield from zip(held[:-1], other[:-1], strict=False)
    yield from zip(held[-2::-1], other[-2::-1], strict=False)


def _layers(evidence: Evidence, item: Argument) -> Iterator[tuple[str, Span, Shape]]:
    """The recurrent layers on the way back from an operand, with what each was given."""
    if item.span is None:
        return
    here = next((at for at, frame in enumerate(evidence.frames) if frame is evidence.user_frame), -1)
    ways = [(item.span, here)]
    for span, frame in ways:
        for node in walk(expression(span.text)):
            if isinstance(node, ast.Call) and node.args:
                yield from _layer(evidence, span, node, frame)
            if isinstance(node, ast.expr):
                found = evidence.chains.get(piece(span, node), ())
                ways += [new for each in found if (new := (each.span, each.frame)) not in ways][: _WAYS - len(ways)]


def _layer(evidence: Evidence, span: Span, call: ast.Call, frame: int) -> Iterator[tuple[str, Span, Shape]]:
    callee = piece(span, call.func)
    for origin in evidence.chains.get(callee, ()):
        made = expression(origin.span.text)
        if not isinstance(made, ast.Call) or last_name(made.func) not in RECURRENT:
            continue
        given = _shape_of(evidence, piece(span, call.args[0]), frame, _shape_heard(evidence, call.func, made))
        if told_batch_first(evidence, origin.span) is False and given is not None and len(given) >= 2:
            yield callee.text, origin.span, given
        return


def _shape_of(evidence: Evidence, span: Span, frame: int, heard: Shape | None) -> Shape | None:
    """The shape of an expression, or of what it was made of by layers that leave the first two axes as they are.

    Where axes were given another order on the way, be it far behind, nothing is known. In a function that has
    returned, what was heard stands for the expression.
    """
    found = heard if frame < 0 else None
    for _ in range(_STEPS):
        held = evidence.frames[frame].names.get(span.text) if 0 <= frame < len(evidence.frames) else None
        if found is None and held is not None and held.record is not None:
            found = held.record.shape
        node = expression(span.text)
        behind = evidence.chains.get(span, ())
        if behind:
            span, frame = behind[0].span, behind[0].frame
        elif isinstance(node, ast.Call):
            name = last_name(node.func)
            if (TURNING.fullmatch(name) and not keeps_samples_first(node)) or (found is None and _CUTS.fullmatch(name)):
                return None
            inner = node.args[0] if node.args else node.func
            span = piece(span, inner.value if isinstance(inner, ast.Attribute) and inner is node.func else inner)
        elif isinstance(node, ast.Attribute) and TURNING.fullmatch(node.attr):
            return None
        elif isinstance(node, ast.Subscript) and found is not None:
            span = piece(span, node.value)
        else:
            return found
    return found


def _shape_heard(evidence: Evidence, called: ast.expr, made: ast.Call) -> Shape | None:
    """What a layer was given when it was last called, where the function that called it has long returned."""
    names = (last_name(made.func), last_name(called))
    calls = [entry.call for entry in evidence.trace or () if entry.call.status == "returned" and entry.call.inputs]
    heard = [each for each in calls if (each.type, each.module.rpartition(".")[2]) == names]
    return heard[-1].inputs[0].shape if heard else None


def keeps_samples_first(call: ast.Call) -> bool:
    """Whether a call puts samples together in front: ``stack(rows)``, ``pad_sequence(rows, batch_first=True)``."""
    given = {each.arg: ast.unparse(each.value) for each in call.keywords}
    if last_name(call.func) == "pad_sequence":
        return given.get("batch_first") == "True" or [ast.unparse(each) for each in call.args[1:2]] == ["True"]
    return last_name(call.func) == "stack" and given.get("dim", "0") == "0" and len(call.args) < 2
