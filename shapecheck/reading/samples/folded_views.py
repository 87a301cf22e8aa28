"""Views that folded the batch into the features: ``x.view(1, steps, -1)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import RECURRENT, failed
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, both_ways, sizes_of, written
from shapecheck.reading.sources import last_name


def folded_view(evidence: Evidence) -> Iterator[tuple[Argument, Span, ast.Call, int, int]]:
    """Views that folded the batch into the features: operand, text, call, axis of the written 1, and the batch."""
    yield from _folded_input(evidence)
    for item, other in both_ways(failed(evidence, *JOINS, *ELEMENTWISE, "matmul", "bmm")):
        have, want = sizes_of(item), sizes_of(other)
        if len(have) != len(want):
            continue
        for origin in written(evidence, item):
            node = expression(origin.span.text)
            if not isinstance(node, ast.Call) or last_name(node.func) not in ("view", "reshape"):
                continue
            for axis, part in enumerate(node.args):
                is_one = isinstance(part, ast.Constant) and part.value == 1
                if is_one and axis < len(want) and have[axis] == 1 < want[axis] and have[-1] % want[axis] == 0:
                    yield item, origin.span, node, axis, want[axis]


def _folded_input(evidence: Evidence) -> Iterator[tuple[Argument, Span, ast.Call, int, int]]:
    """The same in front of a recurrent layer, which finds its features too many by the size of the batch."""
    operation = failed(evidence, *RECURRENT)
    item = operation.argument("input") if operation is not None else None
    if operation is None or item is None or len(sizes_of(item)) != 3:
        return
    want, have = operation.config.get("input_size"), sizes_of(item)[-1]
    if not isinstance(want, int) or want < 1 or have <= want or have % want:
        return
    axis = 0 if operation.config.get("batch_first") else 1
    for origin in written(evidence, item):
        node = expression(origin.span.text)
        if not isinstance(node, ast.Call) or last_name(node.func) not in ("view", "reshape") or len(node.args) != 3:
            continue
        part = node.args[axis]
        known = {value.record.shape[:1] for value in evidence.held.values() if value.record is not None}
        if isinstance(part, ast.Constant) and part.value == 1 and (have // want,) in known:
            yield item, origin.span, node, axis, have // want
