"""A state that was made for other layers or directions than its layer has, where it is the layer that forgot them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Origin, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.definitions import method_of
from shapecheck.reading.edits import argument, expression, piece, with_keyword
from shapecheck.reading.failing import maker, shape
from shapecheck.reading.joined.joins import joins
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.recurrent_calls import state_sizes
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import class_around, found_at, function_around, names_in, parameters, source_of, walk
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.moves import setting_of_layer

EITHER = "the layer may have been meant for both directions, or the state for one"


def of_layer(evidence: Evidence, operation: Operation, wrong: list[Argument]) -> Iterator[Candidate]:
    """Another number of layers or directions for a recurrent layer whose states speak for it.

    Args:
        evidence: The problem.
        operation: The layer that refused its states.
        wrong: The states.
    """
    origin, item = maker(evidence, operation), wrong[0]
    sizes, (rows, batch, width) = shape(operation, item.role), state_sizes(operation, item.role)
    if origin is None or sizes is None or len(sizes) != 3 or sizes[2] != width or batch not in (None, sizes[1]):
        return
    written = _rows_written(evidence, item)
    if sizes[0] == rows or written is None:
        return
    one, both = _readers(evidence, origin, width)
    if operation.config.get("bidirectional"):
        if one and not both and 2 * sizes[0] == rows:
            # It costs more than another state: only where that one alone does not run is it likely.
            yield from setting_of_layer(evidence, operation, "bidirectional", False, cost=0.5)
        return
    named = _layers_named(evidence, operation, origin, written)
    if named:
        change = with_keyword(origin.span, "num_layers", named)
        if change is not None:
            trial = (Step("configure", "", ("num_layers", sizes[0])),)
            yield Candidate(f"num_layers={named}", (change,), trial, 0.05)
    elif sizes[0] == 2 * rows and (both or _counts_directions(evidence, written, rows)):
        sure = both and not one
        cost = 0.05 if sure else 0.5 if one else 0.16
        for way in setting_of_layer(evidence, operation, "bidirectional", True, cost=cost):
            yield replace(way, doubt="" if sure else EITHER)


def doubt_of_states(evidence: Evidence, operation: Operation, wrong: list[Argument]) -> str:
    """What stands against other states: they are counted by two directions, and nothing reads one direction alone."""
    origin, sizes = maker(evidence, operation), shape(operation, wrong[0].role)
    rows, _, width = state_sizes(operation, wrong[0].role)
    written = _rows_written(evidence, wrong[0]) if origin is not None and sizes is not None else None
    if written is None or origin is None or not sizes or sizes[0] != 2 * rows or operation.config.get("bidirectional"):
        return ""
    one, both = _readers(evidence, origin, width)
    return EITHER if _counts_directions(evidence, written, rows) and (both or not one) else ""


def _counts_directions(evidence: Evidence, written: Span, layers: int) -> bool:
    """Whether the rows of a state are written as twice the layers: ``2 * layers``, ``layers * directions``."""
    node = expression(written.text)
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
        return False
    factors = [worked_out(evidence, piece(written, each)) for each in (node.left, node.right)]
    return factors in ([layers, 2], [2, layers])


def _rows_written(evidence: Evidence, item: Argument) -> Span | None:
    """The first size where the state was made by a factory."""
    for origin in made_or_written(evidence, item):
        written = written_sizes(origin.span, evidence)
        if written is not None and len(written) == 3:
            return written[0]
    return None


def _layers_named(evidence: Evidence, operation: Operation, origin: Origin, written: Span) -> str:
    """The name that the rows of a state are counted by, where a layer that was told no number of layers can read it."""
    given = told_for(origin, "num_layers")
    node = expression(written.text)
    size, rows = shape(operation, "input") or (), worked_out(evidence, written)
    if given is not None or not isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        return ""
    if rows in size or (type(rows) is int and rows < 2):
        # The length of something else, put in the wrong place.
        return ""
    texts = [written.text, *(each.span.text for each in evidence.chains.get(written, ()) if not each.is_whole)]
    texts += [each.span.text for each in evidence.chains.get(written, ()) if each.is_whole]
    return next((text for text in texts if _is_readable(origin.span, text)), "")


def _is_readable(place: Span, text: str) -> bool:
    """Whether a name has its meaning where a layer is made: a parameter there, or an attribute that was set before."""
    source, node = source_of(place.file), expression(text)
    at = source.node_at(place) if source is not None else None
    if at is None or not isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        return False
    function = function_around(at)
    if function is None:
        return False
    if text.startswith("self."):
        return _is_set_before(function, ".".join(text.partition("[")[0].split(".")[:2]), place.line)
    names = names_in(node)
    return names <= set(parameters(function))


def _is_set_before(function: ast.FunctionDef, attribute: str, line: int) -> bool:
    """Whether an attribute is set above a line of a method, or by the constructor before that calls the method."""
    if any(at < line for at in _stores(function, attribute)):
        return True
    constructor = method_of(class_around(function), "__init__")
    if constructor is None or constructor is function:
        return False
    calls = [node for node in walk(constructor) if isinstance(node, ast.Call)]
    asked = [node.lineno for node in calls if ast.unparse(node.func) == f"self.{function.name}"]
    return any(at < min(asked, default=at + 1) for at in _stores(constructor, attribute))


def _stores(function: ast.FunctionDef, attribute: str) -> list[int]:
    """The lines on which a function sets an attribute."""
    found = (each for each in walk(function) if isinstance(each, ast.Attribute))
    return [each.lineno for each in found if isinstance(each.ctx, ast.Store) and ast.unparse(each) == attribute]


def _readers(evidence: Evidence, origin: Origin, width: int) -> tuple[bool, bool]:
    """Whether the class that holds a layer has a Linear for one direction of its width, and one for both."""
    source, at = found_at(origin.span)
    owner = class_around(at)
    found = set()
    for call in walk(owner or (source.tree if source is not None else ast.Module([], []))):
        if source is None or not isinstance(call, ast.Call) or ast.unparse(call.func).rpartition(".")[2] != "Linear":
            continue
        span = source.span(call)
        given = told_for(span, "in_features")
        if given is not None:
            found.add(worked_out(evidence, given))
    return _is_among(found, width), _is_among(found, 2 * width)


def _is_among(found: set[int | bool | None], size: int) -> bool:
    """Whether a size is among the numbers that were worked out."""
    return any(type(each) is int and each == size for each in found)


def joined_otherwise(
    evidence: Evidence, item: Argument, wanted: tuple[int, int, int], *, cost: float
) -> Iterator[Candidate]:
    """Two directions put under each other or behind each other, not side by side: ``torch.cat((h[-2], h[-1]), 0)``.

    Args:
        evidence: The problem.
        item: The state, with half as many numbers, and twice as many samples or layers.
        wanted: How many layers, samples and numbers it must have.
        cost: What it costs.
    """
    layers, samples, width = wanted
    sizes = sizes_of(item)
    if item.span is None or sizes[-1:] != (width // 2,) or width % 2:
        return
    for join in joins(evidence, item.span, only_whole=True):
        if sizes == (2 * layers, samples, width // 2) and join.axis in (0, -3):
            last = 2
        elif sizes[-2:] == (2 * samples, width // 2) and join.axis in (0, 1, -2):
            last = 2 if join.axis == 1 else 1
        else:
            continue
        if len(join.parts) != 2 or join.axis is None:
            continue
        place = argument(join.span, "dim", 1) or argument(join.span, "axis", 1)
        text = str(last if join.axis >= 0 else -1)
        change = Change(place, text) if place is not None else with_keyword(join.span, "dim", "-1")
        if change is not None:
            yield Candidate(f"dim {join.axis} -> {text if place is not None else -1}", (change,), (), cost)
        return
