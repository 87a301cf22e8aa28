"""A table of positions that is cut to the number of samples, and runs along them, where the samples stand first."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, pair, sizes_of
from shapecheck.reading.recurrent.exchanged_axes import TURNING, keeps_samples_first
from shapecheck.reading.sizes.asked_sizes import ASKED, Asked
from shapecheck.reading.sources import items_of, last_name, walk
from shapecheck.reading.steps.layouts import batch_stands_first


def cut_by_samples(evidence: Evidence) -> Iterator[Asked]:
    """``x + table[: x.size(0)]``: x (samples, steps, width), and a table (rows, 1, width) that has too few rows for it.

    For the steps they are enough.

    Yields:
        What was asked, what is to be asked, and the shape that the table has then, turned to where the steps stand.
    """
    operands = pair(failed(evidence, *ELEMENTWISE))
    if operands is None or batch_stands_first(evidence) is not True:
        return
    for item, other in (operands, operands[::-1]):
        have, want = sizes_of(item), sizes_of(other)
        node = expression(item.span.text) if item.span is not None else None
        if item.span is None or len(have) != 3 or len(want) != 3 or not isinstance(node, ast.Subscript):
            continue
        parts = items_of(node.slice)
        upper = parts[0].upper if isinstance(parts[0], ast.Slice) and parts[0].lower is None else None
        is_whole = all(isinstance(each, ast.Slice) and each.lower is each.upper for each in parts[1:])
        fits = have[1] == 1 and have[2] == want[2] and 1 < want[1] <= have[0] < want[0]
        if upper is None or not is_whole or not fits:
            continue
        span = piece(item.span, upper)
        asked = ASKED.fullmatch(span.text)
        name = (asked.group(1) or asked.group(4)) if asked is not None else ""
        axis = int(asked.group(2) or asked.group(3) or 0) if asked is not None else 0
        if name == other.expression and axis in (0, -3) and not is_turned(evidence, name):
            text = f"{name}.shape[1]" if ".shape" in span.text else f"{name}.size(1)"
            yield Asked(item, span, text, (1, *want[1:]))


def is_turned(evidence: Evidence, name: str) -> bool:
    """Whether axes were given another order on the way: behind that nobody knows where the samples stand.

    Args:
        evidence: The problem.
        name: What was made on the way.
    """
    nodes = (expression(origin.span.text) for origin in evidence.origins.get(name, ()))
    parts = [part for node in nodes if node is not None for part in walk(node)]
    calls = [each for each in parts if isinstance(each, ast.Call)]
    named = [each for each in parts if isinstance(each, ast.Attribute) and each not in [call.func for call in calls]]
    turning = [each for each in calls if not keeps_samples_first(each)]
    return any(TURNING.fullmatch(last_name(each)) for each in (*named, *(call.func for call in turning)))
