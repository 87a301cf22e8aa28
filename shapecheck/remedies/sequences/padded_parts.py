"""Rows taken out of a padded tensor and padded again, to the longest of them only: padded to what they came from."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Frame
from shapecheck.reading.edits import line_after
from shapecheck.reading.failing import failed, says
from shapecheck.reading.recurrent.batch_first import says_batch_first
from shapecheck.reading.sources import (
    Source,
    function_of_line,
    names_in,
    parents,
    source_of,
    statement_of,
    walk,
    written_as,
)

_SAID = (
    r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)",
    r"Expected size (\d+) but got size (\d+)",
)
# So many names are followed; a value that goes by more is carried round in a loop.
MAX_NAMES = 30
_FUNCTIONS = "torch.nn.functional"


def candidates(evidence: Evidence) -> list[Candidate]:
    """A line behind ``pad_sequence`` that fills its result up to the length of the tensor that the rows came from."""
    told = says(evidence, *_SAID) if failed(evidence) is not None else None
    if told is None:
        return []
    sizes = {int(each) for each in told.groups()}
    found: list[Candidate] = []
    for frame in evidence.frames:
        source = source_of(frame.span.file) if frame.is_user else None
        if source is not None and len(sizes) == 2:
            found += _of_frame(source, frame, min(sizes), max(sizes))
    return found


def _of_frame(source: Source, frame: Frame, short: int, long: int) -> Iterator[Candidate]:
    function = function_of_line(source, frame.span.line) or source.tree
    for call in source.calls("pad_sequence"):
        statement = statement_of(call)
        if not isinstance(statement, ast.Assign) or statement.value is not call or not call.args:
            continue
        target = statement.targets[0]
        if (
            not isinstance(target, ast.Name)
            or statement.lineno >= frame.span.line
            or _around(statement) is not function
        ):
            continue
        held = frame.names.get(target.id)
        axis = 1 if says_batch_first(call) else 0
        if held is None or held.kind != "tensor" or held.record is None or len(held.record.shape) <= axis:
            continue
        shape = held.record.shape
        wanted = next(_came_from(function, frame, call, shape, axis, long), "") if shape[axis] == short else ""
        if not wanted:
            continue
        name = target.id
        behind = "0, 0, " * (len(shape) - 1 - axis)
        filler = next(
            (f", value={ast.unparse(each.value)}" for each in call.keywords if each.arg == "padding_value"), ""
        )
        pad = f"({behind}0, {wanted}.size({axis}) - {name}.size({axis}))"
        text = f"{name} = {_pad_name(source)}({name}, {pad}{filler})"
        yield Candidate(text, (line_after(source.span(statement), text),), (), 0.05)


def _came_from(
    function: ast.AST, frame: Frame, call: ast.Call, shape: tuple[int, ...], axis: int, long: int
) -> Iterator[str]:
    """The tensors behind what is padded that hold the same sequences, with the length that is missed."""
    names, todo = set[str](), names_in(call.args[0])
    while todo and len(names) < MAX_NAMES:
        name = todo.pop()
        names.add(name)
        for node in walk(function):
            if isinstance(node, ast.Assign) and node.lineno < call.lineno and name in names_in(*node.targets):
                todo |= names_in(node.value) - names
    given = _parameters(function)
    for name in sorted(names, key=lambda each: (given.index(each) if each in given else len(given), each)):
        held = frame.names.get(name)
        if held is None or held.kind != "tensor" or held.record is None or len(held.record.shape) < 2:
            continue
        sizes = held.record.shape
        if sizes[axis] == long and sizes[1 - axis] == shape[1 - axis]:
            yield name


def _parameters(function: ast.AST) -> list[str]:
    return [item.arg for item in function.args.args] if isinstance(function, ast.FunctionDef) else []


def _around(node: ast.AST) -> ast.AST:
    return next(up for up in parents(node) if isinstance(up, ast.FunctionDef | ast.Module))


def _pad_name(source: Source) -> str:
    """How the file writes ``torch.nn.functional.pad``."""
    return f"{written_as(source.tree, _FUNCTIONS) or _FUNCTIONS}.pad"
