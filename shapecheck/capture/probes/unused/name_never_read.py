"""What a step makes of a batch under a name that nothing reads: a weight or a mask that was left out of a call."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.names import assigned, function_around, is_read
from shapecheck.capture.instruments.tensors.pairs import predicted_in
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import statement_at


def name_never_read(look: Look) -> Iterator[Sighting]:
    """``weight = batch["weight"].unsqueeze(1)`` in a function that makes a loss, which is not given the weight.

    What hangs on the model may be there to be looked at, and what is made of a part of the batch that others read may
    be left over; a part that is read for this name alone was given for what it was made for.
    """
    step = look.step
    if look.before is not None:
        return
    read = {ref for node in step.tape.nodes[step.first :] for ref in node.parents} | step.tape.escaped
    predicted = predicted_in(step)
    of_loss = {node.spot.code for node in step.all_of_loss if node.spot is not None}
    for node in step.recorded[: max(step.loss.node - step.first, 0)]:
        if node.spot is None or node.spot.code not in of_loss or not node.parents or not read.isdisjoint(node.outs):
            continue
        name = _unread(node) if predicted.isdisjoint(node.parents) else ""
        if name and _is_given_for(step, node):
            text = (
                f"`{name}`, {node.shapes[0]}, is made of a part of the batch by {node.name}, and nothing reads it, nor "
                "anything else of that part: what it was made for goes on without it"
            )
            yield sighted("name_never_read", node, text)
            return


def _is_given_for(step: Step, node: Node) -> bool:
    """Whether some data of the step is read for this alone."""
    above = {*ancestors(step.tape, [node.ref], step.first)}
    given = {ref for index in above for ref in step.node(index).parents if step.is_leaf(ref)}
    others = {ref for one in step.tape.nodes[step.first :] if one.index not in above for ref in one.parents}
    return any(step.tape.shape(ref) for ref in given - others)


def _unread(node: Node) -> str:
    """The one name that a result is given, if the function around never reads it."""
    if node.spot is None or len(node.shapes) != 1:
        return ""
    function = function_around(node.spot)
    names = assigned(statement_at(node.spot.code.co_filename, node.spot.line))
    if function is None or len(names) != 1 or names[0].startswith("_") or is_read(function, names[0]):
        return ""
    outside = [item for item in ast.walk(function) if isinstance(item, ast.Global | ast.Nonlocal)]
    return "" if any(names[0] in item.names for item in outside) else names[0]


PROBE = Probe(
    "what is made of a batch under a name is read",
    name_never_read,
    needs_no_run=True,
    turn=Turn.LAST,
)
