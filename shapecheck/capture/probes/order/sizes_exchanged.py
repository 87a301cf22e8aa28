"""A reshape to the same sizes in another order: what it asks for is a turn of the axes, and it turns none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise, permutations

from shapecheck.capture.instruments.axes.named_sizes import axes_by_name, axis_spelt
from shapecheck.capture.instruments.rows.crossed_sizes import keeps_order
from shapecheck.capture.instruments.rows.recuts import RESHAPES, permuted
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted, turned_before
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import ARITHMETIC, CONVERTS, IMAGES, NOISE, VIEWS
from shapecheck.findings import Fix
from shapecheck.reading.applied import one_by_one, told_to

# A matrix of two axes may be a list of pairs, and a pair of lists.
_FEWEST = 3
_MOST = 5
_HOPS = 8
_FILLS = frozenset(["pad", "constant_pad_nd", "cat", "arange"])


def sizes_exchanged(step: Step) -> Iterator[Sighting]:
    """``image.view(height, width, 3)`` of ``(3, height, width)``.

    The numbers stay in their order, so each pixel is made of three neighbours of one colour. Noise has no axes yet;
    what is cut back afterwards was only laid out for what stands between; and rows that were made one longer just
    before, or are one longer than there are of them, are shifted against each other on purpose. Where the sizes divide
    each other, neighbours may be put together, and what is so put together have as many as there were before.
    """
    for node in step.of_loss if any(root.graded for root in step.roots) else step.recorded:
        if node.name not in VIEWS or node.spot is None or not node.parents:
            continue
        order = _order(step.tape.shape(node.parents[0]), node.shapes[0])
        if order is None or _has_no_axes(step, node) or _is_cut_back(step, node):
            continue
        shape = step.tape.shape(node.parents[0])
        if _is_shifted(shape, order) or (keeps_order(shape, node.shapes[0]) and not _names_axes(node)):
            continue
        place = next(place for place, at in enumerate(order) if place != at)
        text = (
            f"{node.name} makes {node.shapes[0]} of {shape}: the same sizes in another order, and the numbers stay in "
            f"theirs. Axis {place} of it holds pieces of several axes, not axis {order[place]} of what it is made of"
        )
        yield sighted("axes_renamed", node, text, (_fix(step, node, order),))
        return


def _order(shape: tuple[int, ...], out: tuple[int, ...]) -> tuple[int, ...] | None:
    """The turn that would give the axes these sizes; None where they are others, or stand in their order already."""
    if sorted(shape) != sorted(out) or not _FEWEST <= len(shape) <= _MOST:
        return None
    real = [size for size in shape if size > 1]
    if len(real) < _FEWEST or real == [size for size in out if size > 1]:
        return None
    found = [order for order in permutations(range(len(shape))) if tuple(shape[at] for at in order) == out]
    # Of axes of one size the ones that stand in their order are meant.
    return min(found, key=lambda order: sum(one > other for one, other in pairwise(order)))


def _is_shifted(shape: tuple[int, ...], order: tuple[int, ...]) -> bool:
    """Whether two neighbours change places of which one has one item more: rows that slip against each other."""
    moved = [place for place, at in enumerate(order) if place != at]
    return len(moved) == 2 and moved[1] - moved[0] == 1 and abs(shape[moved[0]] - shape[moved[1]]) == 1


def _names_axes(node: Node) -> bool:
    """Whether each size is written as that of one axis: none is a product, a quotient or what is left over."""
    call = call_at(node)
    if call is None or node.spot is None:
        return False
    names = axes_by_name(node.spot.code.co_filename, call.lineno)
    sizes = one_by_one(told_to(call))
    return all(axis_spelt(size) is not None or (isinstance(size, ast.Name) and size.id in names) for size in sizes)


def _has_no_axes(step: Step, node: Node) -> bool:
    ways = CONVERTS | RESHAPES | ARITHMETIC | {"__getitem__"}
    filled = backwards(step.tape, node.parents[0], ways, _HOPS)
    if any(one.name in _FILLS for _, one in filled):
        return True
    _, made = origin(step.tape, node.parents[0], CONVERTS | RESHAPES)
    return made.name in NOISE | IMAGES or made.kind == "parameter"


def _is_cut_back(step: Step, node: Node) -> bool:
    """Whether another reshape undoes it, or is undone by it."""
    way = step.tape.shape(node.parents[0]), node.shapes[0]
    behind = descendants(step.tape, {node.ref}, range(node.index + 1, step.last))
    others = [step.node(at) for at in (*behind, *ancestors(step.tape, [node.parents[0]], step.first))]
    return any(one.name in VIEWS and (one.shapes[0], step.tape.shape(one.parents[0])) == way for one in others)


def _fix(step: Step, node: Node, order: tuple[int, ...]) -> Fix:
    title = f"permute({', '.join(map(str, order))}) in its place"
    try:
        step.run_with({node.index: permuted(order, node.shapes[0])})
    except Exception:
        return Fix(title, (), "no")
    return Fix(title, turned_before(node, order), "call", "each axis keeps its numbers")


PROBE = Probe(
    "a reshape does not stand for a turn of the axes",
    lambda look: sizes_exchanged(look.step),
    in_evaluation=True,
    turn=Turn.LAST,
)
