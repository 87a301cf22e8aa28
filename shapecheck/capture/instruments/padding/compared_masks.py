"""Where a script compares something for a mask that nothing else reads, and the comparison that says the opposite."""

from __future__ import annotations

import ast
from typing import NamedTuple

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import call_at, node_at
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import COPIES, EQUALS, HANDS_ON
from shapecheck.findings import Edit

_OPPOSITE = {"eq": "ne", "ne": "eq"}


class Compared(NamedTuple):
    """A comparison that a mask was made by."""

    node: Node
    title: str
    edits: tuple[Edit, ...]


def compared_for(step: Step, masks: dict[int, Ref]) -> Compared | None:
    """The one comparison in a step that some operations have their masks of, if nothing else asks for what it says.

    Args:
        step: The step.
        masks: The mask of each operation, by its node.
    """
    found: set[int] = set()
    ways = set(masks)
    for mask in masks.values():
        *_, (_, node) = backwards(step.tape, mask, HANDS_ON | COPIES, first=step.first)
        ways |= {ref.node for ref, _ in backwards(step.tape, mask, HANDS_ON | COPIES, first=step.first)}
        found.add(node.index)
    node = step.node(found.pop())
    if found or node.name not in EQUALS or node.index < step.first or node.spot is None:
        return None
    if any(reader.index not in ways for index in ways - set(masks) for reader in step.readers(Ref(index))):
        return None
    old = _written(node)
    new = _opposite(old) if old is not None else None
    if old is None or new is None:
        return None
    return Compared(node, new, replaced_text(node.spot.code.co_filename, old, new))


def _written(node: Node) -> ast.expr | None:
    call = call_at(node)
    if call is not None:
        return call
    found = node_at(node, ast.Compare)
    return found if isinstance(found, ast.Compare) else None


def _opposite(old: ast.expr) -> str | None:
    if isinstance(old, ast.Compare) and len(old.ops) == 1 and isinstance(old.ops[0], ast.Eq | ast.NotEq):
        sign = "!=" if isinstance(old.ops[0], ast.Eq) else "=="
        return f"{ast.unparse(old.left)} {sign} {ast.unparse(old.comparators[0])}"
    if isinstance(old, ast.Call) and isinstance(old.func, ast.Attribute) and old.func.attr in _OPPOSITE:
        given = ", ".join(map(ast.unparse, old.args))
        return f"{ast.unparse(old.func.value)}.{_OPPOSITE[old.func.attr]}({given})"
    return None
