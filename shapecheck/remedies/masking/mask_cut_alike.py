"""A mask of whole sequences beside a tensor that was made of a part of each: the mask is cut as these were."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import given_as
from shapecheck.reading.edits import expression, piece, suffixed, whole_number
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, Shape, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at, home_around, items_of, last_name, names_in, walk
from shapecheck.reading.ways_back import spans_behind

CAUSE = "cut_on_one_side_only"
_COST = 0.05
_OTHER_END = "the mask may be meant for what is told, which is cut at the other end"
_TARGETS = {**dict.fromkeys((*INDEX_LOSSES, *SAME_SHAPE_LOSSES), 1), "gather": 1}


def candidates(evidence: Evidence) -> list[Candidate]:
    """``each[words[:, 1:] > 0]`` for ``each[words > 0]``, where each was made of ``words[:, 1:]``."""
    operation = failed(evidence, "__getitem__", "masked_select")
    item, mask = operand(operation, "self", "input"), operand(operation, "index", "mask", "args[0]")
    if item is None or mask is None or mask.span is None or item.span is None:
        return []
    if isinstance(expression(item.span.text), ast.Subscript):
        # What is cut right there may be what is not to be cut.
        return []
    sizes, wanted = sizes_of(mask), sizes_of(item)[: len(sizes_of(mask))]
    if len(sizes) < 2 or len(sizes) != len(wanted) or not _is_cut(sizes, wanted):
        return []
    index, is_told = _index(evidence, item, mask, sizes, wanted)
    if not index:
        return []
    doubt = "" if is_told or not _is_cut_otherwise(mask.span, index, sizes, wanted) else _OTHER_END
    change = _cut(evidence, mask.span, sizes, index)
    steps = [Step("stand_in", mask.role, wanted)]
    return [Candidate(change.text, (change,), tuple(steps), _COST, doubt)]


def _is_cut(sizes: Shape, wanted: Shape) -> bool:
    return sizes != wanted and all(have >= want > 0 for have, want in zip(sizes, wanted, strict=True))


def _index(evidence: Evidence, item: Argument, mask: Argument, sizes: Shape, wanted: Shape) -> tuple[str, bool]:
    """How the sequences were cut of which the tensor was made, and whether it holds what was compared with these.

    Nothing where this is not one way.
    """
    spans = list(spans_behind(evidence, item.span))
    found = [each for span in spans for each in _cuts(evidence, span, sizes, wanted)]
    node = expression(mask.span.text) if mask.span is not None else None
    names = names_in(node)
    own = {index for base, index in found if base in names}
    named = {index for base, index in found if base}
    asked = set(_of_targets(evidence, spans, sizes, wanted))
    for each in (own, asked, named, {index for _, index in found}):
        if len(each) == 1:
            index = next(iter(each))
            return index, index in asked
    return "", False


def _is_cut_otherwise(mask: Span, index: str, sizes: Shape, wanted: Shape) -> bool:
    """Whether sequences are cut to the same sizes at their other end as well, as those that are to be told."""
    _, there = found_at(mask)
    cuts = (each for each in walk(home_around(there)) if isinstance(each, ast.Subscript))
    left = {ast.unparse(each.slice).strip("()") for each in cuts if _left(each.slice, sizes) == wanted}
    return bool(left - {index})


def _cuts(evidence: Evidence, span: Span, sizes: Shape, wanted: Shape) -> Iterator[tuple[str, str]]:
    """What is cut in an expression so that such sizes are left, with the name of what is as large as the mask."""
    source, there = found_at(span)
    held = held_around(evidence, source, there)
    for node in walk(expression(span.text)):
        if not isinstance(node, ast.Subscript) or _left(node.slice, sizes) != wanted:
            continue
        name = node.value.id if isinstance(node.value, ast.Name) else ""
        if not name or sizes_of(held.get(name))[: len(sizes)] == sizes:
            yield name, ast.unparse(node.slice).strip("()")


def _of_targets(evidence: Evidence, spans: Iterable[Span], sizes: Shape, wanted: Shape) -> Iterator[str]:
    """How what a loss compares with was cut, or what was picked by."""
    for span in spans:
        for call in walk(expression(span.text)):
            at = _TARGETS.get(last_name(call.func)) if isinstance(call, ast.Call) else None
            if at is None or not isinstance(call, ast.Call):
                continue
            target = given_as(call, "target", at) or given_as(call, "index", at)
            for each in spans_behind(evidence, piece(span, target)) if target is not None else ():
                yield from (index for _, index in _cuts(evidence, each, sizes, wanted))


def _left(index: ast.expr, sizes: Shape) -> Shape:
    """What an index of plain slices leaves of sizes; () where it is another one."""
    parts = items_of(index)
    if len(parts) > len(sizes) or not all(isinstance(each, ast.Slice) for each in parts):
        return ()
    left = list(sizes)
    for axis, part in enumerate(parts):
        assert isinstance(part, ast.Slice)
        ends = [None if each is None else whole_number(each) for each in (part.lower, part.upper, part.step)]
        if [each is None for each in (part.lower, part.upper, part.step)] != [each is None for each in ends]:
            return ()
        left[axis] = len(range(*slice(*ends).indices(sizes[axis])))
    return tuple(left)


def _cut(evidence: Evidence, mask: Span, sizes: Shape, index: str) -> Change:
    """The sequences cut that the mask is made of, where it is made in its place of one tensor; else the mask."""
    node = expression(mask.text)
    held = held_around(evidence, *found_at(mask))
    names = [each for each in walk(node) if isinstance(each, ast.Name) and sizes_of(held.get(each.id)) == sizes]
    if len(names) == 1 and not isinstance(node, ast.Name):
        return suffixed(piece(mask, names[0]), f"[{index}]")
    return suffixed(mask, f"[{index}]")
