"""Steps that a model joined along the samples, where its targets have them side by side: ``torch.cat(outs, dim=1)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import expression, with_keyword
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, operand, shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import Loop, Source, function_around, last_name, user_sources, walk
from shapecheck.reading.vocabulary import RESHAPES

_COST = 0.05
EITHER = "the loop may go over the samples, of which there are as many as it has rounds"
_IN_OTHER_ORDER = "the target was not made flat step by step"
OTHER_ORDER = "the predictions of each round are joined one behind the other, and the target may lie sample by sample"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``dim=1`` for the one ``torch.cat`` of steps that a loop has collected."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    given, target = (shape(operation, role) for role in ("input", "target")) if operation is not None else (None, None)
    if not given or not target or len(given) < 2 or len(target) < 2 or not target[0] or given[0] % target[0]:
        return []
    steps = given[0] // target[0]
    if steps < 2 or (target[0], steps * given[1], *given[2:]) != target:
        return []
    found = [each for source in user_sources(evidence) for each in _of_steps(source)]
    # As many rounds as samples: the loop may go over these, and no column belongs to a round.
    doubt = EITHER if steps == target[0] else _IN_OTHER_ORDER if _is_merged_otherwise(evidence, given[1]) else ""
    return [replace(each, doubt=doubt) for each in found] if len(found) == 1 else []


def joins_steps(evidence: Evidence) -> bool:
    """Whether a ``forward`` joins along the samples what one of its loops has collected."""
    return any(list(_of_steps(source)) for source in user_sources(evidence))


def _is_merged_otherwise(evidence: Evidence, width: int) -> bool:
    """Whether the target was made flat of axes whose last one is not that of what a step gives."""
    operation = failed(evidence)
    item = operand(operation, "target")
    if item is None or item.span is None or width == 1:
        return False
    for span in spans_of(evidence, item.span):
        node = expression(span.text)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RESHAPES:
            sizes = sizes_of(evidence.held.get(ast.unparse(node.func.value)))
            if len(sizes) > 2 and sizes[-1] != width:
                return True
    return False


def _of_steps(source: Source) -> Iterator[Candidate]:
    """The joins in a ``forward``, which is given all samples at once: elsewhere a loop may as well go over these."""
    for call in source.calls("cat", "concat"):
        home = function_around(call)
        is_first = len(call.args) == 1 and not call.keywords and home is not None and home.name == "forward"
        if is_first and isinstance(call.args[0], ast.Name) and _is_filled_in_a_loop(source, call, call.args[0].id):
            change = with_keyword(source.span(call), "dim", "1")
            if change is not None:
                yield Candidate("dim=1", (change,), (), _COST)


def _is_filled_in_a_loop(source: Source, call: ast.Call, name: str) -> bool:
    home = function_around(call) or source.tree
    return any(
        isinstance(each, ast.Call) and last_name(each.func) == "append" and ast.unparse(each.func) == f"{name}.append"
        for loop in walk(home)
        if isinstance(loop, Loop)
        for each in walk(loop)
    )
