"""Scores of all places of a sequence, one of which was put in front to stand for the whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import written_axis
from shapecheck.reading.edits import call_of, piece, suffixed, whole_number
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, kind, operand
from shapecheck.reading.mismatches import JOINS, sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import found_at, function_around, last_name, walk

CAUSE = "every_step_against_one_label"
_COST = 0.05
_READS_WIDTH = ("Linear", "Sequential")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``head(blocks(x)[:, 0])``, where ``x`` is ``torch.cat([token, x], dim=1)`` with a token that is learned."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    given, target = (operand(operation, role) for role in ("input", "target"))
    if operation is None or given is None or target is None or len(sizes_of(given)) != 3:
        return []
    have, want = sizes_of(given), sizes_of(target)
    rest = want[:1] if kind(operation) in INDEX_LOSSES else want
    if rest not in (have[:1], (have[0], have[2])):
        return []
    return list(_taken(evidence, given))


def _taken(evidence: Evidence, given: Argument) -> Iterator[Candidate]:
    for span in spans_of(evidence, given.span):
        node = found_at(span)[1]
        forward = function_around(node)
        if forward is None or forward.name != "forward" or not any(map(_puts_token_in_front, _joins(forward))):
            continue
        trial = (Step("item", given.role, (":", 0)),)
        call = call_of(span)
        is_alone = call is not None and len(call.args) == 1 and not call.keywords
        place = (
            piece(span, call.args[0]) if call is not None and is_alone and _reads_width(evidence, span, call) else span
        )
        change = suffixed(place, "[:, 0]")
        yield Candidate(change.text, (change,), trial, _COST)
        return


def _reads_width(evidence: Evidence, span: Span, call: ast.Call) -> bool:
    """Whether a layer is called that reads the places one by one."""
    made = (call_of(each) for each in spans_of(evidence, piece(span, call.func)))
    return any(each is not None and last_name(each.func) in _READS_WIDTH for each in made)


def _joins(forward: ast.FunctionDef) -> Iterator[tuple[ast.FunctionDef, ast.expr]]:
    """What stands first in the joins along the axis of the places."""
    for node in walk(forward):
        if not isinstance(node, ast.Call) or last_name(node.func) not in JOINS or not node.args:
            continue
        axis, parts = written_axis(node), node.args[0]
        if (
            axis is not None
            and whole_number(axis) == 1
            and isinstance(parts, ast.List | ast.Tuple)
            and len(parts.elts) > 1
        ):
            yield forward, parts.elts[0]


def _puts_token_in_front(pair: tuple[ast.FunctionDef, ast.expr]) -> bool:
    """Whether a part is a parameter of the model with one place, spread over the samples."""
    forward, part = pair
    for _ in range(4):
        while isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            part = part.func.value
        if not isinstance(part, ast.Name):
            break
        given = [each for each in walk(forward) if isinstance(each, ast.Assign)]
        values = [each.value for each in given if ast.unparse(each.targets[0]) == part.id]
        if len(values) != 1:
            return False
        part = values[0]
    owner = getattr(forward, "parent", None)
    made = [
        each.value
        for each in walk(owner)
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == ast.unparse(part)
    ]
    is_learned = len(made) == 1 and isinstance(made[0], ast.Call) and last_name(made[0].func) == "Parameter"
    inside = made[0].args[0] if is_learned and isinstance(made[0], ast.Call) and made[0].args else None
    while isinstance(inside, ast.BinOp):
        inside = inside.left if isinstance(inside.left, ast.Call) else inside.right
    sizes = inside.args if isinstance(inside, ast.Call) else []
    sizes = sizes[0].elts if len(sizes) == 1 and isinstance(sizes[0], ast.Tuple | ast.List) else sizes
    return [whole_number(each) for each in sizes[:-1]] in ([1, 1], [1])
