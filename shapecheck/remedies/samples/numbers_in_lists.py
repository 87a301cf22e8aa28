"""Numbers that a data set gives as a list: a loader makes a list of batches of them, one for each position."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import last_name, source_of
from shapecheck.remedies.samples.data_sets import given_by_data_set

_COST = 0.05
_LISTS = ("list", "tolist", "sorted")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.tensor(label)`` in the data set, where a list of batches came for a tensor."""
    operation = failed(evidence)
    for item in operation.arguments if operation is not None else ():
        if _is_list_of_batches(item):
            return _in_data_set(evidence, item)
    return []


def _is_list_of_batches(item: Argument) -> bool:
    shapes = {sizes_of(each) for each in item.value.items}
    return item.value.kind == "list" and len(shapes) == 1 and len(shapes.pop()) == 1


def _in_data_set(evidence: Evidence, item: Argument) -> list[Candidate]:
    origins = evidence.origins.get(item.expression, ())
    for at, origin in enumerate(origins):
        if given_by_data_set(origin) is None:
            continue
        made = (origin, *origins[at + 1 : at + 2])
        source = source_of(origin.span.file)
        has_torch = source is not None and any(
            name.name == "torch" and name.asname is None
            for node in source.tree.body
            if isinstance(node, ast.Import)
            for name in node.names
        )
        if has_torch and any(_is_list(expression(each.span.text)) for each in made):
            text = f"torch.tensor({origin.span.text})"
            return [Candidate(text, (Change(origin.span, text),), (), _COST)]
        return []
    return []


def _is_list(node: ast.expr | None) -> bool:
    """Whether an expression makes a list: written out, repeated, by a loop, of an array."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Add):
        return _is_list(node.left) or _is_list(node.right)
    if isinstance(node, ast.Call):
        return last_name(node.func) in _LISTS
    return isinstance(node, ast.List | ast.ListComp)
