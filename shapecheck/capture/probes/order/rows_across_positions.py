"""Rows that a reshape cuts so that they lie across positions, and among whose numbers a softmax then compares."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.axes.named_sizes import axis_spelt
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import span_of
from shapecheck.capture.recording.vocabulary import CONVERTS, SOFTMAXES, VIEWS
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import function_of_line, source_of, walk

_GOES_ON = CONVERTS | {"div", "mul", "add", "sub", "masked_fill", "clamp", "log", "neg"}
_HOPS = 8


def rows_across_positions(step: Step) -> Iterator[Sighting]:
    """``scores.permute(0, 2, 3, 1).reshape(-1, scores.size(0)).softmax(1)``: rows of three numbers out of fours.

    Where neither length is a multiple of the other, most rows begin in the middle of a position and end in the next.
    Of two axes the rows may be pieces of one long series, which is cut into windows of another length.
    """
    for node in map(step.node, range(step.first, step.last)):
        cut = _cut(step, node) if node.name in SOFTMAXES | {"cross_entropy"} and node.parents else None
        if cut is None or cut.spot is None:
            continue
        before, after = step.tape.shape(cut.parents[0]), cut.shapes[0]
        text = (
            f"{cut.name} makes rows of {after[-1]} numbers of {before}, where each position has {before[-1]}: a row "
            f"begins in one position and ends in another, and {node.name} in line "
            f"{node.spot.line if node.spot is not None else 0} compares what does not belong together"
        )
        yield _told(step, cut, text)
        return


def _cut(step: Step, node: Node) -> Node | None:
    """The reshape whose rows are compared, if they lie across those that were there before."""
    ref, ndim = node.parents[0], len(step.tape.shape(node.parents[0]))
    axis = axis_of(node, ndim) if node.name in SOFTMAXES else 1
    if axis != ndim - 1 or ref not in step.learned:
        return None
    *_, (_, made) = backwards(step.tape, ref, _GOES_ON, first=step.first)
    if made.name not in VIEWS or len(made.parents) != 1 or made.index < step.first:
        return None
    before, after = step.tape.shape(made.parents[0]), made.shapes[0]
    if len(before) < 3 or not after or min(before[-1], after[-1]) < 2:
        return None
    return made if before[-1] % after[-1] and after[-1] % before[-1] else None


def _told(step: Step, cut: Node, text: str) -> Sighting:
    size = step.tape.shape(cut.parents[0])[-1]
    seen = sighted("rows_across_positions", cut, text, (Fix(f"rows of {size}", (), "no"),))
    asked, file = _asked(cut), cut.spot.code.co_filename if cut.spot is not None else ""
    if asked is None:
        return seen
    tensor, _ = axis_spelt(asked) or ("", 0)
    edits: tuple[Edit, ...] = ()
    for ref, _ in backwards(step.tape, cut.parents[0], None, _HOPS, first=step.first):
        at = _only(step, ref, size)
        if at is not None and len(step.tape.shape(ref)) > 2:
            new = f"{tensor}.size({at})"
            edits = replaced_text(file, asked, new)
    return replace(seen, span=span_of(file, asked), fixes=(Fix(f"rows of {size}", edits, "no"),))


def _only(step: Step, ref: Ref, size: int) -> int | None:
    """The one axis of a tensor that has a size."""
    found = [axis for axis, each in enumerate(step.tape.shape(ref)) if each == size]
    return found[0] if len(found) == 1 else None


def _asked(cut: Node) -> ast.expr | None:
    """Where the last size was asked for: on the spot, or where the name was bound that stands there."""
    call = call_at(cut)
    if call is None or not call.args or cut.spot is None:
        return None
    last = call.args[-1].elts[-1] if isinstance(call.args[-1], ast.Tuple) and call.args[-1].elts else call.args[-1]
    if axis_spelt(last) is not None:
        return last
    function = function_of_line(source_of(cut.spot.code.co_filename), cut.spot.line)
    if not isinstance(last, ast.Name) or function is None:
        return None
    bound = [
        item.value
        for item in walk(function)
        if isinstance(item, ast.Assign) and item.lineno < cut.spot.line
        if any(isinstance(target, ast.Name) and target.id == last.id for target in item.targets)
    ]
    return bound[0] if len(bound) == 1 and axis_spelt(bound[0]) is not None else None


PROBE = Probe(
    "the rows that a softmax compares lie within one position",
    lambda look: rows_across_positions(look.step),
    needs_no_run=True,
    in_evaluation=True,
    turn=Turn.LAST,
)
