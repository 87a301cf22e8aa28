"""A first state that is learned, with one row where the layer has several: as many as it has, or the one for all."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import bracketed, expression, piece
from shapecheck.reading.failing import RECURRENT, failed, maker, operand, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.recurrent.recurrent_calls import state_roles, state_sizes
from shapecheck.reading.sizes.size_texts import size_of_layer
from shapecheck.reading.sizes.sizes_behind import by_its_name
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import class_around, function_around, last_name, names_in, node_at, source_of, walk


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Parameter(torch.zeros(num_layers, hidden))`` where one row was written for a layer with more.

    Or a row for each direction, by the name that is worked out from what the layer is told of them.
    """
    operation = failed(evidence, *RECURRENT)
    if operation is None:
        return []
    changes, trial = dict[Change, None](), []
    for role in state_roles(operation):
        item, sizes = operand(operation, role), shape(operation, role) or ()
        layers, batch, width = state_sizes(operation, role)
        if item is None or sizes[1:] != (batch, width) or layers <= sizes[0]:
            return []
        if sizes[0] in (1, 2) and (directed := [*_directions(evidence, operation, item, sizes[0])]):
            changes |= dict.fromkeys(directed)
            trial.append(Step("set_size", role, (layers, batch, width)))
            continue
        if sizes[0] != 1:
            return []
        found = [*_rows(evidence, operation, item, layers)]
        spread = [_layers_asked(operation, each, layers) for each in _spread(evidence, item)] if found else []
        # What is spread to one row cannot have more of them itself.
        changes |= dict.fromkeys(spread or found)
        trial.append(Step("set_size", role, (layers, batch, width)))
    title = ", ".join(dict.fromkeys(f"{change.text} rows in place of {change.span.text}" for change in changes))
    return [Candidate(title, tuple(changes), tuple(trial), 0.05)] if changes else []


def _rows(evidence: Evidence, operation: Operation, item: Argument, layers: int) -> Iterator[Change]:
    """The numbers of rows written where the parameters are made that a state is expanded from."""
    for rows, is_told in _written(evidence, operation, item):
        if rows.text == "1":
            yield Change(rows, (_told(evidence, operation) if is_told else "") or str(layers))


def _directions(evidence: Evidence, operation: Operation, item: Argument, rows: int) -> Iterator[Change]:
    """A name for the directions of the layer, times its layers: ``num_layers * num_dir``."""
    origin = maker(evidence, operation)
    layers, both = told_for(origin, "num_layers"), told_for(origin, "bidirectional")
    setting = names_in(expression(both.text)) if both is not None else set()
    if layers is None or not setting or rows != (2 if operation.config.get("bidirectional") else 1):
        return
    for written, is_told in _written(evidence, operation, item):
        named = node_at(by_its_name(evidence, written))
        if is_told and isinstance(named, ast.IfExp) and names_in(named.test) == setting:
            yield Change(written, f"{bracketed(layers.text)} * {bracketed(written.text)}")


def _written(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[tuple[Span, bool]]:
    """Where the rows of a learned state are written, and whether it is in the function that makes the layer."""
    origin = maker(evidence, operation)
    layer = node_at(origin.span) if origin is not None else None
    owner, source = class_around(layer), source_of(origin.span.file) if origin is not None else None
    for node in walk(owner) if owner is not None and source is not None else ():
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call) or source is None:
            continue
        sizes = written_sizes(source.span(node.value)) if last_name(node.value.func) == "Parameter" else None
        if sizes and _begins(evidence, item, ast.unparse(node.targets[0]), len(sizes)):
            yield sizes[0], function_around(node) is function_around(layer)


def _spread(evidence: Evidence, item: Argument) -> Iterator[Span]:
    """The one row that a state is spread to: ``1`` in ``self.first.expand(1, batch, -1)``."""
    for span in _spans(evidence, item):
        for node in walk(expression(span.text)):
            if not isinstance(node, ast.Call) or last_name(node.func) != "expand":
                continue
            given = node.args[0].elts if node.args and isinstance(node.args[0], ast.Tuple) else node.args
            if len(given) == 3 and ast.unparse(given[0]) == "1":
                yield piece(span, given[0])


def _layers_asked(operation: Operation, place: Span, layers: int) -> Change:
    """As many rows as the layer has, asked of it where it can be."""
    asked = size_of_layer(operation, place, "num_layers")
    directions = "2 * " if operation.config.get("bidirectional") else ""
    return Change(place, f"{directions}{asked}" if asked else str(layers))


def _spans(evidence: Evidence, item: Argument) -> list[Span]:
    """Where a state stands, and where it was made."""
    spans = (item.span, *(each.span for each in evidence.origins.get(item.expression, ())))
    return [span for span in spans if span is not None]


def _begins(evidence: Evidence, item: Argument, name: str, count: int) -> bool:
    """Whether a state is made of a parameter with its rows for the layers: by three axes, or the second one put in."""
    nodes = [node for span in _spans(evidence, item) for node in walk(expression(span.text))]
    uses = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute | ast.Call | ast.Subscript)}
    with_samples = {f"{name}.unsqueeze(1)", f"{name}[:, None]", f"{name}[:, None, :]"}
    return name in uses if count == 3 else count == 2 and bool(uses & with_samples)


def _told(evidence: Evidence, operation: Operation) -> str:
    """How the constructor of the layer was told its number of rows."""
    origin = maker(evidence, operation)
    given = told_for(origin, "num_layers")
    if given is None:
        return "2" if operation.config.get("bidirectional") else ""
    return f"2 * {given.text}" if operation.config.get("bidirectional") else given.text
