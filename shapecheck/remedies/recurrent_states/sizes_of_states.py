"""Another size for a state that a factory made: ``torch.zeros(layers, batch, hidden)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.applied import size_asked
from shapecheck.reading.edits import bracketed, expression
from shapecheck.reading.failing import Shape, shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.laid_before import is_laid_as_before
from shapecheck.reading.recurrent.layouts_meant import layout_is_meant, layout_is_shown
from shapecheck.reading.running import held_around
from shapecheck.reading.samples.batch_sizes import full_batches
from shapecheck.reading.sizes.size_texts import size_of_layer, size_texts, told_to_layer
from shapecheck.reading.sizes.sizes_behind import by_its_name, sizes_behind
from shapecheck.reading.sources import (
    found_at,
    function_at,
    last_name,
    node_at,
    parameters,
    source_of,
    unread_parameters,
    walk,
)
from shapecheck.reading.steps.layouts import is_turned_for_steps
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.names.handed_size import handed_size
from shapecheck.remedies.names.written_sizes import sizes_changed
from shapecheck.remedies.widths.reckoned import WRITTEN_OVER

# What a change costs more of a number that fitted before, and of one that is written over what was told.
_FITTED, _WRITTEN_OVER = 1.2, 1.0
# What a function was told for the samples and never reads was told for a state before a layout is the wrong one.
_UNREAD = 0.1
_TURNED_ONCE = "the input was turned for the layer, and may have had its steps in front before"
_OTHERWISE = "the state has as many samples as the other axis of the input, which may lie the other way round"


def other_sizes(
    evidence: Evidence,
    operation: Operation,
    item: Argument,
    sizes: tuple[int, ...],
    wanted: tuple[int, int | None, int],
) -> Iterator[Candidate]:
    """Other numbers where the state was made by a factory.

    Args:
        evidence: The problem.
        operation: The call of the layer.
        item: The state.
        sizes: Its shape.
        wanted: Layers times directions, batch, and width, as the layer wants them; None for a batch that nobody told.
    """
    layers, batch, width = wanted
    like = shape(operation, "input") or ()
    for written in sizes_behind(evidence, item, of_copies=batch is None or sizes[1] == batch):
        if len(written) != 3:
            continue
        new: dict[int, str] = {}
        # A state that has the batch of the input's other axis followed the data: it is the layout that is wrong.
        is_layout = batch is not None and sizes[1] != batch and sizes[1] == _other_axis(operation)
        # Whoever turns the input for a layer knows how it lies there.
        is_turned = is_layout and is_turned_for_steps(evidence, operation)
        far, doubt = 0.3 if is_layout and not layout_is_meant(evidence, operation) else 0.0, ""
        if is_turned and not _is_of_others(evidence, operation, item, batch or 0):
            doubt = _TURNED_ONCE
        if is_layout and not _is_counted_wrongly(evidence, operation, written[1], have=sizes[1], batch=batch or 0):
            doubt = doubt or _OTHERWISE
        steps = [Step("set_size", item.role, (layers, batch or 1, width))]
        if sizes[0] != layers:
            written[0] = by_its_name(evidence, written[0])
            twice = operation.config.get("bidirectional") and layers == 2 * sizes[0]
            text = bracketed(written[0].text)
            new[0] = f"2 * {text}" if twice and not written[0].text.isdecimal() else str(layers)
            if layers == operation.config.get("num_layers"):
                new[0] = size_of_layer(operation, written[0], "num_layers") or new[0]
            if new[0].isdecimal() and (isinstance(node_at(written[0]), ast.IfExp | ast.BinOp) or _is_told(written[0])):
                doubt = doubt or WRITTEN_OVER
        if batch is not None and sizes[1] != batch:
            if len(sizes) == 3 and sizes == (layers, sizes[1], width):
                for each in handed_size(evidence, written[1], batch, tuple(steps), cost=0.05 + far, like=like):
                    more = _FITTED if _has_fitted(evidence, sizes, each) else 0.0
                    yield replace(each, cost=each.cost + more, doubt=each.doubt or doubt)
            unread = _unread(evidence, written[1], batch)
            new[1] = unread or next(size_texts(evidence, written[1], batch, like=like), "") or str(batch)
            far = -_UNREAD if unread else far
        if sizes[2] != width:
            name = "proj_size" if operation.config.get("proj_size") and item.role != "c_0" else "hidden_size"
            of_layer = size_of_layer(operation, written[2], name) or told_to_layer(evidence, operation, name)
            # A number that the function calls as the layer calls it is the layer's.
            is_named = name in size_texts(evidence, written[2], width)
            new[2] = of_layer or (name if is_named else str(width))
        if new:
            found = sizes_changed(written, new, steps, cost=0.15 + far, samples=1)
            is_number = new.get(1, "").isdecimal() and _has_fitted(evidence, sizes, found)
            yield replace(found, cost=found.cost + (_WRITTEN_OVER if is_number else 0.0)).doubted(doubt)
        return


def _is_told(place: Span) -> bool:
    """Whether a size is told to the function that reads it, which others may call as well."""
    function = function_at(place)
    return function is not None and place.text in parameters(function)


def _unread(evidence: Evidence, place: Span, size: int) -> str:
    """The one parameter of the function around a size that has this value, where the function reads it nowhere."""
    source, node = found_at(place)
    held = held_around(evidence, source, node)
    names = [name for name in unread_parameters(place) if name in held]
    fitting = [name for name in names if held[name].kind == "number" and held[name].text == str(size)]
    return fitting[0] if len(fitting) == 1 else ""


def _is_of_others(evidence: Evidence, operation: Operation, state: Argument, batch: int) -> bool:
    """Whether what the running functions hold beside the input has the samples in front, and not those of the state."""
    given = shape(operation, "input") or ()
    held = (sizes_of(each) for frame in evidence.user_frames for each in frame.names.values() if each.kind == "tensor")
    first = {sizes[0] for sizes in held if sizes and sorted(sizes) != sorted(given)}
    return batch in first and sizes_of(state)[1] not in first


def _other_axis(operation: Operation) -> int | None:
    """The size of the input's axis that would be the batch in the other layout."""
    sizes = shape(operation, "input")
    return sizes[1 if operation.config.get("batch_first") else 0] if sizes is not None and len(sizes) == 3 else None


