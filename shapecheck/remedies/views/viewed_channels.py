"""A view that names other channels than the layer behind it takes, where its -1 made more or fewer samples of them."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import told_to
from shapecheck.reading.edits import call_of, expression, piece, whole_number
from shapecheck.reading.failing import CONVOLUTIONS, failed, number, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.samples.swallowed_rest import are_known_rows

CAUSE = "rows_cut_by_view"
_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """The layer asked for its channels: ``y.view(-1, self.up[0].in_channels, 4, 6)``."""
    operation, outer = failed(evidence, *CONVOLUTIONS), evidence.operation
    item = next(iter(tensors(outer)), None) if operation is not None and outer is not None else None
    if operation is None or item is None or item.span is None or not operation.callee:
        return []
    sizes, want = sizes_of(item), number(operation, "in_channels")
    samples, rest = divmod(sizes[0] * sizes[1], want) if len(sizes) > 2 and want else (0, 1)
    if rest or samples == sizes[0] or not are_known_rows(evidence, samples):
        return []
    for span in spans_of(evidence, item.span):
        place = _channels(evidence, span, len(sizes))
        if place is not None:
            text = f"{operation.callee}.in_channels"
            return [Candidate(f"{place.text} -> {text}", (Change(place, text),), (), _COST)]
    return []


def _channels(evidence: Evidence, span: Span, axes: int) -> Span | None:
    """Where the second size of a view stands whose first one is whatever is left."""
    call = call_of(span)
    if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr not in ("view", "reshape"):
        return None
    sizes = [(span, each) for each in told_to(call)]
    if len(sizes) == 1:
        whole = piece(span, sizes[0][1])
        for place in spans_of(evidence, whole):
            node = expression(place.text)
            sizes = [(place, each) for each in node.elts] if isinstance(node, ast.Tuple | ast.List) else sizes
    if len(sizes) != axes or whole_number(sizes[0][1]) != -1:
        return None
    return piece(*sizes[1])
