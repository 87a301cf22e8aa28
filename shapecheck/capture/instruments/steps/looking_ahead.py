"""Which convolution reads later steps, and what lets it: a padding behind the steps, or a cut that takes the front."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.capture.instruments.tensors.made import made_at
from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE
from shapecheck.capture.instruments.trials.edits import replaced_text, replaced_texts
from shapecheck.capture.instruments.trials.sighting import call_at, node_at
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVOLUTION_ARGUMENTS
from shapecheck.evidence import Span
from shapecheck.findings import Edit
from shapecheck.reading.applied import given_as

_PLACE_OF_PADDING = 1
_OF_EACH_STEP = ELEMENTWISE | frozenset(["batch_norm", "glu", "chunk"])


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """A convolution that reads later steps.

    Args:
        node: It.
        place: The line that lets it.
        edits: The change to that line, where it can be told.
        title: That change as code, where it is none of a padding.
    """

    node: Node
    place: Span | None
    edits: tuple[Edit, ...] = ()
    title: str = ""


def looking_ahead(step: Step, convolutions: list[Node]) -> Ahead:
    """The first of some convolutions that reads later steps; the first of all where that cannot be told."""
    for node in convolutions:
        pad, behind = _pad_of(step, node), _width(node)
        if pad is not None and _behind(pad) > 0:
            place = made_at(step, pad) or (pad.spot.span if pad.spot is not None else None)
            return Ahead(node, place, _all_in_front(pad))
        if behind > 0 and (cut := _cut_of(step, node)) is not None:
            start, stop = cut
            if start is not None:
                title, edits = _from_the_front(step, convolutions[convolutions.index(node) :])
                return Ahead(node, start.spot.span if start.spot is not None else None, edits, title)
            if stop >= behind:
                continue
        if behind > 0:
            return Ahead(node, made_at(step, node))
    return Ahead(convolutions[0], None)


def _pad_of(step: Step, node: Node) -> Node | None:
    """The padding that a convolution reads."""
    made = step.node(node.parents[0].node)
    return made if made.name == "pad" else None


def _behind(pad: Node) -> int:
    """How many steps a padding adds behind the others."""
    sizes = pad.argument(_PLACE_OF_PADDING, "pad", default=())
    numbers = [size for size in sizes if type(size) is int] if isinstance(sizes, tuple | list) else []
    return numbers[1] if len(numbers) > 1 and len(numbers) == len(sizes) else 0


def _width(node: Node) -> int:
    """How many steps a convolution adds behind the others by itself."""
    given = dict(zip(CONVOLUTION_ARGUMENTS, node.args, strict=False)) | node.kwargs
    padding = given.get("padding", 0)
    if isinstance(padding, str):
        return int(padding == "same")
    size = padding[0] if isinstance(padding, tuple | list) and padding else padding
    return size if isinstance(size, int) else 0


def _cut_of(step: Step, node: Node) -> tuple[Node | None, int] | None:
    """What cuts off the first steps of what a convolution made, or how many of the last ones are cut off."""
    made = {node.ref}
    for other in step.nodes:
        if other.name in _OF_EACH_STEP and other.shapes[0][2:] == node.shapes[0][2:] and made & {*other.parents}:
            # What is made of each step by itself may stand before the cut.
            made |= set(other.outs)
        if other.name != "__getitem__" or other.parents[0] not in made or len(other.args) < 2:
            continue
        parts = other.index_parts
        last = parts[-1] if parts and (len(parts) == len(node.shapes[0]) or parts[0] is Ellipsis) else None
        if not isinstance(last, slice) or isinstance(last.start, Ref) or isinstance(last.stop, Ref):
            continue
        start, stop, _ = last.indices(node.shapes[0][-1])
        return (other if start > 0 else None), node.shapes[0][-1] - stop
    return None


def _from_the_front(step: Step, convolutions: list[Node]) -> tuple[str, tuple[Edit, ...]]:
    """How the first of some convolutions is cut behind, and the edit that does so with all that are cut in front.

    Nothing where one of them is not cut by all that was added: it would still read later steps.
    """
    title, texts = "", dict[ast.expr, str]()
    files: set[str] = set()
    for node in convolutions:
        start, _ = _cut_of(step, node) or (None, 0)
        if start is None or not _width(node):
            continue
        turned = _turned(start) if start.shapes[0][-1] + _width(node) == node.shapes[0][-1] else None
        if turned is None or start.spot is None:
            return "", ()
        files.add(start.spot.code.co_filename)
        texts[turned[0]] = turned[1]
        title = title or turned[2]
    return title, replaced_texts(files.pop(), texts) if len(files) == 1 else ()


def _turned(cut: Node) -> tuple[ast.expr, str, str] | None:
    """The ``a:`` of ``x[..., a:]``, and ``:-a`` that leaves out as many behind; ``:n`` for ``-n:``, and all of it."""
    subscript = node_at(cut, ast.Subscript)
    if not isinstance(subscript, ast.Subscript) or not isinstance(subscript.slice, ast.Tuple):
        return None
    *others, last = subscript.slice.elts
    if not isinstance(last, ast.Slice) or last.lower is None or last.upper or last.step:
        return None
    lower = last.lower
    is_kept = isinstance(lower, ast.UnaryOp) and isinstance(lower.op, ast.USub)
    end = lower.operand if isinstance(lower, ast.UnaryOp) and is_kept else ast.UnaryOp(ast.USub(), lower)
    kept = ast.Slice(None, end)
    return last, ast.unparse(kept), ast.unparse(ast.Subscript(subscript.value, ast.Tuple([*others, kept])))


def _all_in_front(pad: Node) -> tuple[Edit, ...]:
    """The edit of ``F.pad(x, (a, b))`` that puts all of the padding in front."""
    call = call_at(pad)
    if call is None or pad.spot is None:
        return ()
    given = given_as(call, "pad", _PLACE_OF_PADDING)
    if not isinstance(given, ast.Tuple | ast.List) or len(given.elts) != 2:
        return ()
    front, behind = map(ast.unparse, given.elts)
    whole = behind if front == "0" else f"2 * ({front})" if front == behind else f"{front} + {behind}"
    if all(part.isdigit() for part in (front, behind)):
        whole = str(int(front) + int(behind))
    return replaced_text(pad.spot.code.co_filename, given, f"({whole}, 0)")
