"""Parts that were put one below the other where they belong side by side, as the number of rows tells farther on."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.calls import calls_in
from shapecheck.reading.edits import argument, call_of, expression, piece, with_keyword
from shapecheck.reading.failing import INDEX_LOSSES, RECURRENT, SAME_SHAPE_LOSSES, Shape, failed, kind
from shapecheck.reading.joined.joins import Join, joins
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, both_ways, sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import Source, found_at, is_named, last_name, parents, source_of, walk

_LABELS = "what was joined may be more samples, for which there must be as many labels"
_BUILT_IN = ("zip", "list", "tuple", "range", "enumerate", "reversed", "sorted", "map")
_TOGETHER = (*ELEMENTWISE, *JOINS, "bmm", "stack")


def candidates(evidence: Evidence) -> list[Candidate]:
    """Another axis for a join, where there are as many times too many rows as it has parts."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES, *_TOGETHER)
    found: list[Candidate] = []
    if operation is None:
        return found
    for item, other, times, is_stacked in _too_many(operation):
        if item.span is None:
            continue
        for join in joins(evidence, item.span, also=("vstack", "stack")):
            count = len(join.parts)
            is_stack = last_name(getattr(call_of(join.span), "func", ast.Pass())) == "stack"
            if kind(operation) in INDEX_LOSSES and _is_itself(evidence, item.span, join.span):
                # Side by side they would be other classes.
                continue
            if join.axis == 0 and is_stack is is_stacked and (count == times or (not count and _is_of_many(join))):
                axes = _axes(sizes_of(item), sizes_of(other), times)
                doubt = "" if _is_room(evidence, operation, join, (item, other), times) else _LABELS
                found += (replace(each, doubt=doubt) for each in _side_by_side(join.span, axes))
    return found


def _too_many(operation: Operation) -> Iterator[tuple[Argument, Argument, int, bool]]:
    """An operand that has so many times the rows of the other, or one axis more of this size in front of them."""
    for item, other in both_ways(operation):
        have, want = sizes_of(item), sizes_of(other)
        if have and want and have[0] > want[0] > 1 and have[0] % want[0] == 0:
            yield item, other, have[0] // want[0], False
        is_turned = sorted(have[:2]) == sorted(want[:2]) and have[2:] == want[2:]
        if len(have) > 2 and want and have[1] == want[0] != have[0] and not is_turned:
            # Where the new axis only stands in front of the samples, the parts are stacked behind them.
            yield item, other, have[0], True


def _is_itself(evidence: Evidence, place: Span, call: Span) -> bool:
    """Whether an operand is a join, with methods and indices behind it, and not what a layer made of one."""
    source, node = found_at(call)
    whole: ast.AST | None = node
    for up in parents(node):
        is_method = isinstance(up, ast.Attribute) or (isinstance(up, ast.Call) and up.func is whole)
        if not is_method and not (isinstance(up, ast.Subscript) and up.value is whole):
            break
        whole = up
    if source is None or whole is None:
        return False
    return source.span(whole) in spans_of(evidence, place)


def _is_of_many(join: Join) -> bool:
    """Whether the parts are not written out, but are those of a list that is made elsewhere."""
    call = call_of(join.span)
    given = call.args[0] if call is not None and call.args else None
    if isinstance(given, ast.Call):
        given = given.args[0] if len(given.args) == 1 and last_name(given.func) in ("list", "tuple") else None
    return isinstance(given, ast.Name | ast.Attribute | ast.ListComp | ast.GeneratorExp)