def _has_fitted(evidence: Evidence, sizes: Shape, way: Candidate) -> bool:
    """Whether the layer took a state of these sizes before, made of the number that a change would replace.

    What a model is made with, or a name is given, is right for the batches before: it is the state that must follow the
    batch. A number that a function is called with may be another one in each call.
    """
    place = way.changes[0].span
    source, call = source_of(place.file), getattr(node_at(place), "parent", None)
    nodes = walk(source.tree) if source is not None else ()
    functions = {each.name for each in nodes if isinstance(each, ast.FunctionDef)}
    if isinstance(call, ast.Call) and last_name(call.func) in functions:
        return False
    return any(each.role == "h_0" and each.shape == sizes for call in evidence.earlier for each in call.inputs)


def _is_counted_wrongly(evidence: Evidence, operation: Operation, place: Span, *, have: int, batch: int) -> bool:
    """Whether a state of as many samples as the input has steps was counted by the steps, or is of a full batch.

    Of anything else it may be the state that is right, and the input that lies the other way round.

    Args:
        evidence: The problem.
        operation: The call of the recurrent layer.
        place: Where the samples of the state are counted.
        have: How many there are.
        batch: How many the layer takes the input for.
    """
    if (
        is_laid_as_before(evidence)
        or layout_is_shown(evidence, operation)
        or (batch < have and have in full_batches(evidence))
    ):
        return True
    given, held = (shape(operation, "input") or ())[:2], [frame.names for frame in evidence.user_frames]
    nodes = [expression(each.text) for each in spans_behind(evidence, place)]
    asked = {ast.unparse(size[0]) for node in nodes for each in walk(node) if (size := size_asked(each)) is not None}
    return any(sizes_of(names.get(text))[:2] == given for names in held for text in asked)
