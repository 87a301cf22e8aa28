"""Clips that go whole into convolutions of images: each frame a sample, and the frames a clip again behind it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import failed, number, shape, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.samples.first_axes import takes_first
from shapecheck.reading.sources import found_at, function_around, last_name, node_at, statement_of, walk
from shapecheck.reading.turned_before import axis_made
from shapecheck.reading.where_made import made_or_written

_COST = 0.04
_AXES = {"Conv1d": 4, "Conv2d": 5}
_APART = ("view", "reshape", "unflatten")
_OTHER_AXES = "the frames may have been meant as channels, or one of them to be taken"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``cnn(clips.flatten(0, 1))``, with ``.unflatten(0, clips.shape[:2])`` where nothing behind it does that."""
    conv = failed(evidence, *_AXES)
    whole = evidence.operation if evidence.operation is not None and evidence.operation.span is not None else conv
    sizes = shape(conv, "input")
    if conv is None or whole is None or whole.span is None or sizes is None:
        return []
    if len(sizes) == 2:
        return list(_maps_kept(evidence, conv, whole))
    if len(sizes) == _AXES[conv.name[-6:]] - 1:
        return list(_channels_behind(evidence, conv, sizes))
    if len(sizes) != _AXES[conv.name[-6:]]:
        return []
    channels = number(conv, "in_channels")
    if sizes[1] == channels != sizes[2]:
        return list(_slice_by_slice(whole, sizes))
    if sizes[2] != channels or sizes[1] == channels:
        return []
    return [*_without_batch(evidence, whole), *_frame_by_frame(whole, sizes)]


def _maps_kept(evidence: Evidence, conv: Operation, whole: Operation) -> Iterator[Candidate]:
    """All of a frame for its last axis alone, where ``x.view(-1, x.size(-1))`` makes samples of frames."""
    item, axes = next(iter(tensors(whole)), None), _AXES[conv.name[-6:]]
    source, node = found_at(item.span) if item is not None else (None, None)
    if source is None or not isinstance(node, ast.Call) or last_name(node.func) not in ("view", "reshape"):
        return
    last, name = node.args[-1], next((each.id for each in walk(node.func) if isinstance(each, ast.Name)), "")
    held = held_around(evidence, source, node).get(name)
    frames = sizes_of(held)
    if len(node.args) != 2 or ast.unparse(node.args[0]) != "-1" or len(frames) != axes:
        return
    if ast.unparse(last) in (f"{name}.size(-1)", f"{name}.shape[-1]") and frames[2] == number(conv, "in_channels"):
        text = f"*{name}.shape[2:]"
        yield Candidate(f"{ast.unparse(last)} -> {text}", (Change(source.span(last), text),), (), _COST)


def _channels_behind(evidence: Evidence, conv: Operation, sizes: tuple[int, ...]) -> Iterator[Candidate]:
    """Clips of (samples, channels, frames, ...) whose samples were merged with their channels: with their frames."""
    item = next(iter(tensors(conv)), None)
    source, node = found_at(item.span if item is not None else None)
    if source is None or item is None or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    held = held_around(evidence, source, node).get(ast.unparse(node.func.value))
    whole = sizes_of(held)
    channels = number(conv, "in_channels")
    if last_name(node.func) != "flatten" or [ast.unparse(each) for each in node.args] != ["0", "1"]:
        return
    if len(whole) == len(sizes) + 1 and whole[1] == channels != whole[2] == sizes[1]:
        text = f"{bracketed(source.span(node.func.value).text)}.transpose(1, 2).flatten(0, 1)"
        step = Step("stand_in", item.role, (whole[0] * whole[2], channels, *sizes[2:]))
        yield Candidate(text, (Change(source.span(node), text),), (step,), _COST)