def _is_room(evidence: Evidence, operation: Operation, join: Join, pair: tuple[Argument, Argument], times: int) -> bool:
    """Whether what comes behind takes the parts side by side: else what was joined may be more samples.

    Args:
        evidence: The problem.
        operation: What failed.
        join: Where the parts were put together.
        pair: The operand that has too many rows, and the other one.
        times: How many times too many.
    """
    source, layers = source_of(join.span.file), _layers_of_parts(evidence, join)
    if source is None or not any(layers):
        return False
    have, want = sizes_of(pair[0]), sizes_of(pair[1])
    if len(have) == len(want) and any(have[at] * times == want[at] for at in range(1, len(have))):
        return True
    if kind(operation) in (*INDEX_LOSSES, *SAME_SHAPE_LOSSES):
        # All layers on the way took the width of one part, but for one that takes what it gets at first.
        differ = len(set(layers)) > 1 or any(_is_another_each_time(source, text) for text in layers[0])
        return differ and any(last_name(call.func).startswith("Lazy") for call in calls_in(source.tree))
    wide = {have[-1] * times, have[-1] * times + want[-1]}
    first = [source.span(call.args[0]) for call in source.calls("Linear", *RECURRENT) if call.args]
    return any(worked_out(evidence, each) in wide for each in first)


def _layers_of_parts(evidence: Evidence, join: Join) -> list[frozenset[str]]:
    """What was called for each of the parts, or for all those of a list: layers, no methods and functions."""
    call, source = call_of(join.span), source_of(join.span.file)
    given = call.args[0] if call is not None and call.args else None
    if given is None or source is None:
        return []
    places = list(join.parts)
    if not places:
        place = piece(join.span, given)
        places = [place]
        for node in source.calls("append"):
            base = node.func.value if isinstance(node.func, ast.Attribute) else None
            if base is not None and ast.unparse(base) == place.text:
                places += [source.span(each) for each in node.args]
    found = []
    for part in places:
        spans = spans_of(evidence, part)
        found.append(frozenset(text for span in spans for text in _layers_in(source, span)))
    return found if join.parts else [frozenset().union(*found)]


def _layers_in(source: Source, span: Span) -> Iterator[str]:
    """What an expression calls that is neither a method of a tensor, nor a function, of torch or of the script."""
    functions = {each.name for each in source.functions}
    for node in walk(expression(span.text)):
        if not isinstance(node, ast.Call):
            continue
        is_named = isinstance(node.func, ast.Name | ast.Subscript) and last_name(node.func) not in _BUILT_IN
        text = ast.unparse(node.func)
        if (is_named or text.startswith("self.")) and last_name(node.func) not in functions:
            yield text


def _is_another_each_time(source: Source, text: str) -> bool:
    """Whether a loop goes over the layers: ``for layer in layers``, ``self.layers[i]``."""
    node = expression(text)
    if isinstance(node, ast.Subscript):
        return not isinstance(node.slice, ast.Constant)
    loops = [each.target for each in walk(source.tree) if isinstance(each, ast.For | ast.comprehension)]
    return any(is_named(name, text) for each in loops for name in walk(each))


def _axes(have: Shape, want: Shape, times: int) -> tuple[str, ...]:
    """The axes along which the parts may lie side by side: the one that is as many times too short, if there is one."""
    if len(have) == len(want):
        short = [at for at in range(1, len(have)) if have[at] * times == want[at]]
        if len(short) == 1:
            return (str(short[0]) if len(have) == 2 or short[0] < len(have) - 1 else "-1",)
    return ("1", "-1")


def _side_by_side(call: Span, axes: Sequence[str]) -> Iterator[Candidate]:
    node = call_of(call)
    if node is None:
        return
    name, function = last_name(node.func), piece(call, node.func)
    if name in ("stack", "vstack"):
        home = function.text.removesuffix(name)
        given = piece(call, node.args[0]).text if node.args else ""
        for far, axis in enumerate(axes) if given else ():
            text = f"{home}cat({given}, dim={axis})"
            yield Candidate(text, (Change(call, text),), (), 0.06 + 0.02 * far)
        return
    at = argument(call, "axis", 1) or argument(call, "dim", 1)
    for far, axis in enumerate(axes):
        change = Change(at, axis) if at is not None else with_keyword(call, "dim", axis)
        if change is not None:
            yield Candidate(f"{function.text} along axis {axis}", (change,), (), 0.06 + 0.02 * far)
