"""Reads a view by a written width whose rows are no samples, since the maps in front of it have another width."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, operand
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.reckoning import reckoned_number
from shapecheck.reading.recurrent.whole_states import flat_states
from shapecheck.reading.sources import Source, user_sources


@dataclass(frozen=True, slots=True)
class FoldedRows:
    """A view whose rows are parts of samples, or more than one.

    Args:
        places: Where the width is written for the view and for the Linear behind it; one place if they share it.
        width: What is written.
        right: What a sample has.
        rows: How many rows came out of it.
        samples: How many samples there are.
    """

    places: tuple[Span, ...]
    width: int
    right: int
    rows: int
    samples: int


def folded_rows(evidence: Evidence) -> FoldedRows | None:
    """The one ``x.view(-1, width)`` of a script in front of a Linear, where a loss has other rows than targets.

    A view loses no numbers: so many rows of that width are so many samples of another one.
    """
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    given, target = (operand(operation, each) for each in ("input", "target")) if operation else (None, None)
    rows, samples = (sizes_of(each)[:1] if each is not None else () for each in (given, target))
    if not rows or not samples or 0 in (rows[0], samples[0]) or rows == samples:
        return None
    if target is not None and prod(sizes_of(target)[:2]) == rows[0]:
        # A target for each of its rows: they are the steps of the samples, not parts of them.
        return None
    if not _has_maps(evidence, samples[0]):
        return None
    views = [(source, call) for source in user_sources(evidence) for call in _views(source)]
    if len(views) != 1:
        return None
    source, view = views[0]
    if view in list(flat_states(source)):
        # The layers of a state lie in front of its samples: rows of several of them would hold several samples.
        return None
    width = reckoned_number(evidence, source, view.args[1])
    if width is None or width * rows[0] % samples[0] or width == rows[0]:
        return None
    layers = [each for each in _in_features(source) if reckoned_number(evidence, source, each) == width]
    if not layers:
        return None
    written = (_written(evidence, source.span(each)) for each in (view.args[1], *layers))
    return FoldedRows(tuple(dict.fromkeys(written)), width, width * rows[0] // samples[0], rows[0], samples[0])


def _has_maps(evidence: Evidence, samples: int) -> bool:
    """Whether something with more axes than rows have, such as the images, has so many samples as there are targets."""
    held = [value.record for frame in evidence.frames for value in frame.names.values() if value.kind == "tensor"]
    return any(each is not None and len(each.shape) > 2 and each.shape[0] == samples for each in held)


def _views(source: Source) -> Iterator[ast.Call]:
    for call in source.calls("view", "reshape"):
        if isinstance(call.func, ast.Attribute) and len(call.args) == 2 and ast.unparse(call.args[0]) == "-1":
            yield call


def _in_features(source: Source) -> Iterator[ast.expr]:
    for call in source.calls("Linear"):
        given = told_for(source.span(call), "in_features")
        node = source.node_at(given) if given is not None else None
        if node is not None:
            yield node


def _written(evidence: Evidence, span: Span) -> Span:
    """Where a width is written: as it stands, or where the name that it goes by got it."""
    behind = spans_of(evidence, span)
    return next((each for each in behind if isinstance(expression(each.text), ast.Constant | ast.BinOp)), span)
