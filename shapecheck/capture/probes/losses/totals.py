"""A running total of the losses that keeps the graph of every step."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from shapecheck.capture.instruments.tensors.graphs import graph_of
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.user_code import statement_at
from shapecheck.findings import Edit, Fix


def totals(step: Step) -> Iterator[Sighting]:
    """A sum that takes in the loss of each step, with an update of the parameters in between.

    Losses that are summed up for one ``backward`` are summed up before the update.
    """
    tape = step.tape
    losses = [loss for loss, _ in tape.losses[-3:]]
    if len(losses) < 3 or not all(tape.is_updated(*pair) for pair in pairwise(losses)):
        return
    first, second = _added(tape, losses[0], losses[1]), _added(tape, losses[1], losses[2])
    for node in second:
        before = [one for one in first if one.ref in node.parents and one.repeats(node)]
        if not before or node.spot is None:
            continue
        carries: dict[int, bool] = {}
        sizes = [len(graph_of(tape, one.ref, carries)) for one in (before[0], node)]
        if not 0 < sizes[0] < sizes[1]:
            continue
        text = (
            f"behind the total of the first step stand {sizes[0]} operations, behind that of the next {sizes[1]}: each "
            "loss is added with its graph, although its backward() has been run and the parameters have changed since"
        )
        yield sighted("graphs_in_total", node, text, (Fix("loss.item()", _as_number(node), "no"),))
        return


def _added(tape: Tape, loss: Ref, until: Ref) -> list[Node]:
    """The additions behind a loss that read it, or a multiple of it."""
    nodes = [node for node in tape.nodes[loss.node + 1 : until.node] if node.shapes[:1] == ((),)]
    read = {loss} | {node.ref for node in nodes if node.name == "mul" and loss in node.parents}
    return [node for node in nodes if node.name == "add" and not read.isdisjoint(node.parents)]


def _as_number(node: Node) -> tuple[Edit, ...]:
    """The edit that adds the number alone, in a statement that adds a name to another that it gives anew."""
    assert node.spot is not None
    statement = statement_at(node.spot.code.co_filename, node.spot.line)
    if isinstance(statement, ast.AugAssign):
        given, parts = ast.unparse(statement.target), [statement.value]
    elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.BinOp):
        given, parts = ast.unparse(statement.targets[0]), [statement.value.left, statement.value.right]
    else:
        return ()
    added = [part for part in parts if ast.unparse(part) != given]
    if len(added) != 1 or not isinstance(added[0], ast.Name):
        return ()
    return replaced_text(node.spot.code.co_filename, added[0], f"{added[0].id}.item()")


PROBE = Probe(
    "no running total keeps the graphs of all steps",
    lambda look: totals(look.step),
    needs_no_run=True,
)
