"""A layer behind a recurrent one was made for twice its width in so many words: both directions were meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import as_whole, with_keyword
from shapecheck.reading.failing import RECURRENT, failed, kind, maker, number, operand, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.layers.one_way_layers import one_way_layers
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import class_around, node_at, source_of, unused_names
from shapecheck.remedies.recurrent_states.directions_side_by_side import is_of_both

CAUSE = "both_directions_forgotten"
_OR_JOINED = "something else that the class makes may be missing beside what the layer gives"
# What puts something beside what a recurrent layer gives, or makes something that may be.
_JOINS = re.compile(r"\b(cat|concat|concatenate|hstack|bmm|matmul|einsum|softmax|MultiheadAttention)\b|@")


def candidates(evidence: Evidence) -> list[Candidate]:
    """Both directions for the one recurrent layer whose width is written twice where its output is read."""
    operation = failed(evidence, "Linear", *RECURRENT)
    sizes = shape(operation, "input")
    origin = maker(evidence, operation)
    if operation is None or origin is None or not sizes:
        return []
    name = "in_features" if kind(operation) == "Linear" else "input_size"
    given = told_for(origin, name)
    if given is None or number(operation, name) != 2 * sizes[-1]:
        return []
    item = operand(operation, "input")
    if item is not None and is_of_both(evidence, operation, item):
        return []
    spans = spans_of(evidence, given, parts=True)
    frame = evidence.user_frame
    idle = unused_names(frame.span) if frame is not None else set[str]()
    return [way for span in dict.fromkeys(spans) for way in _both(span, idle)]


def _both(span: Span, idle: Collection[str]) -> Iterator[Candidate]:
    """With a doubt where something is joined, or was made and is used nowhere."""
    layers = one_way_layers(span)
    source, owner = source_of(span.file), class_around(node_at(span))
    if len(layers) != 1 or source is None or owner is None:
        return
    change = with_keyword(layers[0], "bidirectional", "True")
    if change is not None:
        text = "".join(source.lines[owner.lineno - 1 : owner.end_lineno])
        # What is taken apart has parts that nobody needs.
        is_made = any(re.search(rf"^ *{name} = ", text, re.MULTILINE) for name in idle)
        doubt = _OR_JOINED if is_made or _JOINS.search(text) else ""
        yield Candidate("bidirectional=True", (as_whole(layers[0], change),), (), 0.02, doubt)
