"""What was packed is unpacked to the longest sequence of the batch, and goes with a padding that is longer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Evidence, Frame, Span, Value
from shapecheck.reading.assignments import first_name_given
from shapecheck.reading.failing import Shape, failed, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, sizes_of
from shapecheck.reading.recurrent.batch_first import says_batch_first
from shapecheck.reading.sources import Source, function_of_line, names_in, source_of, walk

# Where torch compares the sizes itself, others ask for the longer padding.
_ASKED_THERE = (*ELEMENTWISE, "cross_entropy", "CrossEntropyLoss", "nll_loss", "NLLLoss")


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A call that unpacks, and the tensor whose length it does not give back.

    Args:
        call: ``pad_packed_sequence(out, batch_first=True)``.
        name: What was packed, or what that was made of: ``"tokens"``.
        axis: The axis of both that holds the steps.
        have: How many steps came back.
        want: How many steps there were.
    """

    call: Span
    name: str
    axis: int
    have: int
    want: int


def unpacked_shorter(evidence: Evidence) -> Unpacked | None:
    """Steps that were lost between packing and unpacking, and are missing where the script failed."""
    if evidence.crash is None or failed(evidence, *_ASKED_THERE) is not None:
        return None
    shapes = list(_where_it_failed(evidence))
    for frame in (each for each in reversed(evidence.frames) if each.is_user):
        for found in _in_frame(frame):
            lengths = {each[found.axis] for each in shapes if len(each) > 1}
            if {found.have, found.want} <= lengths:
                return found
    return None


def _where_it_failed(evidence: Evidence) -> Iterator[Shape]:
    """The shapes of what failed: of an operation, or of what a function asked that found something wrong."""
    operation, frame = failed(evidence), evidence.user_frame
    if operation is not None:
        yield from map(sizes_of, tensors(operation))
        return
    source = source_of(frame.span.file) if frame is not None else None
    if frame is None or source is None:
        return
    for name in sorted(names_in(_tested(source, frame.span.line))):
        held = frame.names.get(name)
        if held is not None and held.record is not None:
            yield held.record.shape


def _tested(source: Source, line: int) -> ast.expr | None:
    """What a function asks before it says at a line that what it was given is wrong."""
    for node in walk(source.tree):
        if isinstance(node, ast.Raise | ast.Assert) and node.lineno <= line <= (node.end_lineno or line):
            around = node if isinstance(node, ast.Assert) else getattr(node, "parent", None)
            return around.test if isinstance(around, ast.If | ast.Assert) else None
    return None


def _in_frame(frame: Frame) -> Iterator[Unpacked]:
    """The calls of a running function that gave back less steps than what was packed has."""
    source = source_of(frame.span.file)
    if source is None:
        return
    home = function_of_line(source, frame.span.line)
    around = [each for each in walk(home or source.tree) if isinstance(each, ast.Call)]
    packs = [each for each in around if _is_called(each, "pack_padded_sequence") and each.args]
    for call in (each for each in around if _is_called(each, "pad_packed_sequence")):
        before = [each for each in packs if each.lineno <= call.lineno]
        given = first_name_given(call)
        if not before or not given or any(each.arg in ("total_length", None) for each in call.keywords):
            continue
        name, axis = plain_name(before[-1].args[0]), 1 if says_batch_first(call) else 0
        short, long = (_shape(frame.names.get(each)) for each in (given, name))
        if min(len(short), len(long)) < 2 or short[1 - axis] != long[1 - axis] or short[axis] >= long[axis]:
            continue
        if says_batch_first(before[-1]) == says_batch_first(call):
            yield Unpacked(source.span(call), name, axis, short[axis], long[axis])


def plain_name(node: ast.expr) -> str:
    """The text of a tensor with the same steps: of ``embed(ids)`` that is ``ids``, which costs nothing to ask."""
    while isinstance(node, ast.Call) and node.args and len(node.args) == 1:
        node = node.args[0]
    return ast.unparse(node)


def _is_called(call: ast.Call, name: str) -> bool:
    return ast.unparse(call.func).rpartition(".")[2] == name


def _shape(held: Value | None) -> Shape:
    return held.record.shape if held is not None and held.record is not None and held.kind == "tensor" else ()