def _slice_by_slice(whole: Operation, sizes: tuple[int, ...]) -> Iterator[Candidate]:
    """Volumes that have their channels in front of their slices, where the scores are laid out slice by slice."""
    item = next(iter(tensors(whole)), None)
    if item is None or item.span is None or sizes_of(item)[:3] != sizes[:3]:
        return
    if _rows_told(whole)[1:2] not in ([name] for name in _names_of_size(whole, item.expression, 2)):
        return
    text = f"{bracketed(item.span.text)}.transpose(1, 2).flatten(0, 1)"
    steps = (Step("transpose", item.role, (1, 2)), Step("flatten", item.role, (0, 1)))
    yield Candidate(text, (Change(item.span, text),), steps, _COST)


def _names_of_size(whole: Operation, name: str, axis: int) -> Iterator[str]:
    """How a function asks a tensor for one of its sizes: ``x.size(2)``, or the name that ``x.shape`` gives it."""
    yield from (f"{name}.size({axis})", f"{name}.shape[{axis}]")
    home = function_around(node_at(whole.span))
    for line in walk(home):
        target = line.targets[0] if isinstance(line, ast.Assign) else None
        if isinstance(line, ast.Assign) and ast.unparse(line.value) in (f"{name}.shape", f"{name}.size()"):
            yield from (ast.unparse(each) for each in (target.elts[axis:][:1] if isinstance(target, ast.Tuple) else ()))


def _without_batch(evidence: Evidence, whole: Operation) -> Iterator[Candidate]:
    """Samples that were put into a batch of one once more, of which nobody takes the only item again."""
    item, node = next(iter(tensors(whole)), None), node_at(whole.span)
    if item is None or node is None or sizes_of(item)[:1] != (1,) or takes_first(node) or _are_taken_apart(whole):
        return
    for origin in made_or_written(evidence, item)[:2]:
        found, step = axis_made(origin.span.text), Step("squeeze", item.role, (0,))
        # What another function hands in may be meant for more than this call.
        is_here = function_around(node_at(origin.span)) is function_around(node)
        if found is not None and found[1:] == ("unsqueeze", 0) and is_here:
            yield Candidate(found[0], (Change(origin.span, found[0]),), (step,), _COST - 0.01)
            return


def _frame_by_frame(whole: Operation, sizes: tuple[int, ...]) -> Iterator[Candidate]:
    item = next(iter(tensors(whole)), None)
    if item is None or item.span is None or whole.span is None or sizes_of(item)[:3] != sizes[:3]:
        return
    flat = f"{bracketed(item.span.text)}.flatten(0, 1)"
    step = Step("flatten", item.role, (0, 1))
    if _are_taken_apart(whole):
        yield Candidate(flat, (Change(item.span, flat),), (step,), _COST)
        return
    rows = f"{item.span.text}.shape[:2]" if item.span.text.isidentifier() else f"(-1, {sizes[1]})"
    text = f"{whole.callee}({flat}).unflatten(0, {rows})"
    if len(whole.arguments) == 1 and whole.callee:
        yield Candidate(text, (Change(whole.span, text),), (step,), _COST, _OTHER_AXES)


def _are_taken_apart(whole: Operation) -> bool:
    """Whether what the call gives is laid out as samples and frames where it is read."""
    told = _rows_told(whole)
    return len(told) > 1 and told[0] != "-1"


def _rows_told(whole: Operation) -> list[str]:
    """The sizes that what the call gives is laid out by where it is read first."""
    node = node_at(whole.span)
    statement, home = statement_of(node), function_around(node)
    up = getattr(getattr(node, "parent", None), "parent", None)
    if isinstance(up, ast.Call) and isinstance(up.func, ast.Attribute) and up.func.value is node:
        return [ast.unparse(each) for each in up.args] if up.func.attr in _APART else []
    if home is None or not isinstance(statement, ast.Assign) or statement.value is not node:
        return []
    name = ast.unparse(statement.targets[0])
    reads = [
        call
        for call in walk(home)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and last_name(call.func) in _APART
        if ast.unparse(call.func.value) == name and call.lineno > statement.lineno
    ]
    return [ast.unparse(each) for call in reads[:1] for each in call.args]
