"""Items of several lengths that are stacked, where the line beside it joins another part of each of them end to end."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import JOINS
from shapecheck.reading.sources import found_at, home_around, last_name, walk

_COST = 0.02
_EACH = ast.ListComp | ast.GeneratorExp


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.cat([t["labels"] for t in targets])`` beside ``torch.cat([t["boxes"] for t in targets])``."""
    operation = failed(evidence, "stack")
    source, node = found_at(operation.span if operation is not None else None)
    if source is None or not isinstance(node, ast.Call) or _parts(node) is None:
        return []
    beside = list(_beside(node))
    joins = {source.span(each.func).text for each in beside}
    if len(joins) != 1 or any(last_name(each.func) not in JOINS for each in beside):
        return []
    text = joins.pop()
    return [Candidate(f"{text}({source.span(node.args[0]).text})", (Change(source.span(node.func), text),), (), _COST)]


def _beside(node: ast.Call) -> Iterator[ast.Call]:
    """The other joins in the same function of one part of each of the same items."""
    home = home_around(node)
    for each in walk(home):
        is_join = isinstance(each, ast.Call) and last_name(each.func) in (*JOINS, "stack") and each is not node
        if isinstance(each, ast.Call) and is_join and _parts(each) == _parts(node):
            yield each


def _parts(call: ast.Call) -> str | None:
    """Whose parts are joined along the first axis, where one part is taken of each item; None if it is not so."""
    if len(call.args) != 1 or call.keywords or not isinstance(call.args[0], _EACH):
        return None
    made = call.args[0]
    is_part = isinstance(made.elt, ast.Subscript | ast.Attribute) and len(made.generators) == 1
    one = made.generators[0]
    if not is_part or one.ifs or ast.unparse(made.elt.value) != ast.unparse(one.target):  # type: ignore[attr-defined]
        return None
    return ast.unparse(one.iter)
