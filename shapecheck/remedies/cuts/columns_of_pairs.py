"""A number for each row and one for each column of a table of pairs, both as columns: the latter as a row."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import pair, sizes_of
from shapecheck.reading.sources import last_name, names_in, node_at, parents, walk

_COST = 0.03
_OTHER_WAY = "the other one may be what stands for the columns"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``rows(c) + columns(q).transpose(1, 2)`` in a sum with ``c @ q.transpose(1, 2)``."""
    operands = pair(failed(evidence, "add", "sub"))
    if operands is None:
        return []
    left, right = (sizes_of(each) for each in operands)
    is_pair = len(left) == len(right) == 3 and left[-1] == right[-1] == 1 and left[0] == right[0]
    if not is_pair or left[1] == right[1] or operands[0].span is None or operands[1].span is None:
        return []
    for rows, columns in _tables(operands[0]):
        first, second = (names_in(node_at(each.span)) - {"self"} for each in operands)
        turned = operands[1] if first & rows and second & columns else operands[0]
        is_told = turned is operands[1] or (second & rows and first & columns)
        if turned.span is not None:
            change = suffixed(turned.span, ".transpose(1, 2)")
            return [Candidate(change.text, (change,), (), _COST, "" if is_told else _OTHER_WAY)]
    return []


def _tables(item: Argument) -> Iterator[tuple[set[str], set[str]]]:
    """The names in both factors of each product that stands in the same sum."""
    whole: ast.AST | None = node_at(item.span)
    for up in parents(whole):
        if not isinstance(up, ast.BinOp) or not isinstance(up.op, ast.Add | ast.Sub):
            break
        whole = up
    for node in walk(whole):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            yield names_in(node.left) - {"self"}, names_in(node.right) - {"self"}
        elif isinstance(node, ast.Call) and last_name(node.func) in ("bmm", "matmul") and len(node.args) == 2:
            yield names_in(node.args[0]) - {"self"}, names_in(node.args[1]) - {"self"}
