"""A layer that mixes the steps of each feature, and is added to what it was given: turned there, and back behind it."""

from __future__ import annotations

import ast
import re

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import failed, number, shape, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import node_at, parents, walk

_COST = 0.02
_NO_STEPS = "what the layer was told is not named as the number of steps, and may be a wrong width"
_STEPS = re.compile(r"(?i)t|l|s|time\w*|seq\w*|\w*(steps?|frames?|tokens?|patches|len(gths?)?|time|window)")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x + self.mix(x.transpose(1, 2)).transpose(1, 2)`` where ``mix`` was made for as many as there are steps."""
    layer, outer = failed(evidence, "Linear"), evidence.operation
    sizes = shape(layer, "input")
    item = next(iter(tensors(outer)), None) if outer is not None else None
    if layer is None or outer is None or outer.span is None or item is None or item.span is None:
        return []
    want = number(layer, "in_features")
    if not sizes or len(sizes) != 3 or want != sizes[1] or sizes_of(item) != sizes or not outer.callee:
        return []
    # A layer of its own must give as much as it takes, to be added to what it was given.
    if outer is layer and number(layer, "out_features") != want:
        return []
    held = {name: value.record.shape for name, value in evidence.held.items() if value.record is not None}
    if not any(held.get(ast.unparse(each)) == sizes for each in _added_to(node_at(outer.span))):
        return []
    text = f"{outer.callee}({bracketed(item.span.text)}.transpose(1, 2)).transpose(1, 2)"
    told = {name.rpartition(".")[2] for each in evidence.told.get("in_features", ()) for name in _names(each)}
    doubt = "" if any(_STEPS.fullmatch(name) for name in told) else _NO_STEPS
    return [Candidate(text, (Change(outer.span, text),), (), _COST, doubt)]


def _names(place: Span) -> list[str]:
    node = node_at(place)
    parts = list(walk(node)) if node is not None else []
    return [ast.unparse(each) for each in parts if isinstance(each, ast.Name | ast.Attribute)]


def _added_to(node: ast.AST | None) -> list[ast.expr]:
    """What the result of a call is added to, right where it stands or behind an activation or a dropout."""
    found: list[ast.expr] = []
    inner = node
    for up in parents(node):
        if isinstance(up, ast.BinOp) and isinstance(up.op, ast.Add):
            found.append(up.right if up.left is inner else up.left)
        elif isinstance(up, ast.AugAssign) and isinstance(up.op, ast.Add):
            found.append(up.target)
        elif not isinstance(up, ast.Call) or len(up.args) != 1:
            break
        inner = up
    return found
