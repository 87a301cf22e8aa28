"""How a size is best written at a place of the script: by a tensor or a number that is there, or by the layer."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Argument, Evidence, Operation, Span, Value
from shapecheck.reading.assignments import names_outside
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import Shape, maker
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import given_for
from shapecheck.reading.running import frame_of
from shapecheck.reading.sources import (
    Source,
    class_around,
    function_around,
    function_of_line,
    names_in,
    parameters,
    source_of,
    walk,
)


def size_texts(evidence: Evidence, place: Span, size: int, *, like: Shape = ()) -> Iterator[str]:
    """Ways to write a size at a place, the safest first.

    Of a function that is not running any more only the tensors are known that a running one gives it by their names.

    Args:
        evidence: The problem; what its frames hold is what the place can read.
        place: Where the text will stand.
        size: What it must be.
        like: The shape of the tensor whose size it is, where that is known: one of this shape may be this one.
    """
    source = source_of(place.file)
    if source is None:
        return
    function = function_of_line(source, place.line)
    frame = frame_of(evidence, source, function)
    given = parameters(function) if function is not None else []
    anew = _assigned_before(function or source.tree, place.line)
    if frame is None:
        values = {name: held for name, held in _handed_in(evidence, source, function) if name not in anew}
    else:
        values = {name: held for name, held in frame.names.items() if name in {*given, *anew}}
    tensors, numbers = [], []
    for name, held in values.items():
        if held.kind == "tensor" and held.record is not None and size in held.record.shape:
            # Where several axes have the size, the first is the likeliest, and none of them is sure.
            rank = (held.record.shape != like, held.record.shape.count(size) > 1, name not in given)
            tensors.append((rank, f"{name}.size({held.record.shape.index(size)})"))
        elif held.kind == "number" and held.text == str(size):
            numbers.append(name)
    # What a function was given is there in every call; what it has made may be of another round.
    yield from (text for _, text in sorted(tensors, key=lambda each: each[0]))
    yield from numbers


def samples_given(evidence: Evidence, place: Span) -> Iterator[tuple[str, int]]:
    """How to ask what the running function at a place was given for its samples, ``x.size(0)``, and how many these are.

    Args:
        evidence: The problem.
        place: Where the text will stand, at the line that failed.
    """
    source = source_of(place.file)
    if source is None:
        return
    function = function_of_line(source, place.line)
    frame = frame_of(evidence, source, function)
    for name in parameters(function) if function is not None else ():
        held = frame.names.get(name) if frame is not None else None
        if held is not None and held.record is not None and held.record.shape:
            yield f"{name}.size(0)", held.record.shape[0]


def asked(item: Argument, axis: int) -> str:
    """How to ask an operand for one of its sizes, ``x.size(0)``; the number where the operand has no name."""
    sizes = sizes_of(item)
    return f"{item.expression}.size({axis})" if item.expression.isidentifier() else str(sizes[axis])


def size_of_layer(operation: Operation, place: Span, name: str) -> str:
    """``self.rnn.num_layers``, where the place is a method of the class that holds the layer; else nothing."""
    source, span = source_of(place.file), operation.span
    if source is None or span is None or span.file != place.file or not operation.callee.startswith("self."):
        return ""
    if not operation.callee.replace(".", "").isidentifier():
        return ""
    function, making = (function_of_line(source, each.line) for each in (place, span))
    here, there = class_around(function), class_around(making)
    lines = [each.lineno for each in _assigned(function, operation.callee)]
    if lines and min(lines) >= place.line:
        # The layer is not there yet.
        return ""
    is_method = function is not None and parameters(function)[:1] == ["self"]
    return f"{operation.callee}.{name}" if here is not None and here is there and is_method else ""


def _assigned(function: ast.FunctionDef | None, name: str) -> list[ast.Assign]:
    """The statements of a function that set something."""
    each = walk(function)
    found = [node for node in each if isinstance(node, ast.Assign)]
    return [
        node
        for node in found
        if any(ast.unparse(part) == name for target in node.targets for part in getattr(target, "elts", [target]))
    ]


def told_to_layer(evidence: Evidence, operation: Operation, name: str) -> str:
    """What the constructor of a layer was told for one of its sizes, where all that it names can be read anywhere.

    Args:
        evidence: The problem.
        operation: The call of the layer.
        name: The size: ``"hidden_size"``.
    """
    origin = maker(evidence, operation)
    told = told_for(origin, name)
    source, node = (source_of(told.file), expression(told.text)) if told is not None else (None, None)
    if told is None or source is None or node is None:
        return ""
    names = names_in(node)
    return told.text if names and names <= names_outside(source) else ""


def _handed_in(evidence: Evidence, source: Source, function: ast.FunctionDef | None) -> Iterator[tuple[str, Value]]:
    """The tensors that the running functions of a file give to another one, by the names of its parameters."""
    if function is None:
        return
    owner = class_around(function)
    for call in source.calls(function.name):
        if ast.unparse(call.func).startswith("self.") and class_around(call) is not owner:
            # A method of that name of another class.
            continue
        around = function_around(call)
        frame = frame_of(evidence, source, around)
        names = frame.names if frame is not None else {}
        for name in parameters(function):
            given = given_for(call, function, name)
            held = names.get(given.id) if isinstance(given, ast.Name) else None
            if held is not None and held.kind == "tensor":
                yield name, held


def _assigned_before(root: ast.AST, line: int) -> set[str]:
    """Names that are bound above a line."""
    return {
        node.id
        for node in walk(root)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.lineno < line
    }
