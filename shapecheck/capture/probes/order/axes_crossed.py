"""Tensors that meet with their axes in different orders, after both were made of the same ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, permutations

import torch

from shapecheck.capture.instruments.axes.strands import Axes, crossed_axes
from shapecheck.capture.instruments.axes.woven import CUTS, Weave
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.made import at_constructor, outer_layer
from shapecheck.capture.instruments.trials.sighting import (
    Sighting,
    call_at,
    in_constructor,
    replaced_call,
    sighted,
    turned_before,
)
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import ARITHMETIC, CONVERTS, JOINS, SOFTMAXES, TURNS
from shapecheck.findings import Edit, Fix

# So many nodes are followed again to try other orders, and of so many axes all orders are tried.
_MOST = 60_000
_FEW_AXES = 4
_TURNS = TURNS - {"contiguous"} | {"movedim"}
_PLAIN = TURNS | ARITHMETIC | SOFTMAXES | CONVERTS | {"sigmoid", "tanh", "exp", "log", "neg", "mul", "relu"}
_RESHAPED = frozenset(["view", "reshape", "view_as", "reshape_as"])
_LAYERS = frozenset(["multi_head_attention_forward", "forward"])
Order = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Meeting:
    """Two tensors that meet with axes that lie otherwise, and the place in the source where they do."""

    node: Node
    one: Axes
    other: Axes
    place: object


@dataclass(frozen=True, slots=True)
class _Other:
    """An operation that could have put the axes in another order, what that is, and what it is now."""

    node: Node
    order: Order
    now: Order

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """The lower, the more it looks like what was meant.

        A turn that turns nothing was meant to turn something. One that would have to turn as much as it does, or more,
        may be right, and another one be lacking in front of a reshape.
        """
        gained = _inversions(self.order) - _inversions(self.now)
        is_idle = self.node.name == "permute" and _inversions(self.now) == 0
        kind = 1 if self.node.name in CUTS else 2 if gained >= 0 and not is_idle else 0
        return kind, gained - 100 * is_idle, _inversions(self.order), -self.node.index


def axes_crossed(look: Look) -> Iterator[Sighting]:
    """``x + put_back(layer(cut(x)))`` where rows and columns come back exchanged, or steps as pieces of several.

    Each axis is followed from where it began, through turns, reshapes and layers that keep it. Where a tensor meets
    what was made of it, each axis has to lie where it lies there: an operation is told only if another order of axes in
    it brings that about. A table that meets its own transpose is made symmetric on purpose, and a map that is laid
    beside itself is read along its rows and along its columns.
    """
    step = look.step
    if look.before is not None:
        return
    weave = look.weave
    met = _crossed(step, weave)
    # What mixes the samples is seen by what moves, and told by that.
    may_be_cut = all(way.apart for way in look.seen)
    for meeting in met:
        if meeting.node.name in _LAYERS:
            if _is_of_steps(weave, meeting) and not getattr(meeting.node.module, "batch_first", False):
                yield _told_of_layer(step, meeting)
                return
            continue
        others = sorted(_others(step, met, meeting), key=lambda one: one.rank)
        if others and (may_be_cut or others[0].node.name not in CUTS):
            yield _told(step, meeting, *others)
            return


def _crossed(step: Step, weave: Weave) -> list[_Meeting]:
    """Where tensors meet whose axes lie otherwise."""
    return [
        _Meeting(node, one, other, node.spot.place)
        for node, one, other in weave.meetings
        if node.spot is not None and crossed_axes(one, other, weave.sizes) and not _is_made_symmetric(step, node)
    ]


def _is_made_symmetric(step: Step, node: Node) -> bool:
    """Whether a tensor meets itself, turned and scaled at most; or is laid beside itself, read in another order."""
    names = _PLAIN | CUTS | {"__getitem__"} if node.name in JOINS else _PLAIN
    above = [{ref for ref, _ in backwards(step.tape, parent, names)} for parent in node.parents[:2]]
    return len(above) == 2 and bool(above[0] & above[1])


def _is_of_steps(weave: Weave, meeting: _Meeting) -> bool:
    """Whether the mask of the padding has its steps, which were counted out, where a layer wants them."""
    end = meeting.other[1].whole if len(meeting.other) == 2 else None
    return end is not None and weave.step.node(weave.begun[end.origin].node).name == "arange"


def _told_of_layer(step: Step, meeting: _Meeting) -> Sighting:
    made = outer_layer(step, meeting.node, "batch_first")
    text = (
        f"the mask of the padding {tuple(axis.size for axis in meeting.other)} has its steps along axis 1, and the "
        "attention goes along axis 0 of its keys, where the samples of that mask lie"
    )
    fix = Fix("batch_first=True", in_constructor(made, "batch_first=True"), "no", "each sample keeps to itself")
    return at_constructor(made, sighted("attention_along_batch", meeting.node, text, (fix,)))


def _others(step: Step, met: list[_Meeting], meeting: _Meeting) -> Iterator[_Other]:
    """What brings the axes into one order: another order in a turn, or a turn in front of a reshape."""
    order = ancestors(step.tape, [step.loss, *(one.node.ref for one in met)], 0)
    mixed = _again(step, order, {}).mixed
    above = ancestors(step.tape, meeting.node.parents, 0)
    nodes = [node for node in map(step.node, above) if node.name in _TURNS | CUTS and node.spot is not None]
    left = _MOST
    for node in {node.spot.place: node for node in nodes if node.spot is not None}.values():
        now = _order(step, node)
        same = [other.index for other in nodes if other.repeats(node) and _order(step, other) == now]
        for new in _orders(now) if now else ():
            if not _inversions(new) and node.name in CUTS | {"permute"}:
                # Nobody writes what turns nothing.
                continue
            left -= len(order)
            if left < 0:
                return
            weave = _again(step, order, dict.fromkeys(same, new))
            again = _crossed(step, weave) if weave.fits and weave.mixed <= mixed else met
            if len(again) < len(met) and all(one.place != meeting.place for one in again):
                yield _Other(node, new, now)


def _again(step: Step, order: list[int], turns: dict[int, Order]) -> Weave:
    weave = Weave(step, turns)
    weave.follow(order)
    return weave


def _order(step: Step, node: Node) -> Order:
    """The order in which it puts the axes; empty where it is no plain turn."""
    ndim = len(step.tape.shape(node.parents[0]))
    if node.name in CUTS:
        return tuple(range(ndim)) if 2 < ndim < 7 else ()
    sizes = [3 + at for at in range(ndim)]
    try:
        with torch._C.DisableTorchFunction():
            turned = node.function(torch.empty(sizes, device="meta"), *node.args[1:], **node.kwargs)  # type: ignore[misc]
    except Exception:
        return ()
    return tuple(size - 3 for size in turned.shape)


def _orders(now: Order) -> Iterator[Order]:
    """Other orders of the axes: of few all that there are, else those in which two have changed places.

    They have done so in the order that there is, or in that in which the axes lie.
    """
    plain = tuple(range(len(now)))
    if len(now) <= _FEW_AXES:
        found = [*permutations(plain)]
    else:
        found = [_exchanged(order, *pair) for order in (now, plain) for pair in combinations(plain, 2)]
    yield from (order for order in dict.fromkeys(found) if order != now)


def _exchanged(order: Order, one: int, other: int) -> Order:
    new = list(order)
    new[one], new[other] = new[other], new[one]
    return tuple(new)


def _inversions(order: Order) -> int:
    return sum(one > other for one, other in combinations(order, 2))


def _told(step: Step, meeting: _Meeting, other: _Other, *more: _Other) -> Sighting:
    node, shape = other.node, step.tape.shape(other.node.parents[0])
    said = ", ".join(map(str, other.order))
    is_cut = node.name in CUTS
    text = (
        f"{node.name} of {shape} to {node.shapes[0]} "
        f"{'leaves the numbers in their order' if is_cut else f'puts its axes into the order {other.now}'}: where what "
        f"is made of it meets {step.tape.shape(meeting.node.parents[0])} again, in {meeting.node.name}, the axes that "
        "both were made of do not lie beside themselves"
    )
    title = f"permute({said}) before the reshape" if is_cut else f"permute({said})"
    edits = (turned_before(node, other.order) if node.name in _RESHAPED else ()) if is_cut else _with_order(node, said)
    fix = Fix(title, edits, "no", "each axis meets itself")
    return sighted("axes_crossed", node, text, (fix,), (one.node for one in more))


def _with_order(node: Node, said: str) -> tuple[Edit, ...]:
    call = call_at(node)
    if call is None or call.keywords or node.name != "permute" or not isinstance(call.func, ast.Attribute):
        return ()
    if ast.unparse(call.func.value) == "torch":
        return ()
    return replaced_call(node, f"{ast.unparse(call.func)}({said})")


PROBE = Probe(
    "what was made of the same axes meets with each of them beside itself",
    axes_crossed,
    needs_no_run=True,
    turn=Turn.AFTER_NAMES,
)
