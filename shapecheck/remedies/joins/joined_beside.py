"""One list of steps that is joined in another way than the lists beside it: ``cat`` among ``stack``, or the reverse."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import function_around, last_name, node_at, parents, source_of, statement_of, walk

_ONE_BESIDE = "the list beside it may be the one that is joined in the wrong way"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The join of the lists beside it, where an operand has the axes of another one in one, or one axis in two."""
    operation = failed(evidence, *ELEMENTWISE, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    items = tensors(operation)[:2] if operation is not None else ()
    found: list[Candidate] = []
    for item, other in (items, items[::-1]) if len(items) == 2 else ():
        have, want = sizes_of(item), sizes_of(other)
        if 2 <= len(have) + 1 == len(want) and (want[0] * want[1], *want[2:]) == have:
            found += _joined(evidence, item, JOINS, "stack")
        elif 2 <= len(have) == len(want) + 1 and (have[0] * have[1], *have[2:]) == want:
            found += _joined(evidence, item, ("stack",), "cat")
    return found


def _joined(evidence: Evidence, item: Argument, was: tuple[str, ...], new: str) -> Iterator[Candidate]:
    behind = (*trace(evidence, item.span, parts=True), *evidence.origins.get(item.expression, ())) if item.span else ()
    for origin in behind:
        node, source = node_at(origin.span), source_of(origin.span.file)
        if source is None or not isinstance(node, ast.Call) or not _is_join(node, was):
            continue
        beside = list(_beside(node))
        others = [each for each in beside if _is_join(each, (new,))]
        if others and len(others) == len(beside):
            text = source.span(others[0].func).text
            change = Change(source.span(node.func), text)
            title = f"{text}({source.span(node.args[0]).text})"
            yield Candidate(title, (change,), (), 0.03, "" if len(others) > 1 else _ONE_BESIDE)
        return


def _is_join(node: ast.AST | None, names: tuple[str, ...]) -> bool:
    """Whether a list by name is joined along the first axis."""
    if not isinstance(node, ast.Call) or last_name(node.func) not in names or not node.args:
        return False
    axis = [*node.args[1:], *(each.value for each in node.keywords)]
    is_first = all(isinstance(each, ast.Constant) and each.value == 0 for each in axis)
    return is_first and isinstance(node.args[0], ast.Name | ast.Attribute | ast.Subscript)


def _beside(node: ast.AST | None) -> Iterator[ast.Call]:
    """The other joins of the same tuple, dict or call, else of the statements of the same function beside it."""
    statement, home = statement_of(node), function_around(node)
    for around in [up for up in parents(node) if isinstance(up, ast.Tuple | ast.List | ast.Dict | ast.Call | ast.stmt)]:
        places = [around]
        if around is statement:
            block = getattr(getattr(statement, "parent", None), "body", [])
            places = block if statement in block else [statement]
        found = [
            each
            for place in places
            for each in walk(place)
            if _is_join(each, (*JOINS, "stack")) and each is not node and function_around(each) is home
        ]
        if found or around is statement:
            yield from found  # type: ignore[misc]
            return
