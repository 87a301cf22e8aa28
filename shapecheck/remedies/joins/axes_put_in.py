"""A part of what is joined that was given axes of one which the others have not: it stays as it was."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.applied import is_of_torch
from shapecheck.reading.edits import bracketed, expression, is_number, suffixed, whole_number
from shapecheck.reading.failing import failed, says
from shapecheck.reading.mismatches import JOINS, sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import items_of

_COST = 0.08
_OTHER = "the other parts may lack the axes that this one was given"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``context`` for ``context[:, :, None, None]``, which is joined with rows."""
    operation = failed(evidence, *JOINS)
    said = says(evidence, r"same number of dimensions: got (\d+) and (\d+)")
    if operation is None or said is None:
        return []
    fewer, more = sorted(map(int, said.groups()))
    parts = [each for each in operation.arguments if "[" in each.role]
    longer = [each for each in parts if len(sizes_of(each)) == more]
    # What has no known shape is taken for one of those that the exception tells of.
    if len(longer) != 1 or any(len(sizes_of(each)) not in (0, fewer) for each in parts if each is not longer[0]):
        return []
    others = [each for each in parts if each is not longer[0]]
    if more - fewer == 1 and all(sizes_of(each) for each in others):
        # Of one axis it is known from the sizes which of them is squeezed.
        return []
    return list(_as_it_was(evidence, operation, longer[0], others, more - fewer))


def _as_it_was(
    evidence: Evidence, operation: Operation, item: Argument, others: list[Argument], many: int
) -> Iterator[Candidate]:
    for span in spans_of(evidence, item.span):
        found = _axes_put_in(span.text)
        if found is None:
            continue
        base, behind, count = found
        if count != many:
            return
        spread = [suffixed(each.span, behind) for each in others if each.span is not None]
        either = _OTHER if _fits_with_them(operation, item) and len(spread) == len(others) else ""
        yield Candidate(base, (Change(span, base),), (), _COST, "", either)
        if either:
            title = ", ".join(each.text for each in spread)
            yield Candidate(title, tuple(spread), (), _COST, "", either)
        return


def _fits_with_them(operation: Operation, item: Argument) -> bool:
    """Whether they could be joined as well if the others were given these axes: not along an axis that was put in."""
    told = next((each.value.text for each in operation.arguments if each.role in ("dim", "axis")), "0")
    along = int(told) if is_number(told.lstrip("-")) else 0
    sizes = sizes_of(item)
    return -len(sizes) <= along < len(sizes) and sizes[along] != 1


def _axes_put_in(text: str) -> tuple[str, str, int] | None:
    """What the axes are put into, what is written behind it for that, and how many axes these are.

    Args:
        text: The expression.

    >>> _axes_put_in("x[:, :, None, None]"), _axes_put_in("state.h.unsqueeze(1)[None]"), _axes_put_in("x[:, 0, None]")
    (('x', '[:, :, None, None]', 2), ('state.h', '.unsqueeze(1)[None]', 2), None)
    """
    node, count = expression(text), 0
    whole = node
    while node is not None and (inside := _put_into(node)) is not None:
        node, more = inside
        count += more
    base = ast.get_source_segment(f"({text}\n)", node) if node is not None and "\n" not in text else None
    if not count or base is None or whole is None:
        return None
    begin = text.index(base)
    behind = text[begin + len(base) :]
    # Of a function's call what stands in front is no part of what is left.
    return (bracketed(base), behind, count) if begin == 0 else None


def _put_into(node: ast.expr) -> tuple[ast.expr, int] | None:
    """What an index or a method puts axes of one into, and how many."""
    if isinstance(node, ast.Subscript):
        kinds = [_kind(each) for each in items_of(node.slice)]
        return (node.value, kinds.count("None")) if "None" in kinds and not set(kinds) - {"None", ":", "..."} else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "unsqueeze":
        given = [*node.args, *(each.value for each in node.keywords)]
        if len(given) == 1 and not is_of_torch(node) and whole_number(given[0]) is not None:
            return node.func.value, 1
    return None


def _kind(part: ast.expr) -> str:
    is_none = isinstance(part, ast.Constant) and part.value is None
    return "None" if is_none or ast.unparse(part).endswith("newaxis") else ast.unparse(part)
