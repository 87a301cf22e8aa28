"""A squeeze that names no axis and so drops that of the features, where there is one: as many rows of one number."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.applied import applied_to, told_to
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import RECURRENT, failed, kind, number, operand, says
from shapecheck.reading.layers.layer_arguments import READ_LAST
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import last_name, source_of, walk
from shapecheck.reading.ways_back import spans_behind

CAUSE = "axis_of_one_squeezed"
_COST = -0.02
# The axes of a table with one number a row.
_ROWS = 2
_BATCH = "the axis of the samples may have been dropped as well, and the squeeze be what is too much"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.stack(actions).reshape(-1, 1)`` for ``torch.squeeze(torch.stack(actions))``."""
    operation = failed(evidence)
    item = operand(operation, "value", "input") if operation is not None else None
    if operation is None or item is None or item.span is None or len(sizes_of(item)) != 1:
        return []
    if sizes_of(item)[0] == 1 or not _wants_one(evidence, operation):
        return []
    for span in spans_behind(evidence, item.span):
        found = list(_squeezed(evidence, operation, span))
        if found:
            return found[:1]
    return []


def _wants_one(evidence: Evidence, operation: Operation) -> bool:
    """Whether rows of one number are wanted: by a distribution of such events, or by a layer of that width."""
    if says(evidence, r"event_shape: \S+ vs torch\.Size\(\[1\]\)") is not None:
        return True
    return number(operation, READ_LAST.get(kind(operation), "")) == 1


def _squeezed(evidence: Evidence, operation: Operation, span: Span) -> Iterator[Candidate]:
    source = source_of(span.file)
    node = source.node_at(span) if source is not None else None
    for each in walk(node) if source is not None and node is not None else ():
        if source is None or not isinstance(each, ast.Call) or last_name(each.func) != "squeeze" or each.keywords:
            continue
        base = applied_to(each)
        if base is not None and not told_to(each):
            # Of two axes the samples are left; of more, a layer over steps wants the one that was dropped beside them.
            is_row = len(sizes_of(evidence.held.get(ast.unparse(base)))) == _ROWS
            doubt = "" if is_row or not operation.name.endswith(RECURRENT) else _BATCH
            text = f"{bracketed(source.span(base).text)}.reshape(-1, 1)"
            yield Candidate(text, (Change(source.span(each), text),), (), _COST, doubt)
