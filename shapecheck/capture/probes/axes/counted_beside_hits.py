"""Shares of right guesses of which the hits are counted along all axes, and the guesses along an axis of one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.axes.named_sizes import axis_spelt
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import span_of, statement_at
from shapecheck.capture.recording.vocabulary import CONVERTS
from shapecheck.findings import Fix
from shapecheck.reading.sources import names_in


def counted_beside_hits(look: Look) -> Iterator[Sighting]:
    """``total += y.size(1)`` beside ``correct += (guess == y).sum()``: there are more hits than guesses.

    How many hits a sample has may be asked for, whichever axis holds the samples, so that only a column is told of; and
    samples may be counted for another share than that of the hits.
    """
    step = look.step
    first = step.tape.evaluated_from if step.first == step.last else step.first
    for node in step.tape.nodes[first : step.last]:
        if node.name != "sum" or node.spot is None or node.shapes != ((),) or len(node.args) > 1 or node.kwargs:
            continue
        held = origin(step.tape, node.parents[0], CONVERTS)[1]
        # What differs may be asked for sample by sample: so many wrong bits in a word.
        if held.name != "eq" or len(held.parents) != 2:
            continue
        seen = _seen(step, node, held)
        if seen is not None:
            yield seen
            return


def _seen(step: Step, node: Node, held: Node) -> Sighting | None:
    assert node.spot is not None
    file, shape = node.spot.code.co_filename, held.shapes[0]
    statement, function = statement_at(file, node.spot.line), function_around(node.spot)
    hits = step.known(node.ref)
    if not isinstance(statement, ast.AugAssign) or function is None or hits is None:
        return None
    names = names_in(statement.value)
    added = [item for item in ast.walk(function) if isinstance(item, ast.AugAssign) and isinstance(item.op, ast.Add)]
    counts = [item for item in added if item is not statement and _counts(item.value)]
    for other in counts if len(counts) == 1 else ():
        spelt = axis_spelt(other.value)
        if spelt is None or spelt[0] not in names or not -len(shape) <= spelt[1] < len(shape):
            continue
        if shape[spelt[1]] == 1 < float(hits):
            text = (
                f"{held.name} of {shape} has {int(hits)} hits, and {ast.unparse(other.value)} adds {shape[spelt[1]]} "
                "to the number of guesses: a share of them is larger than one"
            )
            fix = Fix(f"{spelt[0]}.numel()", replaced_text(file, other.value, f"{spelt[0]}.numel()"), "no")
            return replace(sighted("counted_beside_hits", node, text, (fix,)), span=span_of(file, other.value))
    return None


def _counts(value: ast.expr) -> bool:
    """Whether what is added is a number of things, also of those that a mask leaves."""
    names = {item.attr for item in ast.walk(value) if isinstance(item, ast.Attribute)}
    is_held = any(isinstance(item, ast.Compare) for item in ast.walk(value))
    return not is_held and (bool(names & {"size", "shape", "numel", "nelement", "sum"}) or "len" in names_in(value))


PROBE = Probe(
    "a share of right guesses is taken of as many as there are",
    counted_beside_hits,
    in_evaluation=True,
    turn=Turn.LAST,
)
