"""Where the last step of all is taken of sequences that end before it, and how their own last steps are taken."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.padded import Padding
from shapecheck.capture.instruments.padding.padding_masks import Remedy
from shapecheck.capture.instruments.steps.end_symbols import ends_with_filler
from shapecheck.capture.instruments.tensors.taken import numbers_taken
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import node_at
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.findings import Edit


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """The last step of all, taken of a tensor.

    Args:
        node: Where.
        batch: The axis of the sequences.
        time: The axis of the steps.
        is_kept: Whether that axis stays there, with the size 1.
    """

    node: Node
    batch: int
    time: int
    is_kept: bool


def last_steps(step: Step, padding: Padding, nodes: list[Node]) -> Iterator[Remedy]:
    """The last step of all with the own last steps in its place, at each place and at all of them together."""
    found = [taken for node in nodes if (taken := _taken(step, padding, node)) is not None]
    if not found or ends_with_filler(step, padding, found[0].node) or _all_end_alike(step, padding):
        return
    for some in [[taken] for taken in found] + [found] * (len(found) > 1):
        first = some[0]
        text = "for all but the longest sequence the last step is padding"
        title = ", ".join("lengths - 1" if at == first.time else _rows(first, at) for at in range(first.time + 1))
        if first.batch > first.time:
            title += ", torch.arange(len(lengths))"
        runs = {taken.node.index: _at_lengths(padding, taken) for taken in some}
        edits = _edits(step, padding, first) if len(some) == 1 else ()
        yield Remedy("last_padded_step", first.node, f"[{title}]", runs, text, edits=edits)


def _rows(taken: _Taken, at: int) -> str:
    return "torch.arange(len(lengths))" if at == taken.batch else ":"


def _taken(step: Step, padding: Padding, node: Node) -> _Taken | None:
    """What a node takes, if that is the last step of tensors with an axis for the sequences and one for the steps."""
    shape = step.tape.shape(node.parents[0]) if node.parents else ()
    sizes = tuple(padding.along_last().shape)
    fits = [time for time in range(len(shape)) if (shape[_beside(time)], shape[time]) == sizes] if shape[1:] else []
    taken = numbers_taken(step, node) if fits and len(shape) < 4 else None
    for time in fits if taken is not None else ():
        numbers, found = taken  # type: ignore[misc]
        for is_kept, last in ((False, numbers.select(time, -1)), (True, numbers.narrow(time, shape[time] - 1, 1))):
            # Where rows are picked by their numbers as well, they come to stand in front.
            if torch.equal(found, last):
                return _Taken(node, _beside(time), time, is_kept)
    return None


def _beside(time: int) -> int:
    return 1 if time == 0 else 0


def _all_end_alike(step: Step, padding: Padding) -> bool:
    """Whether each sequence ends in the very token that fills it up, so that the last one of all says the same."""
    value = step.value(padding.source)
    if value.is_floating_point() or value.shape != padding.hidden.shape:
        return False
    along = value if padding.time == 1 else value.t()
    fillers = along[padding.along_last()]
    ends = along[torch.arange(len(along)), padding.last_steps]
    return bool((ends == fillers[0]).all())


def _at_lengths(padding: Padding, taken: _Taken) -> Run:
    def run(values: Tensor, *_: object, **__: object) -> tuple[Tensor, ...]:
        rows, last = torch.arange(len(padding.lengths)), padding.last_steps
        along = values.movedim((taken.batch, taken.time), (0, 1))
        found = along[rows, last]
        if taken.is_kept:
            found = found.unsqueeze(1).movedim((0, 1), (taken.batch, taken.time))
        # Of what was taken apart only the last part is read.
        return (found,) * len(taken.node.shapes)

    return run


def _edits(step: Step, padding: Padding, taken: _Taken) -> tuple[Edit, ...]:
    """The steps picked by what the function around it was given: a mask of the padding, or the lengths."""
    subscript = node_at(taken.node, ast.Subscript)
    if not isinstance(subscript, ast.Subscript) or taken.node.spot is None or taken.is_kept or taken.batch:
        return ()
    for name, last in _counted(step, padding, taken.node):
        parts = ", ".join([f"torch.arange(len({name}))", *[":"] * (taken.time - 1), last])
        return replaced_text(taken.node.spot.code.co_filename, subscript.slice, parts)
    return ()


def _counted(step: Step, padding: Padding, node: Node) -> Iterator[tuple[str, str]]:
    """What the arguments of the model say of where each sequence ends: a name, and the last step by it."""
    assert node.spot is not None
    code, root = node.spot.code, step.tape.roots[node.root] if node.root >= 0 else None
    names = code.co_varnames[1 : code.co_argcount]
    if root is None or getattr(type(root.module).forward, "__code__", None) is not code:
        return
    if len(names) != len(root.inputs) + len(root.named) or not padding.is_behind:
        return
    shown = ~padding.along_last()
    for name, ref in [*zip(names, root.inputs, strict=False), *root.named.items()]:
        value = step.value_of_input(ref)
        if value is None:
            continue
        if value.shape == shown.shape and are_truths(value):
            whole = "" if not value.is_floating_point() else ".long()"
            if torch.equal(value.bool(), shown):
                yield name, f"{name}.sum(1){whole} - 1"
            elif value.dtype == torch.bool and torch.equal(value, ~shown):
                yield name, f"(~{name}).sum(1) - 1"
        elif value.ndim == 1 and not value.is_floating_point() and torch.equal(value.long(), shown.sum(1)):
            yield name, f"{name} - 1"
