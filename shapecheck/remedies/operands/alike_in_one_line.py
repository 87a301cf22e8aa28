"""Several operands of one sum or product that lack the same axes: ``(maps - mean[:, :, None, None]) / std[...]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of, spreads
from shapecheck.reading.sources import found_at, parents

_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axes that one of them lacks, put in for all of its shape, where there is only one place for these."""
    for item, other in both_ways(failed(evidence, *ELEMENTWISE)):
        index = _index(sizes_of(item), sizes_of(other))
        if index:
            return list(_all(evidence, item, index))
    return []


def _index(sizes: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """The index that puts the axes in which are missing, behind those that are there or between them."""
    more = len(wanted) - len(sizes)
    if more < 1 or len(sizes) < 2 or 1 in wanted:
        return ""
    fitting = [at for at in range(1, len(sizes) + 1) if (*sizes[:at], *wanted[at : at + more], *sizes[at:]) == wanted]
    grown = [(*sizes[:at], *[1] * more, *sizes[at:]) for at in fitting]
    if len(fitting) != 1 or not spreads(grown[0], wanted):
        return ""
    return ", ".join([":"] * fitting[0] + ["None"] * more)


def _all(evidence: Evidence, item: Argument, index: str) -> Iterator[Candidate]:
    source, node = found_at(item.span)
    whole = node
    for up in parents(node):
        if not isinstance(up, ast.BinOp):
            break
        whole = up
    if source is None or whole is None or whole is node:
        return
    held = {name: value.record.shape for name, value in evidence.held.items() if value.record is not None}
    alike = [each for each in _operands(whole) if held.get(ast.unparse(each)) == sizes_of(item)]
    if len(alike) > 1 and any(each is node for each in alike):
        changes = tuple(suffixed(source.span(each), f"[{index}]") for each in alike)
        yield Candidate(", ".join(each.text for each in changes), changes, (), _COST)


def _operands(node: ast.AST) -> Iterator[ast.expr]:
    """The names that are reckoned with, not those that something is asked of or that are handed to a function."""
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
        yield from _operands(node.left)
        yield from _operands(node.right)
    elif isinstance(node, ast.Name | ast.Attribute):
        yield node
