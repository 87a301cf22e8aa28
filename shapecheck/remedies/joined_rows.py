"""Parts that were put one below the other where they belong side by side, as the number of rows tells farther on."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import argument, call_of, expression, piece, with_keyword
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, Shape, failed, kind, operand
from shapecheck.reading.joins import Join, joins
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, pair, sizes_of
from shapecheck.reading.sources import last_name, parents, source_of, trace

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
                doubt = "" if _is_of_layers(evidence, join) else _LABELS
                axes = _axes(sizes_of(item), sizes_of(other), times)
                found += (replace(each, doubt=doubt) for each in _side_by_side(join.span, axes))
    return found


def _too_many(operation: Operation) -> Iterator[tuple[Argument, Argument, int, bool]]:
    """An operand that has so many times the rows of the other, or one axis more of this size in front of them."""
    left, right = operand(operation, "input"), operand(operation, "target")
    operands = (left, right) if kind(operation) in (*INDEX_LOSSES, *SAME_SHAPE_LOSSES) else pair(operation)
    if operands is None or operands[0] is None or operands[1] is None:
        return
    for item, other in (operands, operands[::-1]):
        assert item is not None
        assert other is not None
        have, want = sizes_of(item), sizes_of(other)
        if have and want and have[0] > want[0] > 1 and have[0] % want[0] == 0:
            yield item, other, have[0] // want[0], False
        if len(have) > 2 and want and have[1] == want[0] != have[0]:
            yield item, other, have[0], True


def _is_itself(evidence: Evidence, place: Span, call: Span) -> bool:
    """Whether an operand is a join, with methods and indices behind it, and not what a layer made of one."""
    source = source_of(call.file)
    node = source.node_at(call) if source is not None else None
    whole: ast.AST | None = node
    for up in parents(node) if node is not None else ():
        is_method = isinstance(up, ast.Attribute) or (isinstance(up, ast.Call) and up.func is whole)
        if not is_method and not (isinstance(up, ast.Subscript) and up.value is whole):
            break
        whole = up
    if source is None or whole is None:
        return False
    return source.span(whole) in (place, *(origin.span for origin in trace(evidence, place)))


def _is_of_many(join: Join) -> bool:
    """Whether the parts are not written out, but are those of a list that is made elsewhere."""
    call = call_of(join.span)
    given = call.args[0] if call is not None and call.args else None
    if isinstance(given, ast.Call):
        given = given.args[0] if len(given.args) == 1 and last_name(given.func) in ("list", "tuple") else None
    return isinstance(given, ast.Name | ast.Attribute | ast.ListComp | ast.GeneratorExp)


def _is_of_layers(evidence: Evidence, join: Join) -> bool:
    """Whether layers, or functions of the script, gave the parts: what comes in as it is may be more samples."""
    call, source = call_of(join.span), source_of(join.span.file)
    given = call.args[0] if call is not None and call.args else None
    if given is None or source is None:
        return False
    place = piece(join.span, given)
    spans = [each for part in (place, *join.parts) for each in (part, *(one.span for one in trace(evidence, part)))]
    for node in source.calls("append"):
        base = node.func.value if isinstance(node.func, ast.Attribute) else None
        is_list = base is not None and ast.unparse(base) == place.text
        filled = [source.span(each) for each in node.args] if is_list else []
        spans += [each for part in filled for each in (part, *(one.span for one in trace(evidence, part)))]
    return any(_calls_own(span) for span in spans)


def _calls_own(span: Span) -> bool:
    """Whether an expression calls something of the script: no method of a tensor, no function of torch."""
    for node in ast.walk(expression(span.text) or ast.Pass()):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Subscript):
            if last_name(node.func) not in _BUILT_IN:
                return True
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("self."):
            return True
    return False


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
