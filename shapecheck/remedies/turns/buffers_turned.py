"""A buffer with two axes in another order than what is stored in it is cut by: exchanged where the buffer is made."""

from __future__ import annotations

import ast
from itertools import combinations

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, index_parts, takes_all
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.said_sizes import stored
from shapecheck.reading.sources import class_around, function_of_line, items_of, source_of, walk
from shapecheck.remedies.names.written_sizes import sizes_reordered

_COST = 0.03
_NOT_READ = "the index may be in the wrong order, and the buffer be right: nothing reads it by the same cuts"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.zeros(batch, heads, steps, width)`` for ``keys[:n, :, a:b] = k``, where heads stood behind steps."""
    operation, said = failed(evidence, "__setitem__"), stored(evidence)
    buffer, index = (operand(operation, role) for role in ("self", "index"))
    if buffer is None or index is None or index.span is None or said is None:
        return []
    sizes, given = sizes_of(buffer), said[1]
    cuts = [node if isinstance(node, ast.Slice) else None for node, _ in index_parts(index.span)]
    # All axes that the index does not name are stored whole.
    if None in cuts or len(cuts) < 2 or not len(sizes) == len(given) == len(said[0]):
        return []
    whole = [at >= len(cuts) or takes_all(cuts[at]) for at in range(len(sizes))]
    if not any(not each for each in whole[1:]) or _fits(sizes, given, whole):
        return []
    fitting = []
    for one, other in combinations(range(len(sizes)), 2):
        order = list(range(len(sizes)))
        order[one], order[other] = other, one
        if whole[one] != whole[other] and _fits(tuple(sizes[at] for at in order), given, whole):
            fitting.append(order)
    if len(fitting) != 1:
        return []
    doubt = "" if _is_read_alike(buffer.expression, index.expression, index.span) else _NOT_READ
    found = sizes_reordered(evidence, buffer, fitting[0], [], cost=_COST)
    return [Candidate(each.title, each.changes, (), each.cost, doubt) for each in found]


def _fits(sizes: tuple[int, ...], given: tuple[int, ...], whole: list[bool]) -> bool:
    """Whether there is room: just so much along the axes that are stored whole."""
    return all(size == one if all_ else size >= one for size, one, all_ in zip(sizes, given, whole, strict=True))


def _is_read_alike(name: str, index: str, place: Span) -> bool:
    """Whether the buffer is also read with a cut of the same axis, and all of the same others."""
    source = source_of(place.file)
    around = function_of_line(source, place.line)
    home = class_around(around) or around or (source.tree if source is not None else None)
    model = expression(f"_[{index}]")
    for each in walk(home):
        if not isinstance(each, ast.Subscript) or not isinstance(each.ctx, ast.Load):
            continue
        if ast.unparse(each.value) == name and _axes_cut(each) == _axes_cut(model):
            return True
    return False


def _axes_cut(node: ast.AST | None) -> list[int]:
    inside = node.slice if isinstance(node, ast.Subscript) else None
    parts = items_of(inside)
    return [at for at, each in enumerate(parts) if not takes_all(each)]
