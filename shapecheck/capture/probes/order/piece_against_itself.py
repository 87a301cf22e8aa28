"""Pieces of a tensor that are held against the same piece, where the one beside it was meant: they never differ."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import COMPARES, DIFFERENCES, EQUALS
from shapecheck.findings import Fix
from shapecheck.reading.applied import size_asked
from shapecheck.reading.sources import items_of, walk

_HOLDS = EQUALS | COMPARES | DIFFERENCES


def piece_against_itself(look: Look) -> Iterator[Sighting]:
    """``labels[:, 1:] != labels[:, 1:]``, which is false throughout, in the place of ``labels[:, :-1]``.

    Numbers that may be none, and are asked for that by ``x != x``, are left alone, and so is what is not cut.
    """
    step = look.step
    first = step.tape.evaluated_from if look.before is None else min(step.first, look.before.last)
    asked = set[object]()
    for node in map(step.node, range(first, step.last)):
        if node.name not in _HOLDS or node.spot is None or node.spot.place in asked or len(node.parents) != 2:
            continue
        asked.add(node.spot.place)
        piece = _piece(step, node)
        if piece is not None:
            text = (
                f"{piece} of {step.tape.shape(step.node(node.parents[0].node).parents[0])} stands on both sides: what "
                "comes out is the same whatever the tensor holds"
            )
            fix = Fix("the piece beside it on one side", (), "no")
            yield sighted("piece_against_itself", node, text, (fix,))
            return


def _piece(step: Step, node: Node) -> str | None:
    """How a piece is written that an operation reads twice; None where its operands are two, or no pieces."""
    pair = [step.node(ref.node) for ref in node.parents]
    if any(one.name != "__getitem__" or not one.parents for one in pair) or pair[0].parents != pair[1].parents:
        return None
    if node.name in EQUALS and step.tape.dtype(node.parents[0]).is_floating_point:
        return None
    item = node_at(node, ast.BinOp if node.name not in EQUALS | COMPARES else ast.Compare)
    sides: list[ast.expr] = []
    if isinstance(item, ast.Compare):
        sides = [item.left, *item.comparators]
    elif isinstance(item, ast.BinOp):
        sides = [item.left, item.right]
    if len(sides) != 2:
        return None
    if not all(isinstance(side, ast.Subscript) and any(map(_is_cut, items_of(side.slice))) for side in sides):
        return None
    if any(_may_differ(part) for side in sides for part in walk(side)):
        return None
    texts = {ast.unparse(side) for side in sides}
    return texts.pop() if len(texts) == 1 else None


def _may_differ(part: ast.AST) -> bool:
    """Whether what is written alike may be another number each time: one that is drawn, say."""
    return isinstance(part, ast.NamedExpr) or (isinstance(part, ast.Call) and size_asked(part) is None)


def _is_cut(part: ast.expr) -> bool:
    return isinstance(part, ast.Slice) and (part.lower is not None or part.upper is not None)


PROBE = Probe(
    "no piece of a tensor is held against itself",
    piece_against_itself,
    needs_no_run=True,
    in_evaluation=True,
    turn=Turn.LAST,
)
