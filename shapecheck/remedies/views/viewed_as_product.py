"""Maps that rows are viewed as, written with other sides than the product by which the layer in front was made."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import call_of, expression, factors, piece, whole_number
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.sizes_told import asked_sizes
from shapecheck.reading.sources import last_name
from shapecheck.reading.ways_back import spans_behind

_COST = 0.04
_WIDTH = "the layer may be made for other places than was meant, and the sides be written rightly"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``view(-1, 8, 7, 7)`` behind a layer that gives ``8 * 7 * 7`` numbers."""
    operation = failed(evidence, "view", "reshape")
    item = operand(operation, "self", "input")
    if operation is None or item is None or item.span is None or len(sizes_of(item)) != 2:
        return []
    written = [each.span for each in asked_sizes(operation)[1:] if each.span is not None]
    sizes, told = [_number(each) for each in written], _product(evidence, item.span)
    # The channels agree, and both are as many factors: it is the sides that differ.
    if not 3 <= len(sizes) == len(told) or None in (*sizes, *told) or sizes[0] != told[0] or sizes == told:
        return []
    changes = [Change(span, str(new)) for span, old, new in zip(written, sizes, told, strict=True) if old != new]
    title = f"{', '.join(map(str, sizes))} -> {', '.join(map(str, told))}"
    doubt = "" if _doubles_to_maps(evidence, told[1:]) and not _doubles_to_maps(evidence, sizes[1:]) else _WIDTH
    return [Candidate(title, tuple(changes), (), _COST, doubt)]


def _doubles_to_maps(evidence: Evidence, sides: list[int | None]) -> bool:
    """Whether sides that are doubled some times come to those of maps that the running functions hold.

    That is what is done with them behind the view, and what comes out is held against such maps.
    """
    held = [value.record for frame in evidence.frames if frame.is_user for value in frame.names.values()]
    maps = {record.shape[2:] for record in held if record is not None and len(record.shape) == len(sides) + 2}
    return any(all(map(_is_doubled, sides, shape)) for shape in maps)


def _is_doubled(side: int | None, size: int) -> bool:
    times, rest = divmod(size, side) if side else (0, 1)
    return rest == 0 and times > 0 and times & (times - 1) == 0


def _product(evidence: Evidence, span: Span) -> list[int | None]:
    """The factors of the width that the nearest Linear behind an expression was made to give."""
    for place in spans_behind(evidence, span):
        call = call_of(place)
        rows = call.args if call is not None and last_name(call.func) == "Sequential" else [call]
        layers = [each for each in rows if isinstance(each, ast.Call) and last_name(each.func) == "Linear"]
        if layers:
            given = told_for(place if layers[-1] is call else piece(place, layers[-1]), "out_features")
            node = expression(given.text) if given is not None else None
            return [whole_number(each) for each in factors(node)] if node is not None else []
    return []


def _number(span: Span) -> int | None:
    node = expression(span.text)
    return whole_number(node)
