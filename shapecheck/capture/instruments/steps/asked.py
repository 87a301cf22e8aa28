"""Which steps of an input a loss asks for: its targets are items of that input, moved about, few of them changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.steps.copied_input import copied_input
from shapecheck.capture.instruments.steps.packed_alike import packed_alike
from shapecheck.capture.instruments.steps.shifts import Shift, as_numbers, in_shape_of, shifts
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.separation import difference, replaced_item
from shapecheck.capture.recording.arguments import replaced
from shapecheck.capture.recording.replay import Run, ancestors, replay
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, CONVERTS, CUTS, DIFFERENCES, SOFTMAXES

# What puts numbers elsewhere and changes none.
MOVES = frozenset(
    ["__getitem__", "view", "reshape", "flatten", "contiguous", "transpose", "permute", "t", "T", "mT", "clone",
     "squeeze", "unsqueeze", "detach", "to", "narrow", "select", "movedim", "view_as", "reshape_as", "unflatten",
     "chunk", "split", "unbind", "long", "int"]
)  # fmt: skip
_ELEMENTWISE = (REDUCING - CLASS_LOSSES - {"ctc_loss", "cosine_embedding_loss"}) | DIFFERENCES
# What puts other numbers in the place of some: target -> where the tensor stands that it starts from.
_CHANGES = {
    name: at
    for at, names in (
        ((0,), ("clamp", "clamp_min", "clamp_max", "masked_fill")),
        ((0,), ("__setitem__", "index_fill")),
        ((1, 2), ("where",)),
    )
    for name in names
}
_JOINS = frozenset(["cat", "hstack", "vstack"])
PADS = frozenset(["pad"])
_MAX_MEETINGS = 64
_MAX_BEHIND = 200


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    """Where predictions meet their targets.

    Args:
        node: The operation.
        predicted: The predictions.
        target: The targets.
        asked: Target -> which step of the input it is; -1 where it is none.
        first: The first step of the input that stands in the target, be it with another number.
        is_class: Whether the targets are classes, for which the predictions have an axis more.
    """

    node: Node
    predicted: Ref
    target: Ref
    asked: Tensor
    first: int
    is_class: bool


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """Losses whose targets are items of an input.

    Args:
        source: The input.
        axis: The axis of time in it.
        meetings: Where they are compared with predictions, all on one side.
        asked: All the steps that are asked for.
    """

    source: Ref
    axis: int
    meetings: tuple[Meeting, ...]
    asked: Tensor

    @property
    def node(self) -> Node:
        """The first loss."""
        return self.meetings[0].node

    @property
    def is_class(self) -> bool:
        """Whether the targets are classes."""
        return all(meeting.is_class for meeting in self.meetings)

    @property
    def first(self) -> int:
        """The first step of the input that stands in the targets."""
        return min(meeting.first for meeting in self.meetings)

    @property
    def is_changed(self) -> bool:
        """Whether some numbers of the input were replaced in the targets."""
        return any(bool((meeting.asked < 0).any()) for meeting in self.meetings)

    def moved(self, step: Step, item: int, instead: dict[int, Run] | None = None) -> Tensor:
        """Which steps are asked for where the predictions move with one step of the input."""
        after = step.changed(self.source, replaced_item(step.value(self.source), self.axis, item), instead)
        base = step.run_with(instead)
        found = [self.asked[:0]]
        for meeting in self.meetings:
            if meeting.predicted in after:
                moved = difference(base[meeting.predicted], after[meeting.predicted])
                found.append(_known(meeting.asked[_of_any_class(moved, meeting.asked)]))
        return torch.cat(found)


def owns(step: Step) -> Iterator[Own]:
    """Inputs of at least three steps of which a loss asks for steps."""
    pairs = list(compared(step))[:_MAX_MEETINGS]
    for source in step.inputs:
        sizes = step.tape.shape(source)
        if len(sizes) < 2 or not pairs:
            continue
        for axis in range(min(len(sizes), 3)):
            if sizes[axis] < 3:
                continue
            meetings = []
            for node, predicted, target, is_class in pairs:
                asked = asked_of(step, source, target, axis, is_class)
                if asked is None and is_class:
                    asked = _asked_in_part(step, source, node, target, axis)
                if asked is not None:
                    meetings.append(Meeting(node, predicted, target, *asked, is_class))
            if meetings and len({meeting.is_class for meeting in meetings}) == 1:
                yield Own(source, axis, tuple(meetings), torch.cat([_known(item.asked) for item in meetings]))


def shifted_owns(step: Step) -> Iterator[Own]:
    """Inputs of which a target is the same one step later, and which steps of them a loss asks for by that target."""
    exact = [one for one in shifts(step) if one.is_only and step.tape.shape(one.source) == step.tape.shape(one.target)]
    for shift in exact or _shifts_but_ignored(step):
        meetings = []
        for node, predicted, target, is_class in compared(step):
            asked = asked_of(step, shift.target, target, shift.axis, is_class)
            if asked is not None:
                meetings.append(Meeting(node, predicted, target, asked[0] + 1, asked[1] + 1, is_class))
        if meetings and len({meeting.is_class for meeting in meetings}) == 1:
            steps = torch.cat([item.asked.reshape(-1) for item in meetings])
            yield Own(shift.source, shift.axis, tuple(meetings), steps)


def _shifts_but_ignored(step: Step) -> Iterator[Shift]:
    """Rows of classes that are an input one step later, but for what a loss ignores and for how each row ends."""
    for node, _, target, is_class in compared(step):
        held = origin(step.tape, target, MOVES, first=step.first)[0] if is_class else None
        for source in step.inputs if held is not None else ():
            if held is None or held == source or step.value(held).is_floating_point():
                continue
            before, after = step.value(source), step.value(held)
            if before.ndim != 2 or before.shape != after.shape or before.dtype != after.dtype:
                continue
            counted = after != _ignored(node)
            alike = [axis for axis in (0, 1) if is_next(before, after, counted, axis)]
            if len(alike) == 1 and not bool(counted.all()):
                yield Shift(source, held, alike[0])


def is_next(before: Tensor, after: Tensor, counted: Tensor, axis: int) -> bool:
    """Whether what counts of each row is what comes next in another one; the last that counts may close the row."""
    one, other, real = (value if axis else value.t() for value in (before, after, counted))
    if one.shape[1] < 3:
        return False
    goes_on = real & (real.flip(1).cumsum(1).flip(1) > 1)
    goes_on = goes_on[:, :-1]
    ahead, here, asked = one[:, 1:][goes_on], one[:, :-1][goes_on], other[:, :-1][goes_on]
    is_enough = len(asked) > len(one) and len(asked.unique()) > 2  # type: ignore[no-untyped-call]
    return is_enough and torch.equal(asked, ahead) and not torch.equal(asked, here)


def compared(step: Step) -> Iterator[tuple[Node, Ref, Ref, bool]]:
    """Operations on the way to the loss that hold something learned against something that is not, item by item."""
    for node in step.all_of_loss:
        is_class = node.name in CLASS_LOSSES
        if node.name == "gather" and len(node.parents) == 2 and _is_likelihood(step, node):
            yield node, node.parents[0], node.parents[1], True
        if (not is_class and node.name not in _ELEMENTWISE) or len(node.parents) < 2:
            continue
        for predicted, target in (node.parents[:2], node.parents[1::-1]):
            shape, other = step.tape.shape(predicted), step.tape.shape(target)
            if predicted not in step.learned or target in step.learned:
                continue
            if (len(shape) == len(other) + 1 and shape[:1] == other[:1]) if is_class else shape == other != ():
                yield node, predicted, target, is_class


def _of_any_class(moved: Tensor, asked: Tensor) -> Tensor:
    """Where the score of any class moved: they stand along axis 1, or where labels that pick them have one number."""
    if moved.ndim > asked.ndim:
        return moved.any(1)
    axes = [axis for axis, (one, other) in enumerate(zip(moved.shape, asked.shape, strict=True)) if one != other]
    return moved.any(axes[0], keepdim=True) if axes else moved


def _is_likelihood(step: Step, node: Node) -> bool:
    """``logits.log_softmax(-1).gather(-1, labels[..., None])``: the numbers of a softmax, picked along its own axis."""
    scores, labels = node.parents
    shape, picked = step.tape.shape(scores), step.tape.shape(labels)
    made = origin(step.tape, scores, CONVERTS | {"log", "clamp", "clamp_min"}, first=step.first)[1]
    axis = axis_of(node, len(shape))
    is_one = axis is not None and len(picked) == len(shape) and picked[axis] == 1 and picked[:axis] == shape[:axis]
    is_along = made.name in SOFTMAXES and axis_of(made, len(made.shapes[0])) == axis
    return is_one and is_along and scores in step.learned and labels not in step.learned


def _known(asked: Tensor) -> Tensor:
    return asked[asked >= 0]


def asked_of(step: Step, source: Ref, target: Ref, axis: int, is_class: bool) -> tuple[Tensor, int] | None:
    """Target -> which step of an input it is, and the first of them; None if it is none of its items."""
    value = step.value(source)
    value = as_numbers(value) if is_class else value
    if value.ndim <= axis or (is_class and value.ndim != 2):
        return None
    numbers = _numbers(value, axis)
    if target == source:
        return numbers, 0
    packed = packed_alike(step, value, numbers, step.value(target)) if is_class else None
    if packed is not None:
        return packed, 0
    way = [index for index in ancestors(step.tape, [target], step.first) if index in step.order]
    if source in {parent for index in way for parent in step.node(index).parents}:
        if not all(step.node(index).name in MOVES for index in way):
            return None
        if any(source in step.node(index).parents[1:] for index in way):
            # It says which items are taken, such as a mask.
            return None
        found = replay(step.tape, way, {source: numbers})[target].long()
        flat = _made_one_row(step, way) if axis == 1 and found.ndim == 1 else None
        if flat is not None:
            rows = replay(step.tape, way, {source: _numbers(value, 0)})
            found = _of_own_rows(found, rows[target], rows[Ref(flat)])
        return found, int(_known(found).min())
    copied = copied_input(step, value, numbers, target, MOVES)
    if copied is not None:
        leaf, items = copied
        found = replay(step.tape, way, {leaf: items}).get(target, items).long()
        return found, int(found.min())
    asked = step.value(target)
    if asked.dtype != value.dtype or asked.numel() != value.numel():
        return None
    if asked.shape == value.shape:
        return (numbers, 0) if torch.equal(asked, value) else None
    for is_turned in (False, True) if asked.ndim == 1 and value.ndim == 2 else ():
        if torch.equal(in_shape_of(asked, value, is_turned), value):
            return (numbers.t().reshape(-1) if is_turned else numbers).view(asked.shape), 0
    return None


def _asked_in_part(step: Step, source: Ref, node: Node, target: Ref, axis: int) -> tuple[Tensor, int] | None:
    """The same where numbers of the input were replaced on the way to the target: these ask for none of its steps.

    Where the target came from elsewhere, only what the loss ignores may differ.
    """
    value = step.value(source)
    if value.ndim != 2 or value.is_floating_point():
        return None
    asked, numbers, ignored = step.value(target), _numbers(value, axis), _ignored(node)
    way = _way(step, source, target)
    if way:
        try:
            moved, before = _along(step, way, numbers), _along(step, way, value)
            flat = _made_one_row(step, way) if axis == 1 and moved.ndim == 1 else None
            if flat is not None:
                ways = way, {index: at for index, at in way.items() if index <= flat}
                moved = _of_own_rows(moved, *(_along(step, one, _numbers(value, 0)) for one in ways))
        except (KeyError, RuntimeError):
            # An index that it was picked by lies too far back.
            return None
    elif asked.shape in (value.shape, (value.numel(),)) and asked.dtype == value.dtype:
        moved, before = numbers.view(asked.shape), value.reshape(asked.shape)
        if bool(((asked != before) & (asked != ignored)).any()):
            return None
    else:
        return None
    is_same = (asked == before) & (asked != ignored) & (moved >= 0)
    counted = int((asked != ignored).sum())
    if not counted or 2 * int(is_same.sum()) < counted:
        return None
    return moved.masked_fill(~is_same, -1), int(_known(moved).min())


def _made_one_row(step: Step, way: Iterable[int]) -> int | None:
    """The operation that put sequences end to end."""
    cuts = [index for index in sorted(way) if step.node(index).name in CUTS and len(step.node(index).shapes[0]) == 1]
    return next((index for index in cuts if len(step.tape.shape(step.node(index).parents[0])) == 2), None)


def _of_own_rows(asked: Tensor, rows: Tensor, before: Tensor) -> Tensor:
    """The steps that are asked for, without those of the sequence behind, where a shift went over the ends of all.

    Args:
        asked: Target -> which step it is.
        rows: Target -> of which sequence it is.
        before: The same before it was shifted.
    """
    is_end_to_end = before.numel() >= rows.numel() and bool((before.diff() >= 0).all())
    return asked.masked_fill(rows != before[: rows.numel()], -1) if is_end_to_end else asked


def changed_at(step: Step, target: Ref) -> Node | None:
    """The operation that replaced numbers of what a target is made of."""
    _, node = origin(step.tape, target, MOVES)
    return node if node.name in _CHANGES else None


def _numbers(value: Tensor, axis: int) -> Tensor:
    numbers = torch.arange(value.shape[axis]).view([-1 if at == axis else 1 for at in range(value.ndim)])
    return numbers.expand(value.shape).contiguous()


def _ignored(node: Node) -> int:
    """The class that a loss leaves out."""
    if "ignore_index" in node.kwargs:
        return int(node.kwargs["ignore_index"])
    return int(node.args[4]) if len(node.args) > 4 and isinstance(node.args[4], int) else -100


def _way(step: Step, source: Ref, target: Ref) -> dict[int, int]:
    """The operations from an input to a target, with the argument that each starts from.

    Nothing if they do more than to move numbers, to replace some of them, and to set others beside them.
    """
    found: dict[int, int] = {}
    while target != source:
        node = step.node(target.node)
        for at, part in _starts(step, node):
            if part == source or source in _behind(step, part):
                found[node.index], target = at, part
                break
        else:
            return {}
    return found


def _behind(step: Step, ref: Ref) -> set[Ref]:
    """What a tensor was made of; the batch may have been shaped before the step began."""
    found: set[Ref] = set()
    open_refs = [ref]
    while open_refs and len(found) < _MAX_BEHIND:
        for parent in step.node(open_refs.pop().node).parents:
            if parent not in found:
                found.add(parent)
                open_refs.append(parent)
    return found


def _starts(step: Step, node: Node) -> Iterator[tuple[int, Ref]]:
    """The arguments that a node may move, replace numbers of, or set others beside."""
    if node.name in _JOINS:
        parts = node.args[0] if node.args and isinstance(node.args[0], list | tuple) else ()
        yield from ((at, part) for at, part in enumerate(parts) if isinstance(part, Ref))
    places = (0,) if node.name in MOVES | PADS else _CHANGES.get(node.name, ())
    for at in places:
        part = node.argument(at)
        if isinstance(part, Ref) and (node.name in MOVES | PADS or step.tape.shape(part) == node.shapes[0]):
            yield at, part


def _along(step: Step, way: dict[int, int], value: Tensor) -> Tensor:
    """What comes out of a value on the way, with nothing replaced, and -1 in all that was set beside it."""
    for index, at in sorted(way.items()):
        node = step.node(index)
        if node.name in _CHANGES:
            continue
        tape, run = step.tape, node.function
        assert run is not None
        if node.name in _JOINS:
            shapes = [tape.shape(part) if isinstance(part, Ref) else () for part in node.args[0]]
            parts = [value if one == at else torch.full(shape, -1) for one, shape in enumerate(shapes)]
            value = run(parts, *node.args[1:], **node.kwargs)
        elif node.name in PADS:
            value = padded(value, *node.args[1:], **node.kwargs)
        else:
            rest, kwargs = replaced((node.args[1:], node.kwargs), step.value)
            value = run(value, *rest, **kwargs)
    return value.long()


def padded(given: Tensor, pad: tuple[int, ...], *_: Any, **__: Any) -> Tensor:
    """What comes out of a padding, with -1 in all that it set beside the others, whatever it was."""
    return torch.nn.functional.pad(given, pad, value=-1)
