"""Python's words for one truth, where each number has its own: ``&`` for ``and``, two comparisons for a chain."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span, Value
from shapecheck.reading.asked_as_one import is_asked_as_one
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import says
from shapecheck.reading.mismatches import dtype_of, sizes_of
from shapecheck.reading.sources import Source, found_at, last_name, names_in, parents, walk

CAUSE = "truths_joined_by_words"
AMBIGUOUS = (r"Boolean value of Tensor with more", r"truth value of an array with more")
_COST = 0.03
_TESTS = (ast.If, ast.While, ast.IfExp, ast.comprehension)
_ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_TRUTHS = ("eq", "ne", "lt", "le", "gt", "ge", "bool", "greater", "less", "not_equal")
_NUMBERS = "what is joined holds numbers, and what is true of them is not said"
_ASKED = "one truth is asked for of the result, and whether of all of them or of any is not said"
_NONE_OF_ALL = "whether all of them are to differ, or one at least, is not said"
_WHICH_OF_THEM = "whether all of them, any of them or their mean is asked about is not said"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``(x >= 0) & (x < n)`` for ``0 <= x < n`` and for ``x >= 0 and x < n``, ``~mask`` for ``not mask``."""
    frame = evidence.user_frame if says(evidence, *AMBIGUOUS) else None
    source, node = found_at(frame.span) if frame is not None else (None, None)
    if frame is None or source is None or node is None:
        return []
    whole = _whole(node)
    up = getattr(whole, "parent", None)
    held = {**evidence.held, **frame.names}
    if isinstance(up, ast.Assert) and up.test is whole:
        return list(_of_all(source, whole, held))
    written = _written(source, whole, held) if not isinstance(up, _TESTS) and not _is_plain(whole) else None
    if written is None or (isinstance(up, ast.Call) and ast.unparse(up.func) in ("bool", "any", "all")):
        return []
    span = source.span(whole)
    stands_alone = isinstance(up, ast.Assign | ast.Return | ast.keyword | ast.Call | ast.Subscript)
    text = written if stands_alone or _has_brackets(source, span) else f"({written})"
    if not _go_together(whole, held):
        return []
    doubt = _NUMBERS if _joins_numbers(whole, held) else _ASKED if is_asked_as_one(source, whole) else ""
    return [Candidate(text, (Change(span, text),), (), _COST, doubt)]


def _whole(node: ast.expr) -> ast.expr:
    """The whole of the truths that are joined, of which Python asks for one."""
    for up in parents(node):
        if not isinstance(up, ast.BoolOp) and not (isinstance(up, ast.UnaryOp) and isinstance(up.op, ast.Not)):
            break
        node = up
    return node


def _go_together(node: ast.expr, held: dict[str, Value]) -> bool:
    """Whether the tensors that are joined spread to each other, as far as they stand alone in what is compared."""
    names = (each.id for each in walk(node) if isinstance(each, ast.Name) and _is_compared(each))
    sizes = [each for name in names if (each := sizes_of(held.get(name)))]
    ends = (zip(reversed(one), reversed(other), strict=False) for one, other in pairwise(sizes))
    return all(left == right or 1 in (left, right) for pairs in ends for left, right in pairs)


def _is_compared(node: ast.Name) -> bool:
    return isinstance(getattr(node, "parent", None), ast.Compare | ast.BoolOp)


def _is_plain(node: ast.expr) -> bool:
    """Whether a node joins no truths: a single comparison, or a name."""
    is_not = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    return not isinstance(node, ast.BoolOp) and not is_not and not (isinstance(node, ast.Compare) and len(node.ops) > 1)


def _written(source: Source, node: ast.expr, held: dict[str, Value]) -> str | None:
    """The same for each number, to stand alone; None where that cannot be written."""
    if isinstance(node, ast.BoolOp):
        sign = " & " if isinstance(node.op, ast.And) else " | "
        parts = [_written(source, each, held) for each in node.values]
        return sign.join(bracketed(each) for each in parts if each) if all(parts) else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        if not _gives_truths(node.operand, held):
            return f"{bracketed(source.span(node.operand).text)} == 0"
        inner = _written(source, node.operand, held)
        return f"~{bracketed(inner)}" if inner else None
    if isinstance(node, ast.Compare):
        return _compared(source, node)
    known = held.get(ast.unparse(node))
    is_tensor = known.record is not None if known is not None else not isinstance(node, ast.Constant)
    return source.span(node).text if is_tensor else None


def _compared(source: Source, node: ast.Compare) -> str | None:
    """A comparison, or those of a chain, each with its neighbour; what is called would be called twice."""
    sides = [node.left, *node.comparators]
    if not all(isinstance(each, _ORDERS) for each in node.ops):
        return None
    if any(isinstance(part, ast.Call) for each in sides[1:-1] for part in walk(each)):
        return None
    texts = [source.span(each).text for each in sides]
    pairs = [f"{texts[at]} {_SIGNS[type(op)]} {texts[at + 1]}" for at, op in enumerate(node.ops)]
    return pairs[0] if len(pairs) == 1 else " & ".join(f"({each})" for each in pairs)


def _gives_truths(node: ast.expr, held: dict[str, Value]) -> bool:
    """Whether what is joined is known to hold truths, and no numbers."""
    if isinstance(node, ast.Call):
        name = last_name(node.func)
        return name in _TRUTHS or name.startswith(("is", "logical_"))
    known = held.get(ast.unparse(node))
    is_not = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert)
    return is_not or isinstance(node, ast.BoolOp | ast.Compare) or (known is not None and dtype_of(known) == "bool")


def _joins_numbers(node: ast.expr, held: dict[str, Value]) -> bool:
    """Whether something is joined that may hold numbers, and no truths."""
    if isinstance(node, ast.BoolOp):
        return any(_joins_numbers(each, held) for each in node.values)
    return not _gives_truths(node, held)


def _of_all(source: Source, test: ast.expr, held: dict[str, Value]) -> Iterator[Candidate]:
    """What is asserted is asserted of all numbers; a single comparison may be one of their mean as well."""
    text = _written(source, test, held) if isinstance(test, ast.BoolOp | ast.Compare) else None
    if text is None or (isinstance(test, ast.BoolOp) and not _are_of_many(test, held)):
        return
    differs = any(
        isinstance(each, ast.NotEq) for part in walk(test) if isinstance(part, ast.Compare) for each in part.ops
    )
    change = Change(source.span(test), f"({text}).all()")
    doubt = _NONE_OF_ALL if differs else _WHICH_OF_THEM if _is_plain(test) else ""
    yield Candidate(change.text, (change,), (), _COST, doubt)


def _are_of_many(node: ast.BoolOp, held: dict[str, Value]) -> bool:
    """Whether each of the truths that are joined is one of many numbers: another one may be of no tensor."""
    sizes = [[sizes_of(held.get(name)) for name in names_in(each)] for each in node.values]
    return all(any(prod(each) > 1 for each in part if each) for part in sizes)


def _has_brackets(source: Source, span: Span) -> bool:
    before, behind = source.lines[span.line - 1][: span.column], source.lines[span.end_line - 1][span.end_column :]
    return before.endswith("(") and behind.startswith(")")
