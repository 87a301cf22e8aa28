"""Pictures without colors among pictures with them: spread over the channels that the others have."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Value
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.edits import bracketed, call_of, piece, suffixed
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.sources import Source, function_around, last_name, user_sources, walk
from shapecheck.reading.turned_before import axis_made
from shapecheck.reading.vocabulary import TENSORS

# The channels of a picture in colour, and of one that can be seen through besides.
_COLORS, _WITH_ALPHA = 3, 4


def candidates(evidence: Evidence) -> list[Candidate]:
    """The odd picture made like the others."""
    return [*_turned(evidence), *_put_together(evidence)]


def are_channels(values: Sequence[Value]) -> bool:
    """Whether the values of one field are pictures that differ in their channels alone."""
    shapes = {value.record.shape for value in values if value.record is not None}
    counts = {sizes[0] for sizes in shapes if len(sizes) == 3}
    alike = len({sizes[1:] for sizes in shapes}) == 1 and all(len(sizes) == 3 for sizes in shapes)
    return alike and len(counts) > 1 and counts <= {1, _COLORS, _WITH_ALPHA}


def _turned(evidence: Evidence) -> Iterator[Candidate]:
    """``picture.permute(2, 0, 1)`` of a sample that has no third axis, where others have it."""
    operation = failed(evidence, "permute", "transpose")
    call = call_of(operation.span) if operation is not None and operation.span is not None else None
    if operation is None or operation.span is None or call is None or not isinstance(call.func, ast.Attribute):
        return
    of, item = call.func.value, operand(operation, "self", "input")
    if isinstance(of, ast.Call) and last_name(of.func) in (*TENSORS, "from_numpy") and len(of.args) == 1:
        of, item = of.args[0], None
    base = piece(operation.span, of)
    # An array is no operand of torch's: what its name holds tells its axes.
    held = evidence.held.get(base.text)
    value = item.value if item is not None else held
    if value is None or value.record is None:
        return
    order, count = _written(call), len(value.record.shape)
    if order != [count, *range(count)]:
        return
    is_sample = any(frame.is_user and frame.function == "__getitem__" for frame in evidence.frames)
    if not is_sample or not isinstance(of, ast.Name | ast.Attribute) or _channels(evidence) != _COLORS:
        return
    whole = ", ".join(["-1"] * count)
    if value.kind == "array":
        text = f"({base.text} if {base.text}.ndim == {count + 1} else {base.text}[..., None].repeat({_COLORS}, -1))"
    else:
        spread = f"{base.text}.unsqueeze(-1).expand({whole}, {_COLORS})"
        text = f"({base.text} if {base.text}.dim() == {count + 1} else {spread})"
    yield Candidate(text, (Change(base, text),), (), 0.1)


def _written(call: ast.Call) -> list[int]:
    given = call.args[0].elts if len(call.args) == 1 and isinstance(call.args[0], ast.Tuple | ast.List) else call.args
    found = [each.value for each in given if isinstance(each, ast.Constant) and type(each.value) is int]
    return found if len(found) == len(given) else []


def _put_together(evidence: Evidence) -> Iterator[Candidate]:
    """Samples of one channel beside samples of three, where a loader puts them together."""
    fetched = (frame.names.get("data") for frame in evidence.frames if frame.function == "fetch")
    items = next((held.items for held in fetched if held is not None), ())
    fields = [item.items if item.kind in ("tuple", "dict") else (item,) for item in items]
    for at, values in enumerate(zip(*fields, strict=False)):
        if not are_channels(values) or _channels(evidence) != _COLORS:
            continue
        counts = {value.record.shape[0] for value in values if value.record is not None}
        is_array = values[0].kind == "array"
        cut = f"[:{_COLORS}]" if _WITH_ALPHA in counts else ""
        spread = f".repeat({_COLORS} // len({{0}}), 0)" if is_array else f".expand({_COLORS}, -1, -1)"
        given = list(_given(evidence, at, len(fields[0]) if items[0].kind != "tensor" else 0))
        if len(given) == 1 and not (is_array and cut):
            source, node = given[0]
            made = _with_axis(source, node) if not cut and not is_array else None
            if made is not None:
                # Only pictures without an axis of channels come there.
                change = suffixed(source.span(made), spread)
                yield Candidate(f"{ast.unparse(node)} = {change.text}", (change,), (), 0.03)
            base = source.span(node)
            text = f"{bracketed(base.text)}{cut}{spread.format(base.text) if 1 in counts else ''}"
            yield Candidate(text, (Change(base, text),), (), 0.05)


def _with_axis(source: Source, node: ast.expr) -> ast.expr | None:
    """Where a picture is given an axis of channels, if it is given one on some ways to a place, and at one place."""
    home = function_around(node)
    if not isinstance(node, ast.Name) or home is None:
        return None
    wanted = (node.id, "unsqueeze", 0)
    exprs = (each for each in walk(home) if isinstance(each, ast.Call | ast.Subscript))
    found = [each for each in exprs if axis_made(source.span(each).text) == wanted]
    return found[0] if len(found) == 1 and _is_on_one_way(found[0], node.id) else None


def _is_on_one_way(made: ast.expr, name: str) -> bool:
    """Whether an expression is given to a name in a branch, or as one of the two ways of a conditional expression."""
    up = getattr(made, "parent", None)
    is_way = isinstance(up, ast.IfExp) and made is not up.test
    home = getattr(up, "parent", None) if is_way else up
    is_given = isinstance(home, ast.Assign) and [last_name(each) for each in home.targets] == [name]
    return is_given and (is_way or isinstance(getattr(home, "parent", None), ast.If))


def _given(evidence: Evidence, at: int, count: int) -> Iterator[tuple[Source, ast.expr]]:
    """The expressions that data sets return for one field of their samples."""
    for source in user_sources(evidence):
        getters = [each for each in source.functions if each.name == "__getitem__"]
        for value in (each for function in getters for each in values_returned(function)):
            parts = getattr(value, "elts", getattr(value, "values", None))
            if isinstance(value, ast.Tuple | ast.Dict) and parts and len(parts) == count:
                yield source, parts[at]
            elif count == 0:
                yield source, value


def _channels(evidence: Evidence) -> int:
    """How many channels the script's first convolution over pictures wants; 0 where it has none or does not tell."""
    for source in user_sources(evidence):
        for call in sorted(source.calls("Conv2d"), key=lambda each: each.lineno):
            given = told_for(source.span(call), "in_channels")
            number = worked_out(evidence, given) if given is not None else None
            if last_name(call.func) == "Conv2d" and type(number) is int:
                return number
    return 0
