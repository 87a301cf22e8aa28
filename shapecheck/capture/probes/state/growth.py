"""The graph of the loss that reaches back into the steps before, and is longer with every step."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.graphs import graph_of
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.user_code import statement_at
from shapecheck.findings import Fix

_STEPS = 3


def grows(step: Step) -> Iterator[Sighting]:
    """A tensor that one step hands to the next with its graph, at the same place in each step.

    Two losses on one graph, or a generator that several updates of a critic share, reach back as well; but they do not
    hand on what the step before handed on, with an update of the parameters in between.
    """
    tape = step.tape
    if len(tape.losses) < _STEPS:
        return
    (one, _), (two, _), (three, _) = tape.losses[-_STEPS:]
    if not tape.is_updated(one, two) or not tape.is_updated(two, three):
        return
    carries: dict[int, bool] = {}
    graphs = [graph_of(tape, loss, carries) for loss in (one, two, three)]
    sizes = [len(graph) for graph in graphs]
    late = _crossings(tape, graphs[2], carries, one, two)
    early = _crossings(tape, graphs[2], carries, None, one)
    same = [node for node in late if any(node.repeats(other) for other in early)]
    if not same or not sizes[0] < sizes[1] < sizes[2]:
        return
    spot = tape.losses[-1][1] or same[0].spot
    line = same[0].spot.line if same[0].spot is not None else 0
    text = (
        f"the loss of one step reaches back through {sizes[0]} operations, of the next through {sizes[1]}, of the one "
        f"after that through {sizes[2]}: what is kept from one step for the next (it is read in line {line}) brings "
        "its graph along, although the parameters in it have been updated since; detach() it between the steps"
    )
    yield Sighting("graph_grows", spot.span if spot is not None else None, text, "backward", _fixes(same[0]))


def _fixes(node: Node) -> tuple[Fix, ...]:
    """The name that a statement both reads and gives anew, where the graph comes in: detached it brings none."""
    spot, found = node.spot, None
    while spot is not None:
        statement = statement_at(spot.code.co_filename, spot.line)
        if isinstance(statement, ast.Assign):
            given = {item.id for one in statement.targets for item in ast.walk(one) if isinstance(item, ast.Name)}
            read = [item for item in ast.walk(statement.value) if isinstance(item, ast.Name) and item.id in given]
            found = (spot.code.co_filename, read[0]) if len(read) == 1 else found
        spot = spot.caller
    if found is None:
        return ()
    file, name = found
    new = f"tuple(part.detach() for part in {name.id})" if node.name == "lstm" else f"{name.id}.detach()"
    return (Fix(new, replaced_text(file, name, new), "no"),)


def _crossings(tape: Tape, graph: set[int], carries: dict[int, bool], before: Ref | None, last: Ref) -> list[Node]:
    """The operations behind a loss that read, with its graph, what was made for it since the loss before."""
    first = before.node if before is not None else -1
    return [
        tape.nodes[index]
        for index in sorted(graph)
        if index > last.node
        and any(
            first < parent.node <= last.node and carries.get(parent.node, False) for parent in tape.nodes[index].parents
        )
    ]


PROBE = Probe(
    "the graph of the loss does not grow from step to step",
    lambda look: grows(look.step),
    needs_no_run=True,
)
