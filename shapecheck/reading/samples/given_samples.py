"""Tells what a model was given with one axis less than its forward reads, where it has run with all of them before."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.evidence import Argument, Evidence, Frame, Operation, Origin, Span
from shapecheck.reading.edits import expression, index_parts, whole_number
from shapecheck.reading.entries import Entry, entry_of
from shapecheck.reading.failing import Shape, failed, kind, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.samples.entered_before import lacked_since, went_well
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    last_name,
    learns,
    node_at,
    parents,
    statement_of,
    walk,
)
from shapecheck.reading.vocabulary import ARRAYS, TENSORS

_MAKERS = (*TENSORS, *ARRAYS, "from_numpy")


@dataclass(frozen=True, slots=True)
class Given:
    """What a model was called with.

    Args:
        place: Where it stands in the call.
        frame: The frame of the call.
        is_sample: Whether it is known for one sample: the model was trained with one axis more, and what is there
            now is an item of such a tensor, or was made of one list.
    """

    place: Span
    frame: Frame
    is_sample: bool


def given_sample(evidence: Evidence) -> Given | None:
    """What a model was given whose forward counts on just one axis more; None if it is something else."""
    told = lacked_since(evidence)
    if told is not None:
        return Given(told[0].place, told[0].frames[-1], told[1] and not _is_in_training(told[0].place))
    operation = failed(evidence)
    item = _one_axis_less(evidence, operation) if operation is not None else None
    entry = entry_of(evidence, item) if item is not None else None
    if entry is None or evidence.user_frame is None or went_well(evidence, entry):
        return None
    if not entry.model.facts.get("gradients") and not any(_has_gone_back(each) for each in entry.frames):
        is_batch = _is_batch(entry.frames, entry.record.shape)
        return None if is_batch else Given(entry.place, entry.frames[-1], is_sample=False)
    is_one = not _is_in_branch(evidence.user_frame) and _is_one(entry)
    return Given(entry.place, entry.frames[-1], is_one)


def _is_in_training(place: Span) -> bool:
    """Whether the function or the loop around a call goes back, for which one sample alone is seldom meant."""
    around = [up for up in parents(node_at(place)) if isinstance(up, ast.FunctionDef | ast.For | ast.While)]
    return bool(around) and learns(*around)


def _one_axis_less(evidence: Evidence, operation: Operation) -> Argument | None:
    """The operand of an operation that names just one axis more than it has."""
    item = operand(operation, "self", "input", "value", "tensor", "tensors[0]")
    if found := says(evidence, r"subscripts in the equation \((\d+)\) .* dimensions \((\d+)\) for operand (\d+)"):
        return operand(operation, f"shape[{found[3]}]") if int(found[1]) == int(found[2]) + 1 else None
    if item is None or item.span is None:
        return None
    if says(evidence, r"For unbatched 2-D input, hx", r"batch1 must be a 3D tensor"):
        return item if len(sizes_of(item.value)) == 2 else None
    if found := says(evidence, r"input\.dim\(\) = (\d+) is not equal to len\(dims\) = (\d+)"):
        return item if int(found[2]) == int(found[1]) + 1 else None
    if found := says(evidence, r"expected to be in range of \[-\d+, (\d+)\], but got (-?\d+)"):
        last, got = int(found[1]), int(found[2])
        return item if got in (last + 1, -last - 2) else None
    if found := says(evidence, r"Wrong shape: expected (\d+) dims\. Received (\d+)-dim tensor"):
        return item if int(found[1]) == int(found[2]) + 1 else None
    if found := says(evidence, r"not enough values to unpack \(expected (\d+), got (\d+)\)"):
        is_shape = item.value.type == "Size" and kind(operation) == "unpack"
        return item if is_shape and int(found[1]) == int(found[2]) + 1 else None
    index = operand(operation, "index")
    if index is None or kind(operation) != "__getitem__":
        return None
    if item.value.type == "Size":
        return item if index.value.text == str(len(ast.literal_eval(item.value.text))) else None
    parts = index_parts(index.span) if index.span is not None and says(evidence, r"too many indices") else []
    texts = [span.text for _, span in parts if span.text != "None"]
    record = item.value.record
    return item if record is not None and "..." not in texts and len(texts) == len(record.shape) + 1 else None


def _has_gone_back(frame: Frame) -> bool:
    """Whether ``backward()`` was called in what a function has done already, or in a function that this called."""
    source, node = found_at(frame.span)
    here = statement_of(node)
    while source is not None and here is not None:
        up = getattr(here, "parent", None)
        for block in (getattr(up, "body", []), getattr(up, "orelse", [])):
            before = block[: block.index(here)] if here in block else []
            if any(_goes_back(source, each, 2) for each in before):
                return True
        here = up if isinstance(up, ast.stmt) and not isinstance(up, ast.FunctionDef) else None
    return False


def _goes_back(source: Source, statement: ast.stmt, depth: int) -> bool:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return False
    names = {last_name(each.func) for each in walk(statement) if isinstance(each, ast.Call)}
    if "backward" in names:
        return True
    called = [each for each in source.functions if each.name in names]
    return depth > 0 and any(_goes_back(source, line, depth - 1) for each in called for line in each.body)


def _is_in_branch(frame: Frame) -> bool:
    """Whether a condition decides over the line that failed, so that it may never have run before."""
    node = node_at(frame.span)
    home = function_around(node)
    for up in parents(node):
        if up is home:
            return False
        if isinstance(up, ast.If | ast.IfExp | ast.Try | ast.BoolOp):
            return True
    return home is None


def _is_batch(frames: tuple[Frame, ...], sizes: Shape) -> bool:
    """Whether there is something else for each of its rows, such as a label."""
    return any(shape[:1] == sizes[:1] and shape != sizes for shape in _shapes(frames))


def _is_one(entry: Entry) -> bool:
    """Whether a value is one sample of what the frames hold or a data set gives, or was made of one list."""
    sizes, history = entry.record.shape, entry.history
    more = [shape for shape in _shapes(entry.frames) if len(shape) > len(sizes)]
    if any(shape[:1] == sizes[:1] for shape in more if sizes):
        # So many samples there are, as far as can be seen.
        return False
    if not sizes or any(shape[1:] == sizes for shape in more):
        return True
    is_of_loader = any("DataLoader(" in each.span.text for each in history)
    is_of_data = not is_of_loader and any(each.expression.endswith(".__getitem__") for each in history)
    return is_of_data or any(_gives_one(each, sizes, entry.frames) for each in history)


def _shapes(frames: tuple[Frame, ...]) -> list[Shape]:
    held = [value.record for frame in frames for value in frame.names.values()]
    return [record.shape for record in held if record is not None]


def _gives_one(origin: Origin, sizes: Shape, frames: tuple[Frame, ...]) -> bool:
    node = expression(origin.span.text)
    if isinstance(node, ast.Call) and last_name(node.func) in _MAKERS and len(sizes) == 1:
        return True
    if not isinstance(node, ast.Subscript):
        return False
    index, base = (
        [frame.names[text] for frame in frames if text in frame.names]
        for text in (ast.unparse(node.slice), ast.unparse(node.value))
    )
    is_number = whole_number(node.slice) is not None or any(each.kind == "number" for each in index)
    return is_number and not any(each.record for each in base)
