"""Batch and time that change places once too often, or once too little, before what was written for them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from shapecheck.capture.instruments.axes.samples_axis import turned
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.instruments.trials.edits import Primary, as_primary, replaced_text
from shapecheck.capture.instruments.trials.separation import is_apart, probe
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, replaced_call, sighted
from shapecheck.capture.recording.replay import Run, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import Spot, expression_at
from shapecheck.findings import Edit, Fix

_OUTCOME = "each sample keeps to itself"


def turns(step: Step, source: Ref, before: int) -> Iterator[tuple[Node, Alternative]]:
    """Each exchange of the first two axes of an input, left out; and where there is none, one in front of all.

    Args:
        step: The step.
        source: The input.
        before: The node behind which nothing is looked for.
    """
    shape = step.tape.shape(source)
    if len(shape) < 2 or shape[0] != shape[1]:
        # With other sizes something would not have fitted.
        return
    found = False
    for index in descendants(step.tape, {source}, step.order):
        node = step.node(index)
        if index > before:
            break
        if exchanges(step, node):
            found = True
            yield node, Alternative("left_out", _without(node), {index: lambda values, *_, **__: values})
    readers = step.readers(source)
    if not found and readers:
        runs = {node.index: _turning(node, source) for node in readers}
        yield readers[0], Alternative("turned", "x.transpose(0, 1)", runs)


def is_mended_by_a_turn(step: Step, source: Ref, axis: int) -> bool:
    """Whether the items of an axis keep to themselves as soon as one exchange is left out, or put in front of all."""
    goals = [term.ref for term in step.terms]
    for _, other in turns(step, source, step.last):
        try:
            if is_apart(probe(step, source, axis, other.instead), goals):
                return True
        except Exception:
            # It does not fit, so it was not meant.
            continue
    return False


def exchanges(step: Step, node: Node) -> bool:
    """Whether an operation only exchanges the first two axes, and no layer of torch's does so for itself."""
    if node.module is not None and type(node.module).__module__.startswith("torch."):
        return False
    ndim = len(step.tape.shape(node.parents[0])) if node.parents else 0
    return ndim > 1 and [turned(step.tape, node, axis) for axis in range(ndim)] == [1, 0, *range(2, ndim)]


def told_of_turn(step: Step, source: Ref, node: Node, other: Alternative, text: str) -> Sighting:
    """What is told of an exchange that was left out, or put in front of all."""
    if other.kind == "left_out":
        turned_text = _turned(node)
        text += (
            f"; {node.name} exchanges batch and time here, and what stands behind it was written for them as they lay "
            "before: left out, each sample keeps to itself"
        )
        edits = replaced_call(node, turned_text) if turned_text else ()
        return sighted("turned_once_too_often", node, text, (Fix(other.title, edits, "call", _OUTCOME),))
    text += "; all that stands behind was written for time in front: turned before it, each sample keeps to itself"
    root = next((root for root in step.roots if source in (*root.inputs, *root.named.values())), None)
    spot = root.spot if root is not None and root.spot is not None else node.spot
    edits = _turned_at(spot, len(root.inputs)) if root is not None and spot is root.spot else ()
    fix = Fix(other.title, edits, "call", _OUTCOME)
    return Sighting("turned_once_too_often", spot.span if spot is not None else None, text, node.name, (fix,))


def _turned_at(spot: Spot | None, count: int) -> tuple[Edit, ...]:
    """The edit that turns the only input of a model where it is called."""
    call = expression_at(spot, ast.Call) if spot is not None else None
    if not isinstance(call, ast.Call) or spot is None or len(call.args) != 1 or call.keywords or count != 1:
        return ()
    given = call.args[0]
    if not isinstance(given, Primary):
        return ()
    return replaced_text(spot.code.co_filename, given, f"{ast.unparse(given)}.transpose(0, 1)")


def _without(node: Node) -> str:
    text = _turned(node)
    return f"{text}, as it is" if 0 < len(text) < 40 else "the tensor as it is"


def _turned(node: Node) -> str:
    """What a call turns, in the user's source."""
    call = call_at(node)
    if call is None or not isinstance(call.func, ast.Attribute):
        return ""
    is_function = len(call.args) == len(node.args) and len(call.args) > 0
    given = call.args[0] if is_function else call.func.value
    return as_primary(given)


def _turning(node: Node, source: Ref) -> Run:
    """The same operation on the source with its first two axes exchanged."""

    def run(*args: Any, **kwargs: Any) -> Any:
        places = [at for at, item in enumerate(node.args) if item == source]
        if not places:
            raise RuntimeError("it is read in another way")
        given = [item.transpose(0, 1) if at in places else item for at, item in enumerate(args)]
        return node.function(*given, **kwargs)  # type: ignore[misc]

    return run
