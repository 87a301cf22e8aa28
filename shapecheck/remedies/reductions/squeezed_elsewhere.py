"""A column that met a row, and made a square of both: squeezed, as what the same layer gives is elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, failed
from shapecheck.reading.mismatches import ELEMENTWISE, is_squared, pair
from shapecheck.reading.sources import Source, user_sources, walk

_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``critic(last).squeeze(-1)`` beside ``values = critic(states).squeeze(-1)``."""
    operands = pair(failed(evidence, *ELEMENTWISE, *SAME_SHAPE_LOSSES))
    if operands is None or not any(is_squared(item, other) for item, other in (operands, operands[::-1])):
        return []
    return [each for source in user_sources(evidence) for each in _squeezed(source)]


def _squeezed(source: Source) -> Iterator[Candidate]:
    calls = [node for node in walk(source.tree) if isinstance(node, ast.Call)]
    squeezes = {
        ast.unparse(each.func.value.func): ast.unparse(each).removeprefix(ast.unparse(each.func.value))
        for each in calls
        if isinstance(each.func, ast.Attribute)
        and each.func.attr == "squeeze"
        and isinstance(each.func.value, ast.Call)
    }
    bare = [each for each in calls if ast.unparse(each.func) in squeezes and not _is_base(each)]
    for call in bare if len(bare) == 1 else ():
        change = suffixed(source.span(call), squeezes[ast.unparse(call.func)])
        yield Candidate(change.text, (change,), (), _COST)


def _is_base(call: ast.Call) -> bool:
    """Whether something is done with what a call gives on the spot."""
    return isinstance(getattr(call, "parent", None), ast.Attribute)
