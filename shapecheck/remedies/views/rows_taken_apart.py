"""Rows that two axes were made one for, where what they meet has both: taken apart into these two again."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.failing import Shape, failed, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, sizes_of
from shapecheck.reading.recurrent.exchanged_axes import TURNING
from shapecheck.reading.sources import found_at, last_name, node_at, walk
from shapecheck.reading.vocabulary import RESHAPES
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.moves import put_behind

_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``rows.view(batch, steps, -1)`` behind ``x.view(batch * steps, letters)``."""
    operation = failed(evidence, *JOINS, *ELEMENTWISE)
    items = [each for each in tensors(operation) if sizes_of(each)]
    found: list[Candidate] = []
    for item in items:
        for other in (sizes_of(each) for each in items if each is not item):
            have = sizes_of(item)
            if len(have) == len(other) - 1 > 1 and have[0] == other[0] * other[1] and 1 not in other[:2]:
                found += _apart(evidence, item, other)
    return found


def _apart(evidence: Evidence, item: Argument, other: Shape) -> Iterator[Candidate]:
    have = sizes_of(item)
    named = _folded(evidence, item, other[:2])
    if item.span is None or named is None:
        return
    step = Step("stand_in", item.role, (*other[:2], *have[1:]))
    rest = "-1" if len(have) == 2 else ", ".join(map(str, have[1:]))
    text = f".view({', '.join(named)}, {rest})" if named else f".unflatten(0, (-1, {other[1]}))"
    yield from put_behind(evidence, item, text, [step], cost=_COST)


def _folded(evidence: Evidence, item: Argument, sizes: Shape) -> tuple[str, ...] | None:
    """The names of two sizes of which rows were made on the way to an operand; None where none were."""
    for span in spans_behind(evidence, item.span):
        source, root = found_at(span)
        for node in walk(root):
            called = last_name(node.func) if isinstance(node, ast.Call) else ""
            if not isinstance(node, ast.Call) or called not in RESHAPES:
                continue
            given = node.args[0].elts if node.args and isinstance(node.args[0], ast.Tuple) else node.args
            first = given[0] if given else None
            if isinstance(first, ast.BinOp) and isinstance(first.op, ast.Mult):
                return _known(evidence, (first.left, first.right), sizes)
            texts = [ast.unparse(each) for each in given]
            if (called == "flatten" and texts == ["0", "1"]) or (called != "flatten" and texts[:1] == ["-1"]):
                base = node.func.value if isinstance(node.func, ast.Attribute) else node
                is_turned = source is not None and _is_turned(evidence, source.span(base))
                return None if is_turned else ()
    return None


def _is_turned(evidence: Evidence, base: Span) -> bool:
    """Whether axes were exchanged before they were made one: nobody knows in which order the rows then lie."""
    nodes = (node for span in spans_behind(evidence, base) for node in walk(node_at(span)))
    names = (last_name(each.func if isinstance(each, ast.Call) else each) for each in nodes)
    return any(TURNING.fullmatch(name) for name in names if name)


def _known(evidence: Evidence, parts: tuple[ast.expr, ast.expr], sizes: Shape) -> tuple[str, ...] | None:
    """The two factors as they are written, where they mean the same at a place; none of them, where that is not known.

    Factors in another order are of rows that lie otherwise.
    """
    texts = tuple(ast.unparse(each) for each in parts)
    held = [evidence.held.get(text) for text in texts]
    values = [each.text if each is not None and each.kind == "number" else "" for each in held]
    wanted = [str(size) for size in sizes]
    if all(values) and values != wanted:
        return None
    return texts if values == wanted else ()
