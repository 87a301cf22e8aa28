"""Where the number of samples in the initial state of a recurrent layer was counted, when the layer turns round."""

from __future__ import annotations

import ast

from shapecheck.capture.instruments.axes.named_sizes import axis_spelt
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import RECURRENT
from shapecheck.findings import Edit
from shapecheck.reading.sources import function_of_line, source_of


def is_state_given(step: Step, node: Node) -> bool:
    """Whether a recurrent layer got a state from the user, with as many rows as the axis that it takes for the samples.

    One that the layer makes for itself follows its ``batch_first``.
    """
    if node.name not in RECURRENT or node.spot is None:
        return False
    state = node.args[1]
    first = state[0] if isinstance(state, tuple | list) else state
    if not isinstance(first, Ref) or step.tape.nodes[first.node].spot is None:
        return False
    made, sizes = step.tape.nodes[first.node], step.tape.shape(node.parents[0])
    return made.spot is not None and made.spot.span != node.spot.span and len({*sizes[:2]}) == 2


def counted_along(node: Node, old: int, new: int) -> tuple[Edit, ...]:
    """The edits that count along another axis what a function counts along one, as ``x.size(1)`` or ``x.shape[1]``."""
    if node.spot is None:
        return ()
    file = node.spot.code.co_filename
    function = function_of_line(source_of(file), node.spot.line)
    found: list[tuple[ast.expr, str]] = []
    for item in ast.walk(function) if function is not None else ():
        spelt = axis_spelt(item) if isinstance(item, ast.Call | ast.Subscript) else None
        if isinstance(item, ast.expr) and spelt is not None and spelt[1] == old and item.lineno <= node.spot.line:
            found.append((item, spelt[0]))
    if len(found) != 1:
        return ()
    item, tensor = found[0]
    text = f"{tensor}.size({new})" if isinstance(item, ast.Call) else f"{tensor}.shape[{new}]"
    return replaced_text(file, item, text)
