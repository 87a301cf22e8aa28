"""Numbers that were to meet each other in pairs, and of which each meets itself alone."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from itertools import takewhile

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.operand_edits import with_call
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, other_axis, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE
from shapecheck.findings import Edit, Fix

_COMPARES = frozenset(["gt", "ge", "lt", "le", "eq", "ne", "sub"])
_AXES = AXES_OF_ONE | {"view", "reshape", "expand", "__getitem__"}


def paired_with_itself(look: Look) -> Iterator[Sighting]:
    """``risk.unsqueeze(0) > risk.unsqueeze(0)``: who gives a tensor another axis, to meet itself, means pairs.

    In a loop, or in a function that is called often, what meets itself once may meet others in another turn: how far a
    path has gone is nothing at its start. What made the data lies in front of the first step.
    """
    step, tape = look.step, look.step.tape
    first = tape.evaluated_from if look.before is None else min(step.first, look.before.last)
    turns: dict[tuple[object, int], list[Sighting | None]] = {}
    for node in tape.nodes[first : step.last]:
        if node.name in _COMPARES and node.spot is not None:
            turns.setdefault(node.spot.place, []).append(_alone(step, node))
    for seen in turns.values():
        if seen[0] is not None and all(each is not None for each in seen):
            yield seen[0]


def _alone(step: Step, node: Node) -> Sighting | None:
    """What is told of a comparison in which each number meets itself alone."""
    if len(node.parents) != 2:
        return None
    one, other = (_laid_out(step, ref) for ref in node.parents)
    source = next((ref for ref, _ in one if any(ref == at for at, _ in other)), None)
    if source is None:
        return None
    shape = step.tape.shape(source)
    ways, beside = (_until(source, each) for each in (one, other))
    if math.prod(shape) < 2 or not any(map(_gives_an_axis, (*ways, *beside))):
        return None
    if 1 in shape and [(way.name, way.args[1:]) for way in ways] != [(way.name, way.args[1:]) for way in beside]:
        # The pairs of a single item look the same.
        return None
    marks = torch.arange(math.prod(shape)).reshape(shape)
    try:
        are_pairs = bool((_again(marks, ways) != _again(marks, beside)).any())
    except Exception:
        # What reads more than the one tensor lays it out in its own way.
        return None
    if are_pairs:
        return None
    text = (
        f"both sides of {node.name} are the same {shape}, laid out as {step.tape.shape(node.parents[0])} and "
        f"{step.tape.shape(node.parents[1])}: each number meets itself and no other one, so what comes out is the "
        "same whatever the numbers are"
    )
    fix = Fix("unsqueeze(1) on one side, unsqueeze(0) on the other", _edits(node, ways, beside, shape), "no")
    return sighted("paired_with_itself", node, text, (fix,))


def _laid_out(step: Step, ref: Ref) -> list[tuple[Ref, Node]]:
    """What a tensor was made of by laying out all its numbers; what takes a part of them is another one."""
    found = []
    for at, node in backwards(step.tape, ref, _AXES, is_alone=True):
        found.append((at, node))
        if node.name == "__getitem__" and not all(map(_is_whole, node.index_parts)):
            break
    return found


def _is_whole(part: object) -> bool:
    return part is None or part is Ellipsis or (isinstance(part, slice) and part == slice(None))


def _until(source: Ref, made: list[tuple[Ref, Node]]) -> list[Node]:
    """What laid a tensor out, the last first."""
    return [node for _, node in takewhile(lambda at: at[0] != source, made)]


def _gives_an_axis(way: Node) -> bool:
    return way.name == "unsqueeze" or (way.name == "__getitem__" and any(part is None for part in way.index_parts))


def _again(marks: Tensor, ways: list[Node]) -> Tensor:
    for node in reversed(ways):
        marks = node.function(marks, *node.args[1:], **node.kwargs)  # type: ignore[misc]
    return marks


def _edits(node: Node, ways: list[Node], beside: list[Node], shape: tuple[int, ...]) -> tuple[Edit, ...]:
    if len(shape) != 1 or len(ways) > 1 or len(beside) > 1:
        return ()
    wanted = 1 if beside and beside[0].shapes[0][0] == 1 else 0
    if ways and ways[0].name == "__getitem__":
        return _other_subscript(ways[0], ":, None" if wanted else "None")
    return other_axis(ways[0], wanted) if ways else with_call(node, 0, f".unsqueeze({wanted})")


def _other_subscript(node: Node, text: str) -> tuple[Edit, ...]:
    found = node_at(node, ast.Subscript)
    if not isinstance(found, ast.Subscript) or node.spot is None:
        return ()
    return replaced_text(node.spot.code.co_filename, found, f"{ast.unparse(found.value)}[{text}]")


PROBE = Probe(
    "what is compared in pairs meets more than itself",
    paired_with_itself,
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
    of_collected=True,
)
