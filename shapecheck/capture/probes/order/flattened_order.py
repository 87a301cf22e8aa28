"""Two tensors that were flattened from the same axes in different orders, and meet position by position."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.flattened import Known, Part, flattened
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import COPIES, CUTS, EQUALS, JOINS, TAKES_ROWS, TURNS
from shapecheck.findings import Fix

_MEETS = (
    REDUCING
    | EQUALS
    | frozenset(["mul", "add", "sub", "rsub", "div", "where", "cat", "stack", "maximum", "minimum", "gather"])
)
# What hands each row to a place of its own, by number: where it goes is said by the operand in front of it.
_HANDS_OUT = frozenset(["index_add", "index_reduce"])
_MAKES = frozenset(["stack", "cat", "__getitem__", "to", "unsqueeze", "long", "permute", "transpose", "add", "div"])
_HOPS = 6


def flattened_order(step: Step) -> Iterator[Sighting]:
    """``maps.flatten(2)`` of ``(h, w)`` beside a grid of ``(w, h)``: as many positions, and no two of them the same.

    So do guesses that are held against labels, and rows beside the flags that pick some of them. Where both sizes are
    equal nothing can be seen, and nothing is said where a tensor holds the same at both places.
    """
    known: Known = {}
    for node in step.nodes:
        operands = _operands(step, node) if node.index in step.to_loss or node.name in EQUALS else ()
        if not operands:
            continue
        learned = [ref in step.learned for ref in operands]
        if not any(learned) or (all(learned) and node.name in JOINS):
            # Side by side, a map may be read in several orders on purpose.
            continue
        for places in _aligned(step, node, *operands):
            one, other = (flattened(step.tape, *at, known) for at in zip(operands, places, strict=True))
            if one is None or other is None or not _are_exchanged(one, other):
                continue
            is_second = _is_second(step, node, (one, other), learned)
            fixed, wrong = (one, other) if is_second else (other, one)
            ref, axis = operands[is_second], places[is_second]
            if (
                _is_parameter(step, wrong)
                or _is_copied(step, (*one, *other))
                or not _matters(step, ref, axis, _orders(wrong, fixed))
            ):
                continue
            yield _told(step, node, fixed, wrong, step.tape.shape(ref)[axis])
            return


def _operands(step: Step, node: Node) -> tuple[Ref, ...]:
    """The two tensors that meet item by item in an operation; nothing where there are none."""
    if not node.shapes or len(node.parents) < 2:
        return ()
    if node.name in _HANDS_OUT:
        return node.parents[-2:] if len(node.parents) == 3 else ()
    is_pick = node.name in TAKES_ROWS and len(node.parents) == 2 and step.tape.dtype(node.parents[1]) == torch.bool
    return node.parents[:2] if node.name in _MEETS or is_pick else ()


def _aligned(step: Step, node: Node, one: Ref, other: Ref) -> Iterator[tuple[int, int]]:
    """The axes along which two operands meet item by item."""
    sizes = step.tape.shape(one), step.tape.shape(other)
    if node.name in TAKES_ROWS | _HANDS_OUT:
        # Rows beside their flags or numbers begin with them.
        at = min(map(len, sizes)) - 1
        if at == 0 and sizes[0][0] == sizes[1][0] > 3:
            yield 0, 0
        return
    given = node.kwargs.get("dim", node.args[1] if len(node.args) > 1 and node.name in JOINS else 0)
    for back in range(1, min(map(len, sizes)) + 1):
        places = len(sizes[0]) - back, len(sizes[1]) - back
        if node.name == "cat" and (not isinstance(given, int) or given % len(sizes[0]) == places[0]):
            continue
        if node.name == "gather" and axis_of(node, len(sizes[0])) == places[0]:
            continue
        if sizes[0][places[0]] == sizes[1][places[1]] > 3:
            yield places


def _is_second(step: Step, node: Node, both: tuple[tuple[Part, ...], ...], learned: list[bool]) -> bool:
    """Whether the second of two is the one to be looked at.

    Who takes a tensor apart and joins the pieces has turned it, and so has who gives its axes another order before
    they are flattened, where they had that of the other. Else what is learned is right, but for guesses, which are held
    against labels as they come; and of two that were computed the one that was flattened first.
    """
    one, other = both
    for told in (
        [any(part.node.name not in CUTS for part in parts) for parts in both],
        [_had_order_of(step, mine, theirs) for mine, theirs in ((one, other), (other, one))],
    ):
        if told[0] != told[1]:
            return told[1]
    if all(learned):
        return other[0].node.index > one[0].node.index
    return learned[node.name in EQUALS]


def _had_order_of(step: Step, parts: tuple[Part, ...], others: tuple[Part, ...]) -> bool:
    """Whether a tensor had its axes in the order of another one before they were turned and flattened."""
    if len(parts) != 1 or len(others) != 1:
        return False
    source = parts[0].node.parents[0]
    before = step.tape.shape(origin(step.tape, source, TURNS, is_alone=True)[0])
    wanted = others[0].sizes
    own = tuple(size for size in before if size in wanted)
    return own == wanted != tuple(size for size in step.tape.shape(source) if size in wanted)


def _orders(one: tuple[Part, ...], other: tuple[Part, ...]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The sizes of each part, of the one and of the other: the finest, where they are the same in both."""
    return [
        (mine.finest, theirs.finest) if sorted(mine.finest) == sorted(theirs.finest) else (mine.sizes, theirs.sizes)
        for mine, theirs in zip(one, other, strict=False)
    ]


