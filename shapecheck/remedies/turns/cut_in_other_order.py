"""The same cuts on both sides, in another order of axes: ``a[:, x1:x2, y1:y2] = b[:, y1:y2, x1:x2]``."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, index_parts, piece
from shapecheck.reading.failing import failed, operand, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, sizes_of

_COST = 0.03
_WHICH_SIDE = "nothing tells on which of both sides the cuts stand in the wrong order"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The cuts of one side in the order of the other, surely where a cut ran beyond the end of its axis."""
    operation = failed(evidence, "__setitem__", *ELEMENTWISE)
    if operation is None or operation.span is None:
        return []
    stored, place = operand(operation, "value"), operand(operation, "index")
    if stored is not None and place is not None and place.span is not None and stored.span is not None:
        sides = [(place.span, None), (_index(stored.span), stored)]
    else:
        sides = [(_index(item.span), item) for item in tensors(operation)[:2] if item.span is not None]
    (left, _), (right, _) = sides if len(sides) == 2 else ((None, None), (None, None))
    if left is None or right is None:
        return []
    # What was cut shorter than was asked cannot have been cut along the axis that was meant.
    short = [at for at, (span, item) in enumerate(sides) if item is not None and _ran_beyond(evidence, item, span)]
    doubt = "" if len(short) == 1 else _WHICH_SIDE
    found = [_ordered(right, left), _ordered(left, right)]
    chosen = found if not short or len(short) > 1 else [found[0 if short[0] == 1 else 1]]
    return [Candidate(f"[{each.text}]", (each,), (), _COST, doubt) for each in chosen if each is not None]


def _index(span: Span) -> Span | None:
    node = expression(span.text)
    return piece(span, node.slice) if isinstance(node, ast.Subscript) else None


def _cuts(span: Span) -> dict[int, str]:
    """The cuts between an index's brackets that leave something out, by their places."""
    return {
        at: part.text
        for at, (node, part) in enumerate(index_parts(span))
        if isinstance(node, ast.Slice) and (node.lower or node.upper)
    }


def _ordered(span: Span, model: Span) -> Change | None:
    """An index with its cuts in the order of another one that has the same; None where they are not the same."""
    cuts, wanted = _cuts(span), _cuts(model)
    if len(cuts) < 2 or sorted(cuts.values()) != sorted(wanted.values()) or [*cuts.values()] == [*wanted.values()]:
        return None
    order = dict(zip(cuts, wanted.values(), strict=True))
    texts = [order.get(at, part.text) for at, (_, part) in enumerate(index_parts(span))]
    return Change(span, ", ".join(texts))


def _ran_beyond(evidence: Evidence, item: Argument, span: Span | None) -> bool:
    """Whether an axis has fewer positions than its cut asked for, by the numbers behind the names."""
    sizes = sizes_of(item)
    parts = index_parts(span) if span is not None else []
    if len(parts) != len(sizes):
        return False
    for size, (node, _) in zip(sizes, parts, strict=True):
        if not isinstance(node, ast.Slice) or node.lower is None or node.upper is None or node.step is not None:
            continue
        held = [evidence.held.get(ast.unparse(each)) for each in (node.lower, node.upper)]
        ends = [each.text if each is not None else "" for each in held]
        if all(text.isdecimal() for text in ends) and size < int(ends[1]) - int(ends[0]):
            return True
    return False
