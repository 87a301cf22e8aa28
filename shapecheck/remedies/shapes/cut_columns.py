"""Some rows of a square matrix where some of its columns were meant: the directions that a decomposition gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import pair, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import node_at, source_of, statement_of

_ROWS_OR_COLUMNS = "of a square matrix some columns may have been meant, which are other numbers than some rows turned"
_WITH_ITSELF = "each row with each row or each column with each column may be meant, which both run"
_PRODUCTS = ("matmul", "mm")
_COST = 0.05
# Which of their results have a direction a column: the place among the names that they are unpacked to.
_COLUMNS = {
    "torch.svd": (0, 2),
    "torch.svd_lowrank": (0, 2),
    "torch.pca_lowrank": (0, 2),
    "torch.linalg.svd": (0,),
    "torch.linalg.eigh": (1,),
    "torch.linalg.eig": (1,),
    "torch.linalg.qr": (0,),
    "torch.qr": (0,),
}
_ROWS = {"torch.linalg.svd": (2,)}


def candidates(evidence: Evidence) -> list[Candidate]:
    """``v[:, :k]`` for ``v[:k]`` as the second factor of a product."""
    operands = pair(failed(evidence, *_PRODUCTS))
    return list(_cut(evidence, *operands)) if operands is not None else []


def _cut(evidence: Evidence, left: Argument, right: Argument) -> Iterator[Candidate]:
    node, source = node_at(right.span), source_of(right.span.file) if right.span is not None else None
    laid = _laid_out(evidence, right)
    if source is None or laid == "" or laid == "rows" or not isinstance(node, ast.Subscript):
        return
    if len(sizes_of(left)) < 2 or sizes_of(left)[-1] != sizes_of(right)[-1] or right.span is None:
        return
    index = source.span(node.slice)
    change = Change(index, f":, {index.text}")
    step = Step("transpose", right.role, (0, 1))
    doubt = "" if laid == "columns" else _ROWS_OR_COLUMNS
    yield Candidate(f"{ast.unparse(node.value)}[{change.text}]", (change,), (step,), _COST, doubt)


def doubt_of_turn(evidence: Evidence, left: Argument, right: Argument, item: Argument) -> str:
    """What stands against turning one of the two factors of a product; nothing where nothing does.

    Args:
        evidence: The problem.
        left: The first factor.
        right: The second.
        item: The one that is to be turned.
    """
    if left.span is not None and right.span is not None and left.span.text == right.span.text:
        return _WITH_ITSELF
    return _ROWS_OR_COLUMNS if _laid_out(evidence, item) in ("columns", "unknown") else ""


def _laid_out(evidence: Evidence, item: Argument) -> str:
    """How the directions lie in a cut square matrix: as ``"columns"``, ``"rows"``, ``"unknown"``; nothing in others."""
    node, source = node_at(item.span), source_of(item.span.file) if item.span is not None else None
    is_cut = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and isinstance(node.value, ast.Name)
    frame = evidence.user_frame
    if source is None or frame is None or not is_cut or not isinstance(node, ast.Subscript):
        return ""
    held = frame.names.get(ast.unparse(node.value))
    sizes = held.record.shape if held is not None and held.record is not None else ()
    if len(sizes) != 2 or sizes[0] != sizes[1] or sizes_of(item)[-1:] != sizes[1:]:
        return ""
    for origin in trace(evidence, source.span(node.value), parts=True):
        made = node_at(origin.span)
        statement = statement_of(made)
        target = statement.targets[0] if isinstance(statement, ast.Assign) and statement.value is made else None
        names = [ast.unparse(each) for each in target.elts] if isinstance(target, ast.Tuple) else []
        if isinstance(made, ast.Call) and ast.unparse(node.value) in names:
            at, name = names.index(ast.unparse(node.value)), ast.unparse(made.func)
            for told, places in (("columns", _COLUMNS), ("rows", _ROWS)):
                if at in places.get(name, ()):
                    return told
    return "unknown"
