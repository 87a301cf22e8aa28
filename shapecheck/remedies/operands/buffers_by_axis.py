"""A buffer made by the size of another axis, or by another name, than what is stored in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.edits import index_parts
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.layers.layer_arguments import GIVEN
from shapecheck.reading.layers.layers_told import layers_told
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sizes.names_of_size import names_of_size
from shapecheck.reading.sizes.said_sizes import stored
from shapecheck.reading.sizes.tokens_counted import are_counted
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import (
    found_at,
    items_of,
    last_name,
    node_at,
    rounds_around,
    user_sources,
    walk,
)
from shapecheck.reading.where_made import made

_AXIS = re.compile(r"(\w+)(\.size\(|\.shape\[)(-?\d)[)\]]")
_ALIKE = "more than one axis has so many, and nothing tells which of them is meant"
_READ = "what is stored may have been taken along another axis than it is stored along"
_BUFFER = "the buffer may be what has the wrong size, and the layer be right"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Another axis where the size of the buffer is asked, or the name of this size for the layer that fills it."""
    operation, said = failed(evidence, "__setitem__"), stored(evidence)
    buffer = operand(operation, "self") if operation is not None else None
    if operation is None or buffer is None or said is None or len(said[0]) != len(said[1]):
        return []
    place, given = said
    apart = [at for at, (have, want) in enumerate(zip(place, given, strict=True)) if have != want and want != 1]
    kept = _kept_axes(operation, len(sizes_of(buffer)))
    if len(apart) != 1 or len(kept) != len(place) or sizes_of(buffer)[kept[apart[0]]] != place[apart[0]]:
        return []
    have, want, axis = place[apart[0]], given[apart[0]], kept[apart[0]]
    found = [
        way
        for origin in made(evidence, buffer)
        if len(sizes := written_sizes(origin.span) or []) == len(sizes_of(buffer))
        for way in _of_other_axis(evidence, operation, sizes[axis], want)
    ]
    is_last = apart[0] == len(place) - 1
    return found or (list(_of_layer(evidence, have, want)) if is_last else [])


def _kept_axes(operation: Operation, count: int) -> list[int]:
    """The axes of a buffer that an index with whole numbers and slices leaves; none where it holds anything else."""
    index = operand(operation, "index")
    parts = [part for part, _ in index_parts(index.span)] if index is not None and index.span is not None else []
    plain = (ast.Name, ast.Constant, ast.BinOp, ast.Slice)
    if not parts or not all(isinstance(each, plain) for each in parts):
        return []
    return [axis for axis in range(count) if axis >= len(parts) or isinstance(parts[axis], ast.Slice)]


def _of_other_axis(evidence: Evidence, operation: Operation, size: Span, want: int) -> Iterator[Candidate]:
    """``x.size(1)`` for ``x.size(0)``, where the one axis is as long as what is stored and the other is not."""
    for span in spans_of(evidence, size, parts=True):
        asked = _AXIS.fullmatch(span.text)
        source, node = found_at(span)
        shape = sizes_of(held_around(evidence, source, node).get(asked.group(1))) if asked is not None else ()
        axes = [axis for axis, long in enumerate(shape) if long == want]
        if asked is None or not axes:
            continue
        for axis in axes:
            was = span.text[asked.start(2) :]
            now = was.replace(asked.group(3), str(axis), 1)
            change = Change(span, f"{asked.group(1)}{now}")
            doubt = _ALIKE if len(axes) > 1 else _READ if _is_read_otherwise(operation, asked.group(1)) else ""
            yield Candidate(f"{was} -> {now}", (change,), (), 0.1, doubt, cause="size_of_another_axis")
        return


def _is_read_otherwise(operation: Operation, base: str) -> bool:
    """Whether a round takes, by the number that it stores at, what lies along another axis: ``out[:, t] = f(x[t])``."""
    index = operand(operation, "index")
    node = node_at(index.span) if index is not None and index.span is not None else None
    loop = next(rounds_around(node), None)
    if node is None or loop is None:
        return False
    stored_at = _named_places(node)
    taken = [each for each in walk(loop) if isinstance(each, ast.Subscript) and ast.unparse(each.value) == base]
    read_at = [place for each in taken for place in _named_places(each.slice)]
    return any(name == other and at != axis for name, at in stored_at for other, axis in read_at)


def _named_places(index: ast.expr) -> list[tuple[str, int]]:
    """The names in an index, each with the axis that it is for."""
    return [(each.id, axis) for axis, each in enumerate(items_of(index)) if isinstance(each, ast.Name)]


def _of_layer(evidence: Evidence, have: int, want: int) -> Iterator[Candidate]:
    """Another name for the width of the one layer that gives what is stored, where that name is the buffer's size."""
    givers = [
        span
        for source in user_sources(evidence)
        for told in layers_told(evidence, source)
        if told.gives == want and GIVEN.get(last_name(told.call.func)) == GIVEN["Linear"]
        if (span := told.given) is not None
    ]
    for given in givers if len(givers) == 1 else ():
        for span in spans_of(evidence, given, parts=True):
            for name in names_of_size(evidence, span, have):
                doubt = "" if are_counted(evidence, have) else _BUFFER
                yield Candidate(f"{span.text} -> {name}", (Change(span, name),), (), 0.2, doubt)
                return
