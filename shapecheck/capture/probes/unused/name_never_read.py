"""What a step makes of a batch under a name that nothing reads: a weight or a mask that was left out of a call."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.names import assigned, function_around, is_read
from shapecheck.capture.instruments.tensors.pairs import predicted_in
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import statement_at


def name_never_read(look: Look) -> Iterator[Sighting]:
    """``weight = batch["weight"].unsqueeze(1)`` in a function that makes a loss, which is not given the weight.

    What hangs on the model may be there to be looked at; what is made of the data alone is made for what comes behind.
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
        if name:
            text = (
                f"`{name}`, {node.shapes[0]}, is made of the batch by {node.name}, and nothing in this function reads "
                "it: what it was made for goes on without it"
            )
            yield sighted("name_never_read", node, text)
            return


def _unread(node: Node) -> str:
    """The one name that a result is given, if the function around never reads it."""
    if node.spot is None or len(node.shapes) != 1:
        return ""
    function = function_around(node.spot)
    names = assigned(statement_at(node.spot.code.co_filename, node.spot.line))
    if function is None or len(names) != 1 or names[0].startswith("_") or is_read(function, names[0]):
        return ""
    return names[0]


PROBE = Probe(
    "what is made of a batch under a name is read",
    name_never_read,
    needs_no_run=True,
    turn=Turn.LAST,
)
