"""Rows that were sorted in front of a model and are picked behind it by the same order again, not by its inverse."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import TAKES_ROWS
from shapecheck.findings import Fix

_PLAIN = ast.Name | ast.Call | ast.Attribute | ast.Subscript


def told_of_sorting_on(step: Step, source: Ref, node: Node) -> Sighting | None:
    """``scores[order]`` of what a model made of rows that stood in this order already.

    Row k is then the row that came ``order[order[k]]``-th, which is nobody's, if the order is not its own inverse.

    Args:
        step: The step.
        source: The input, whose rows were sorted.
        node: What picks all rows behind the model.
    """
    is_of_model = node.name in TAKES_ROWS and len(node.parents) == 2 and node.parents[0] in step.learned
    by = node.parents[1] if is_of_model else None
    order = step.value(by).tolist() if by is not None else []
    if not order or [order[row] for row in order] == [*range(len(order))]:
        return None
    if not any(placed == order for placed in _placed_by(step, source, len(order))):
        return None
    text = (
        f"the {len(order)} rows of the input {step.tape.shape(source)} were sorted before, and are picked here by the "
        "same order once more; to put them back takes its inverse"
    )
    cut = node_at(node, ast.Subscript)
    inner = cut.slice if isinstance(cut, ast.Subscript) else None
    if not isinstance(inner, _PLAIN) or node.spot is None:
        return sighted("rows_in_another_order", node, text, (Fix("[order.argsort()]", (), "no"),))
    new = f"{ast.unparse(inner)}.argsort()"
    edits = replaced_text(node.spot.code.co_filename, inner, new)
    return sighted("rows_in_another_order", node, text, (Fix(f"[{new}]", edits, "no"),))


def _placed_by(step: Step, source: Ref, size: int) -> Iterator[list[int]]:
    """The orders in which rows were put on the way to an input: by an index, or in a list of rows of many lengths."""
    for index in [*ancestors(step.tape, [source], 0), source.node]:
        node = step.tape.nodes[index]
        if node.name == "pad_sequence" and len(node.parents) == size:
            rank = {ref: at for at, ref in enumerate(sorted(node.parents, key=lambda ref: (ref.node, ref.out)))}
            yield [rank[ref] for ref in node.parents]
        elif node.name in TAKES_ROWS and len(node.parents) == 2 and step.tape.shape(node.parents[1]) == (size,):
            held = step.tape.held.get(node.parents[1])
            if held is not None and not held.is_floating_point() and node.shapes[0][:1] == (size,):
                yield held.tolist()
