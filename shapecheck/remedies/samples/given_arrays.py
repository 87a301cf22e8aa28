"""Numpy arrays, lists and tuples where tensors are wanted, and tensors that numpy cannot read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span, Value
from shapecheck.reading.edits import call_of, expression, piece, place_before, replaced, suffixed
from shapecheck.reading.failing import (
    CONVOLUTIONS,
    RECURRENT,
    SAME_SHAPE_LOSSES,
    Shape,
    failed,
    kind,
    number,
    says,
    shape,
    tensors,
)
from shapecheck.reading.joined.array_objects import OF_OBJECTS
from shapecheck.reading.joined.collected import are_steps, is_collected
from shapecheck.reading.mismatches import dtype_of
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.tuples_given import labels_stand_in_front
from shapecheck.reading.sources import found_at, home_around, is_named, source_of, statement_of, walk, written_as
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.recurrent_states.tuples_of_callers import WHICH_PART
from shapecheck.remedies.samples.arrays import converted_together

# A loss asks its target for size(), which of an array is a number.
_CALLED_SIZE = r"'int' object is not callable"
_OF_NUMPY = (
    *(r"not aligned", r"input array dimensions", r"broadcast together", r"in its core dim"),
    *(r"too many indices for array", r"out of bounds for axis"),
)
_HAS_GRAPH = r"requires grad.*numpy|detach\(\)\.numpy"
_ALONG = "they may be put together along another axis, one behind the other, or each be given by itself"
_NO_TENSOR_AMONG = r"expected Tensor as element \d+ in argument \d+, but got (list|tuple|numpy\.ndarray)"
_NO_TENSOR = r"must be Tensor|'(list|tuple)' object|not list|got \((list|tuple), "


def candidates(evidence: Evidence) -> list[Candidate]:
    """A tensor made of what was given in its place."""
    operation = failed(evidence)
    return list(_given(evidence, operation)) if operation is not None else []


def _given(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """Numpy arrays and lists where tensors are wanted, and tensors that numpy cannot read."""
    # Of what only a call gives nothing is held.
    call = call_of(operation.span) if operation.span is not None and not operation.arguments else None
    method = call.func if call is not None and says(evidence, _HAS_GRAPH) else None
    if operation.span is not None and isinstance(method, ast.Attribute) and method.attr == "numpy":
        change = suffixed(piece(operation.span, method.value), ".detach()")
        yield Candidate(change.text, (change,), (), 0.0)
    for where in (operation, evidence.operation):
        for item in where.arguments if where is not None else ():
            if item.span is None:
                continue
            if item.value.kind == "array":
                yield from _of_array(evidence, item, item.span)
            elif says(evidence, _NO_TENSOR_AMONG) and (item.value.kind in ("list", "tuple") or _is_comprehension(item)):
                yield from _each_made(evidence, item, item.span)
            elif item.value.kind in ("list", "tuple") and says(evidence, _NO_TENSOR):
                yield from _of_items(evidence, operation, item, item.span)
            elif item.value.kind == "tensor" and says(evidence, _HAS_GRAPH):
                change = suffixed(item.span, ".detach()")
                yield Candidate(change.text, (change,), (), 0.0)


def _is_comprehension(item: Argument) -> bool:
    return item.span is not None and isinstance(expression(item.span.text), ast.ListComp | ast.GeneratorExp)


def _of_array(evidence: Evidence, item: Argument, span: Span) -> Iterator[Candidate]:
    """``torch.from_numpy``, where an array is made, where it is handed on, or where it is used."""
    record = item.value.record
    if record is None or not says(evidence, r"must be Tensor", r"numpy", r"ndarray", r"size\(\)|dim", _CALLED_SIZE):
        return
    if says(evidence, *_OF_NUMPY, OF_OBJECTS):
        # Numpy itself has refused them, and takes them as they are.
        return
    suffix = ".float()" if record.dtype.startswith("float") else ""
    yield from converted_together(evidence, item, cost=0.0)
    for origin in trace(evidence, span):
        if isinstance(expression(origin.span.text), ast.Tuple):
            # All that a function returns, of which this is one.
            continue
        made = f"torch.from_numpy({origin.span.text}){suffix}"
        yield Candidate(f"{origin.expression} = {made}", (replaced(origin.span, made),), (), 0.05)
    for far, origin in enumerate(trace(evidence, span, parts=True)[:3]):
        # An argument, or one of several values: where it was handed on.
        if re.fullmatch(r"[\w.]+(\[[\w:, -]+\])?", origin.span.text):
            made = f"torch.from_numpy({origin.span.text}){suffix}"
            yield Candidate(made, (replaced(origin.span, made),), (), 0.06 + 0.01 * far)
    text = f"torch.from_numpy({span.text})"
    yield Candidate(f"{text}{suffix}", (replaced(span, f"{text}{suffix}"),), (), 0.1)
    yield Candidate(f"{text}{suffix}.float()", (replaced(span, f"{text}.float()"),), (), 0.3)


def _each_made(evidence: Evidence, item: Argument, span: Span) -> Iterator[Candidate]:
    """A tensor of each item, where a list of tensors is wanted and holds lists of numbers, or arrays."""
    kinds = {each.kind for each in item.value.items}
    node = expression(span.text)
    if not kinds and says(evidence, r"but got numpy\.ndarray") and isinstance(node, ast.ListComp | ast.GeneratorExp):
        # Nobody holds the items; each is an array where it is made.
        place = piece(span, node.elt)
        text = f"torch.from_numpy({place.text})"
        yield Candidate(text, (replaced(place, text),), (), 0.05)
    if len(kinds) != 1 or not kinds <= {"list", "tuple", "array"} or any(map(_holds_rows, item.value.items)):
        return
    is_double = any(dtype_of(each) == "float64" for each in item.value.items)
    made = f"torch.from_numpy(each){'.float()' if is_double else ''}" if kinds == {"array"} else "torch.tensor(each)"
    text = f"[{made} for each in {span.text}]"
    yield Candidate(text, (replaced(span, text),), (), 0.05)


def _holds_rows(value: Value) -> bool:
    """Whether a list holds anything but numbers."""
    return any(each.kind != "number" for each in value.items)


def _of_items(evidence: Evidence, operation: Operation, item: Argument, span: Span) -> Iterator[Candidate]:
    """One tensor of all items, or the first of those that a loader put together."""
    if item.value.kind == "list" and _is_put_together(evidence, item):
        step = Step("item", item.role, (0,))
        first = put_behind(evidence, item, "[0]", [step], cost=0.05, prefer="origin")
        yield from ([each.doubted(WHICH_PART) for each in first] if labels_stand_in_front(item.value) else first)
    elif is_collected(evidence, item):
        text, doubt = _joined(operation, item)
        text += _as_column(operation, item)
        if (line := _reckoned_with(span)) is not None:
            made = f"{span.text} = {text}"
            change = Change(place_before(line), f"{made}\n{' ' * line.column}")
            yield Candidate(made, (change,), (), 0.08, doubt)
        yield Candidate(text, (replaced(span, text),), (), 0.1, doubt)


def _reckoned_with(use: Span) -> Span | None:
    """The statement of a name that is compared or reckoned with below it as well: a tensor is wanted there too."""
    source, node = found_at(use)
    line, home = statement_of(node), home_around(node)
    if source is None or line is None or not isinstance(node, ast.Name):
        return None
    others = [each for each in walk(home or source.tree) if is_named(each, node.id) and each is not node]
    below = (each for each in others if each.lineno > (line.end_lineno or line.lineno))
    is_so = any(isinstance(getattr(each, "parent", None), ast.Compare | ast.BinOp) for each in below)
    return source.span(line) if is_so else None


def _is_put_together(evidence: Evidence, item: Argument) -> bool:
    """Whether a list is what a loader puts together of its samples: tensors of other axes, or a single one of many."""
    items = item.value.items
    is_one = len(items) == 1 and items[0].record is not None and len(items[0].record.shape) > 1
    return {each.kind for each in items} == {"tensor"} and (is_one or not is_collected(evidence, item))


def _as_column(operation: Operation, item: Argument) -> str:
    """A number of each sample goes with a column of guesses as one: a loss would compare each with every other."""
    if kind(operation) not in SAME_SHAPE_LOSSES or any(_axes(each) for each in item.value.items):
        return ""
    given = [each.value.record.shape for each in tensors(operation) if each is not item and each.value.record]
    return ".unsqueeze(1)" if any(len(sizes) == 2 and sizes[1] == 1 for sizes in given) else ""


def _axes(value: Value) -> int:
    """How many axes an item has; one of a list of numbers, say, where it is no tensor and no number."""
    return len(value.record.shape) if value.record is not None else int(value.kind != "number")


def _joined(operation: Operation, item: Argument) -> tuple[str, str]:
    """The call that makes one tensor of them, and its doubt; arrays are put together by numpy, which torch asks for."""
    text, first = item.expression, item.value.items[0] if item.value.items else None
    if first is not None and first.kind == "tensor":
        return _of_tensors(operation, item, [each.record.shape for each in item.value.items if each.record is not None])
    source = source_of(item.span.file) if item.span is not None else None
    numpy = written_as(source.tree, "numpy") if source is not None else ""
    if not numpy or first is None or first.kind != "array" or first.record is None:
        return f"torch.tensor({text})", ""
    is_double = first.record.dtype == "float64"
    return f"torch.from_numpy({numpy}.stack({text})){'.float()' if is_double else ''}", ""


def _of_tensors(operation: Operation, item: Argument, shapes: Sequence[Shape]) -> tuple[str, str]:
    """Tensors of one axis are samples; whether those of more are, or steps, or batches, is told by what takes them."""
    text, name, sizes = item.expression, kind(operation), shapes[0] if shapes else ()
    width = number(operation, "in_features") if name == "Linear" else (shape(operation, "weight") or (0,))[-1]
    if name in ("Linear", "linear") and all(shapes) and len(shapes) > 1 and sum(each[-1] for each in shapes) == width:
        return f"torch.cat({text}, dim=-1)", ""
    if len(sizes) < 2:
        return f"torch.stack({text})", ""
    if len(sizes) == 2 and are_steps(item):
        # The samples are first in each, and go on to be first.
        is_first = name in RECURRENT and not operation.config.get("batch_first")
        together = f"torch.stack({text}{'' if is_first else ', dim=1'})"
        return together, "" if name in ("Linear", "linear", *RECURRENT) else _ALONG
    if name in CONVOLUTIONS or (name in RECURRENT and operation.config.get("batch_first")):
        wanted = int(name[-2]) + 2 if name in CONVOLUTIONS else 3
        if len(sizes) < wanted:
            return f"torch.stack({text})", ""
        if name in CONVOLUTIONS and sum(each[1] for each in shapes) == number(operation, "in_channels") != sizes[1]:
            return f"torch.cat({text}, dim=1)", ""
        return f"torch.cat({text})", "" if len({each[1:] for each in shapes}) == 1 else _ALONG
    return f"torch.{'cat' if sizes[0] == 1 else 'stack'}({text})", _ALONG