def _are_exchanged(one: tuple[Part, ...], other: tuple[Part, ...]) -> bool:
    """Whether each part was flattened from the same sizes, and one of them at least in another order."""
    pairs = _orders(one, other)
    if len(one) != len(other) or any(sorted(mine) != sorted(theirs) for mine, theirs in pairs):
        return False
    return any(mine != theirs for mine, theirs in pairs)


def _is_parameter(step: Step, parts: tuple[Part, ...]) -> bool:
    """Whether what was flattened is learned place by place: then any order will do."""
    made = (origin(step.tape, cut.parents[0], _MAKES, is_alone=True) for _, cut, _ in parts)
    return any(node.kind == "parameter" for _, node in made)


def _is_copied(step: Step, parts: tuple[Part, ...]) -> bool:
    """Whether one of the axes holds copies: which of them belongs to what is another question."""
    return any(step.node(cut.parents[0].node).name in COPIES for _, cut, _ in parts)


def _matters(step: Step, ref: Ref, axis: int, parts: list[tuple[tuple[int, ...], tuple[int, ...]]]) -> bool:
    """Whether a tensor holds other numbers with the axes of its parts in the other order."""
    value = step.value(ref)
    order: list[Tensor] = []
    first = 0
    for sizes, _ in parts:
        places = torch.arange(prod(sizes)).reshape(sizes)
        order.append(places.permute(tuple(reversed(range(len(sizes))))).flatten() + first)
        first += prod(sizes)
    turned = value.index_select(axis, torch.cat(order).to(value.device))
    return not torch.equal(turned, value)


def _told(step: Step, node: Node, fixed: tuple[Part, ...], wrong: tuple[Part, ...], size: int) -> Sighting:
    orders = _orders(wrong, fixed)
    (mine, theirs), cut = next(
        (sizes, part.node) for sizes, part in zip(orders, wrong, strict=True) if sizes[0] != sizes[1]
    )
    grid = _grid(step, cut)
    line = f" in line {node.spot.span.line}" if node.spot is not None else ""
    text = (
        f"this was made with axes {mine} and flattened; what it meets{line} was flattened from {theirs}: both have "
        f"{size} positions, and position k of the one is another place than position k of the other"
    )
    title = f"the axes in the order of {theirs} before they are flattened"
    return sighted("flattened_in_other_order", grid or cut, text, (Fix(title, (), "no"),))


def _grid(step: Step, cut: Node) -> Node | None:
    """The call of meshgrid whose axes were flattened."""
    *_, (_, node) = backwards(step.tape, cut.parents[0], _MAKES, _HOPS)
    return node if node.name == "meshgrid" else None


PROBE = Probe(
    "what meets position by position was flattened in the same order",
    lambda look: flattened_order(look.step),
    in_evaluation=True,
)
