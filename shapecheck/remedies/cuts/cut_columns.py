"""Some rows of a square matrix where some of its columns were meant: the directions that a decomposition gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import pair, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import last_name, node_at, source_of, target_of

_ROWS_OR_COLUMNS = "of a square matrix some columns may have been meant, which are other numbers than some rows turned"
_WITH_ITSELF = "each row with each row or each column with each column may be meant, which both run"
_TWO_SIZES = "the two sizes of the view that made it may stand in each other's place, which runs as well"
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
    if _is_of_one_row(evidence, item):
        return _TWO_SIZES
    return _ROWS_OR_COLUMNS if _laid_out(evidence, item) in ("columns", "unknown") else ""


def _is_of_one_row(evidence: Evidence, item: Argument) -> bool:
    """Whether both sizes of the matrix were told by a view of what a layer gives as one row."""
    sizes = sizes_of(item)
    for origin in trace(evidence, item.span) if item.span is not None and len(sizes) > 1 else ():
        call = call_of(origin.span)
        if call is None or last_name(call.func) not in ("view", "reshape") or not isinstance(call.func, ast.Attribute):
            continue
        made = call_of(piece(origin.span, call.func.value))
        layers = trace(evidence, piece(origin.span, call.func.value.func)) if made is not None else ()  # type: ignore[attr-defined]
        for layer in layers:
            last = _last_layer(layer.span)
            width = told_for(last, "out_features")
            if width is not None and worked_out(evidence, width) == sizes[-1] * sizes[-2]:
                return True
    return False


def _last_layer(made: Span) -> Span | None:
    """The Linear that a call makes, or the last one of several in a row."""
    call = call_of(made)
    if call is not None and last_name(call.func) == "Sequential" and call.args:
        made = piece(made, call.args[-1])
        call = call_of(made)
    return made if call is not None and last_name(call.func) == "Linear" else None


def _laid_out(evidence: Evidence, item: Argument) -> str:
    """How the directions lie in a cut square matrix: as ``"columns"``, ``"rows"``, ``"unknown"``; nothing in others."""
    node, source = node_at(item.span), source_of(item.span.file) if item.span is not None else None
    is_cut = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and isinstance(node.value, ast.Name)
    if source is None or not is_cut or not isinstance(node, ast.Subscript):
        return ""
    sizes = sizes_of(evidence.held.get(ast.unparse(node.value)))
    if len(sizes) != 2 or sizes[0] != sizes[1] or sizes_of(item)[-1:] != sizes[1:]:
        return ""
    for origin in trace(evidence, source.span(node.value), parts=True):
        made = node_at(origin.span)
        target = target_of(made)
        names = [ast.unparse(each) for each in target.elts] if isinstance(target, ast.Tuple) else []
        if isinstance(made, ast.Call) and ast.unparse(node.value) in names:
            at, name = names.index(ast.unparse(node.value)), ast.unparse(made.func)
            for told, places in (("columns", _COLUMNS), ("rows", _ROWS)):
                if at in places.get(name, ()):
                    return told
    return "unknown"
