"""One of several tensors that are made alike, of which the others are turned: ``v`` beside queries and keys."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression, piece, suffixed
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, written
from shapecheck.reading.sources import found_at, function_around, walk

CAUSE = "other_axes_turned"
_COST = 0.04
_LAYER = re.compile(r"\bself\.\w+")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``self.v(x).view(n, t, heads, d).transpose(1, 2)`` where the same of ``self.q`` and ``self.k`` is turned so."""
    pairs = both_ways(failed(evidence, "matmul", "bmm", *ELEMENTWISE))
    return [each for item, _ in pairs for each in _turned(evidence, item)]


def _turned(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    for origin in written(evidence, _under_turn(item)):
        source, node = found_at(origin.span)
        if source is None or not isinstance(node, ast.Call):
            continue
        home, text = function_around(node) or source.tree, ast.unparse(node)
        form = _LAYER.sub("self._", text, count=1)
        lines = (each.value for each in walk(home) if isinstance(each, ast.Assign) and each.value is not node)
        forms = [_LAYER.sub("self._", ast.unparse(each), count=1) for each in lines]
        turns = {other[len(form) :] for other in forms if other.startswith((f"{form}.transpose(", f"{form}.permute("))}
        if "self._" in form and len(turns) == 1 and form not in forms:
            change = suffixed(origin.span, turns.pop())
            yield Candidate(change.text, (change,), (), _COST)
            return


def _under_turn(item: Argument) -> Argument:
    """What an operand turns where it stands: ``k`` of ``k.transpose(-2, -1)``; itself where it turns nothing."""
    node = expression(item.span.text) if item.span is not None else None
    if item.span is None or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return item
    base = node.func.value
    is_turn = node.func.attr in ("transpose", "permute") and isinstance(base, ast.Name)
    return replace(item, span=piece(item.span, base)) if is_turn else item
