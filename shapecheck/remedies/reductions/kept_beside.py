"""Two reductions that are reckoned with each other, of which only one keeps its axis, so that each row meets all."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.applied import is_of_torch, written_axis
from shapecheck.reading.edits import with_keyword
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, sizes_of
from shapecheck.reading.reductions import REDUCTIONS
from shapecheck.reading.sources import found_at, under_methods, walk
from shapecheck.reading.where_made import made_or_written

CAUSE = "axis_dropped_by_reduction"
_COST = 0.08


def candidates(evidence: Evidence) -> list[Candidate]:
    """``keepdim=True`` for the one that does not keep its axis: ``x.sum(-1) / mask.sum(-1, keepdim=True)``."""
    operation, found = failed(evidence, *ELEMENTWISE), dict[ast.Call, Candidate]()
    for item in tensors(operation):
        if len(sizes_of(item)) < 2 or sizes_of(item)[-1] != sizes_of(item)[-2]:
            # What crossed has the rows twice.
            continue
        for origin in made_or_written(evidence, item):
            source, root = found_at(origin.span)
            if source is None or root is None:
                continue
            for dropped in _dropped_beside_kept(root):
                change = with_keyword(source.span(dropped), "keepdim", "True")
                if change is not None:
                    found[dropped] = Candidate("keepdim=True", (change,), (), _COST)
    return list(found.values())


def _dropped_beside_kept(root: ast.expr) -> Iterator[ast.Call]:
    """The reductions that drop the axis which the other side of the same arithmetic keeps."""
    for node in walk(root):
        sides = (node.left, node.right) if isinstance(node, ast.BinOp) else ()
        for one, other in (sides, sides[::-1]) if sides else ():
            dropped, kept = _reduction(one), _reduction(other)
            if dropped is None or kept is None or _keeps(dropped) or not _keeps(kept):
                continue
            axes = {ast.unparse(written_axis(each) or each) for each in (dropped, kept)}
            if len(axes) == 1:
                yield dropped


def _reduction(node: ast.expr) -> ast.Call | None:
    """The reduction of one axis that an expression is, or with no more than a bound behind it: ``.clamp(min=1)``."""
    call = under_methods(node, _BOUNDS)
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr not in REDUCTIONS:
        return None
    return call if written_axis(call) is not None and not is_of_torch(call) else None


_BOUNDS = ("clamp", "clamp_min", "clip", "float", "sqrt", "exp", "log")


def _keeps(call: ast.Call) -> bool:
    told = [*call.args[1:2], *(each.value for each in call.keywords if each.arg == "keepdim")]
    return any(isinstance(each, ast.Constant) and each.value is True for each in told)
