"""A layer that normalises: the axis of what it reads, and the width or the channels that it was told."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import bracketed, expression, piece, place_behind
from shapecheck.reading.failing import CONVOLUTIONS, NORMS, Shape, failed, kind, maker, number
from shapecheck.reading.layers.kinds_chosen import is_chosen
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import kind_of, trace
from shapecheck.reading.sizes.joined_widths import width_of_giver
from shapecheck.reading.sources import node_at, source_of
from shapecheck.reading.steps.cuts_windows import COUNTS_STEPS, cuts_windows
from shapecheck.remedies.constructors.arguments import constructor_argument
from shapecheck.remedies.constructors.kinds_renamed import kind_renamed
from shapecheck.remedies.constructors.turned_back import there_alone
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.widths.multiples import given_multiple

_CHOSEN = "the kind of the layer is chosen elsewhere, and another one takes its features second, as they are"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for a layer that normalises and refused its input."""
    operation = failed(evidence, *NORMS, "LayerNorm")
    item = input_of(evidence, operation)
    if operation is None or item is None:
        return []
    ways = _of_last_axes if kind(operation) == "LayerNorm" else _of_channels
    return list(ways(evidence, operation, item, sizes_of(item)))


def _of_last_axes(evidence: Evidence, operation: Operation, item: Argument, sizes: Shape) -> Iterator[Candidate]:
    """Changes for a layer that normalises each row over its last axes."""
    shape = operation.config.get("normalized_shape")
    want = shape[-1] if isinstance(shape, tuple) and shape else shape
    if not sizes or sizes[-1] == want:
        return
    if 3 <= len(sizes) <= 5 and sizes[1] == want and want not in sizes[2:]:
        yield from there_alone(evidence, item, len(sizes))
        doubt = _CHOSEN if is_chosen(evidence, operation) else ""
        if cuts_windows(evidence, told_for(maker(evidence, operation), "normalized_shape")):
            doubt = doubt or COUNTS_STEPS
        yield from (each.doubted(doubt) for each in _there_and_back(evidence, item, len(sizes)))
    if len(sizes) == 3 and want in sizes[:2]:
        axis = sizes.index(want)
        step = Step("transpose", item.role, (axis, 2))
        yield from put_behind(evidence, item, f".transpose({axis}, 2)", [step], cost=0.4)
    text = width_of_giver(evidence, operation, item, "normalized_shape", sizes[-1])
    yield from constructor_argument(evidence, operation, "normalized_shape", sizes[-1], cost=0.3, text=text)


def _of_channels(evidence: Evidence, operation: Operation, item: Argument, sizes: Shape) -> Iterator[Candidate]:
    """Changes for a layer that normalises each channel, which is axis 1."""
    end = kind(operation)[-2:]
    want = number(operation, "num_features") or number(operation, "num_channels")
    if end == "1d" and len(sizes) == 3 and sizes[1] != want and sizes[2] == want:
        if item.span is not None:
            step = Step("transpose", item.role, (1, 2))
            yield from put_behind(evidence, item, ".transpose(1, 2)", [step], cost=0.6)
            yield from _there_and_back(evidence, item)
        return
    if len(sizes) >= 2 and sizes[1] != want:
        axes = {"1d": 1, "2d": 2, "3d": 3}.get(end, len(sizes) - 2)
        name = "num_channels" if kind(operation) == "GroupNorm" else "num_features"
        yield from given_multiple(evidence, operation, name, sizes[1], cost=0.15)
        text = width_of_giver(evidence, operation, item, name, sizes[1])
        yield from constructor_argument(evidence, operation, name, sizes[1], cost=0.2, text=text)
        if len(sizes) == axes + 2 and want in sizes[2:] and not _is_from_convolution(evidence, item):
            order = (0, len(sizes) - 1, *range(1, len(sizes) - 1))
            yield from put_behind(evidence, item, f".permute{order}", [Step("permute", item.role, order)], cost=0.3)
    if end == "2d" and len(sizes) == 3 and sizes[1] == want:
        yield from kind_renamed(evidence, operation, "2d", "1d", cost=0.2)
    if end == "2d" and len(sizes) == 3:
        yield from put_behind(evidence, item, ".unsqueeze(1)", [Step("unsqueeze", item.role, (1,))], cost=0.5)
    if end == "1d" and len(sizes) == 4:
        yield from kind_renamed(evidence, operation, "1d", "2d", cost=0.2)
    if end == "2d" and len(sizes) == 2:
        yield from kind_renamed(evidence, operation, "2d", "1d", cost=0.2)


def _is_from_convolution(evidence: Evidence, item: Argument) -> bool:
    """Whether a layer gave it as it is that gives the channels at axis 1."""
    call = node_at(item.span)
    made = [origin.span for origin in trace(evidence, item.span)[:1]] if isinstance(call, ast.Name) else [item.span]
    nodes = [(span, expression(span.text)) for span in made if span is not None]
    calls = [piece(span, node.func) for span, node in nodes if isinstance(node, ast.Call)]
    return any(kind_of(evidence, each) in CONVOLUTIONS for each in calls)


def _there_and_back(evidence: Evidence, item: Argument, count: int = 3) -> Iterator[Candidate]:
    """The layer's axis to its place for the call, and back: what follows expects the features last."""
    span = evidence.operation.span if evidence.operation else None
    if span is None or item.span is None or evidence.inner is not None:
        return
    source = source_of(span.file)
    if source is None:
        return
    turned = f".transpose(1, {count - 1})"
    at = Change(item.span, f"{bracketed(item.span.text)}{turned}")
    end = place_behind(span)
    step = Step("transpose", item.role, (1, count - 1))
    title = f"{evidence.operation.callee}({at.text}){turned}" if evidence.operation else at.text
    yield Candidate(title, (at, Change(end, turned)), (step,), 0.1)
