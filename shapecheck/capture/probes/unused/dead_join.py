"""Something that was joined for a layer, and is overwritten or left before any layer reads it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.names import assigned, function_around, is_unread
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import statement_at
from shapecheck.reading.sources import is_named

_JOINS = frozenset(["cat", "hstack", "column_stack"])


def dead_joins(step: Step) -> Iterator[Sighting]:
    """Joins of something learned with something else that nothing reads, where one part goes on without the other.

    Told only where the name that it is given is never read, and where the other part is an argument of the function
    that nothing else in the function reads: it was given for this, and does not arrive.
    """
    read = {ref for node in step.tape.nodes[step.first :] for ref in node.parents}
    held = read | step.tape.escaped | {ref for root in step.roots for ref in root.outputs}
    for index in range(step.first, min(step.last, step.loss.node)):
        node = step.node(index)
        if node.name not in _JOINS or not node.graded or node.spot is None or Ref(index) in held:
            continue
        parts = list(dict.fromkeys(node.parents))
        if len(parts) < 2 or (node.root < 0 and not any(part in step.learned for part in parts)):
            continue
        lost = _lost(node)
        if lost and any(_goes_on(step, part, index) for part in parts):
            text = (
                f"{node.name} joins {', '.join(map(str, map(step.tape.shape, parts)))} to {node.shapes[0]}, and "
                f"nothing reads that: the layers behind it read a part of it, and `{lost}`, which is "
                "read for this alone, has no influence on what comes out"
            )
            yield sighted("input_without_influence", _reader(step, parts, index) or node, text)
            return


def _lost(node: Node) -> str:
    """The argument of the function around that is read in an unread join alone; empty if there is none."""
    assert node.spot is not None
    statement, function = statement_at(node.spot.code.co_filename, node.spot.line), function_around(node.spot)
    names = assigned(statement)
    if function is None or statement is None or not names:
        return ""
    if not all(is_unread(function, statement, name) for name in names):
        return ""
    given = [argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)]
    for name in given:
        reads = [item for item in ast.walk(function) if is_named(item, name)]
        inside = [item for item in ast.walk(statement) if is_named(item, name)]
        if inside and name not in names and all(any(item is one for one in inside) for item in reads):
            return name
    return ""


def _goes_on(step: Step, ref: Ref, join: int) -> bool:
    """Whether an operation behind the join reads a part of it on the way to the loss."""
    return any(index > join and index in step.to_loss for index in descendants(step.tape, {ref}, step.order))


def _reader(step: Step, parts: list[Ref], join: int) -> Node | None:
    """The first operation of the same function behind the join that reads one of its parts."""
    made = step.node(join).spot
    for node in step.of_loss:
        if node.index <= join or not any(part in node.parents for part in parts):
            continue
        spot = node.spot
        if spot is not None and made is not None and spot.code is made.code and spot.line > made.line:
            return node
    return None


PROBE = Probe(
    "what is joined for a layer is read by it",
    lambda look: dead_joins(look.step),
)
