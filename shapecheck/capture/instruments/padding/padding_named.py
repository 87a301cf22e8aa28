"""How a script can say which positions are padding, by the names that it has where an operation is called."""

from __future__ import annotations

import ast

from shapecheck.capture.instruments.padding.padded import Padding
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.sighting import call_at
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import Spot
from shapecheck.reading.sources import is_named


def padding_named(step: Step, padding: Padding, node: Node) -> str:
    """``x == 0``, where the function that calls a node looks up the tokens ``x``; else nothing.

    Args:
        step: The step.
        padding: The padding of the tokens.
        node: The operation for which the padding is to be told.
    """
    value = step.value(padding.source)
    if value.is_floating_point() or value.shape != padding.hidden.shape or node.spot is None:
        return ""
    filler = value[padding.hidden].unique()  # type: ignore[no-untyped-call]
    if len(filler) != 1 or bool((value[~padding.hidden] == filler).any()):
        return ""
    for other in step.nodes:
        is_here = other.spot is not None and other.spot.code is node.spot.code and other.index < node.index
        call = call_at(other) if is_here and other.name == "embedding" and padding.source in other.parents else None
        given = [ast.unparse(each) for each in call.args] if call is not None else []
        if len(given) == 1 and given[0].isidentifier() and not _is_rebound(node.spot, given[0]):
            return f"{given[0]} == {filler.item()}"
    return ""


def _is_rebound(spot: Spot, name: str) -> bool:
    """Whether the function gives the name anything else than it was called with."""
    function = function_around(spot)
    parts = ast.walk(function) if function is not None else ()
    return any(is_named(part, name) and isinstance(part.ctx, ast.Store) for part in parts)
