"""A state of which the script kept some layers only, where the layer that takes it has as many as the one that gave."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.recurrent.state_givers import layers_given
from shapecheck.reading.sources import last_name, walk

CUT = "the other layers of the state are cut off on the way, and may be what is missing"


def uncut(evidence: Evidence, item: Argument, layers: int, *, cost: float) -> Iterator[Candidate]:
    """The state with all its layers: without the ``[-1:]`` that it went through on its way.

    Args:
        evidence: The problem.
        item: The state.
        layers: How many rows the layer takes.
        cost: What it costs.
    """
    for way in spans_of(evidence, item.span):
        cuts = [
            (span, base) for span, base in _cuts(way) if layers in (layers_given(evidence, base), _rows(evidence, base))
        ]
        # Several parts of one state are its directions or its layers side by side, none of which is missing.
        parts = {base.text: {span.text for span, other in cuts if other.text == base.text} for _, base in cuts}
        cuts = [(span, base) for span, base in cuts if len(parts[base.text]) == 1]
        if cuts:
            names = " and ".join(dict.fromkeys(base.text for _, base in cuts))
            yield Candidate(f"all layers of {names}", tuple(Change(span, base.text) for span, base in cuts), (), cost)
            return


def is_cut(evidence: Evidence, item: Argument) -> bool:
    """Whether layers of a state were cut off on its way."""
    return any(True for way in spans_of(evidence, item.span) for _ in _cuts(way))


def _cuts(way: Span) -> Iterator[tuple[Span, Span]]:
    """The pieces of source in which some items of the first axis are kept, and what they are items of."""
    tree = expression(way.text)
    for node in walk(tree):
        base = _kept_with_axis(node)
        if isinstance(base, ast.Name | ast.Attribute):
            yield piece(way, node), piece(way, base)


def _kept_with_axis(node: ast.AST) -> ast.expr | None:
    """What ``state[-1:]``, ``state[-1].unsqueeze(0)`` or ``state[-1][None]`` keeps a part of."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        bounds = [node.slice.lower, node.slice.upper]
        is_cut = any(bounds) and all(each is None or whole_number(each) is not None for each in bounds)
        return node.value if is_cut and node.slice.step is None else None
    inner: ast.expr | None = None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value is None:
        inner = node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and last_name(node.func) == "unsqueeze":
        inner = node.func.value if [whole_number(each) for each in node.args] == [0] else None
    taken = isinstance(inner, ast.Subscript) and whole_number(inner.slice) is not None
    return inner.value if taken and isinstance(inner, ast.Subscript) else None


def _rows(evidence: Evidence, base: Span) -> int | None:
    """The size of the first axis of a name, as the frame holds it that it or what it was handed from belongs to."""
    texts = dict.fromkeys((base.text, *(each.span.text for each in trace(evidence, base, parts=True))))
    for text in texts:
        for frame in reversed(evidence.frames):
            held = frame.names.get(text) if frame.is_user else None
            if held is not None and held.kind == "tensor" and held.record is not None and held.record.shape:
                return held.record.shape[0]
    return None
