"""Steps that come to stand behind parts of their features by a reshape alone: each part holds pieces of other steps."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.axes.walked import walked_before
from shapecheck.capture.instruments.rows.crossed_sizes import ways_through
from shapecheck.capture.instruments.rows.recuts import RESHAPES, lies_within
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, replaced_call, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import VIEWS
from shapecheck.findings import Edit, Fix


def steps_recut(step: Step) -> Iterator[Sighting]:
    """``out.view(batch, 2, steps, size)`` of what a recurrent layer and a Linear made: ``(batch, steps, 2 * size)``.

    Which axis holds the steps is said by the layer that walks along it. That it is to stand elsewhere is said by its
    size, where the samples stay in front and no other axis can have a part of that size. What a later reshape brings
    back to the very shape was only spread out for a while, and what is cut in the same way elsewhere is held against it
    number by number.
    """
    steps = walked_before(step)
    for node in step.of_loss:
        at = steps.get(node.parents[0]) if node.name in VIEWS and node.parents else None
        place = _place(step.tape.shape(node.parents[0]), node.shapes[0], at) if at is not None else None
        if at is None or place is None or node.spot is None or _is_undone(step, node) or _is_cut_alike(step, node):
            continue
        shape, out = step.tape.shape(node.parents[0]), node.shapes[0]
        order = _order(shape, out, at, place)
        if not order:
            continue
        verified = tried(step, {node.index: _cut_and_turned(out, order)})
        text = (
            f"axis {at} of {shape} has {shape[at]} steps, and {node.name} to {out} leaves the numbers in their order; "
            f"axis {place} has as many items, and each of them holds pieces of several steps"
        )
        title, edits = _written(node, order)
        fix = Fix(title, edits if verified == "call" else (), verified, "each step keeps its features")
        yield sighted("axes_renamed", node, text, (fix,))
        return


def _place(shape: tuple[int, ...], out: tuple[int, ...], at: int) -> int | None:
    """Where as many items as there are steps stand behind a reshape, if none of them is a step."""
    size = shape[at]
    if at == 0 or size < 3 or len(out) < 3 or out[:1] != shape[:1] or out.count(size) != 1:
        return None
    others = (*shape[:at], *shape[at + 1 :], *(each for each in out if each != size))
    place = out.index(size)
    is_alone = all(other % size for other in others)
    is_left = lies_within(shape, at, out, place) or lies_within(out, place, shape, at)
    return place if is_alone and not is_left else None


def _is_undone(step: Step, node: Node) -> bool:
    shape = step.tape.shape(node.parents[0])
    behind = descendants(step.tape, {node.ref}, (at for at in step.order if at in step.to_loss))
    return any(step.node(at).name in RESHAPES and step.node(at).shapes[0] == shape for at in behind)


def _is_cut_alike(step: Step, node: Node) -> bool:
    """Whether something that nobody learned, such as targets, is cut in the same way, be it for all samples at once."""
    way = step.tape.shape(node.parents[0])[1:], node.shapes[0][1:]
    cuts = [each for each in step.tape.nodes[: step.last] if each.name in RESHAPES and each.parents and each.shapes]
    given = [each for each in cuts if each.parents[0] not in step.learned and not each.repeats(node)]
    return any((step.tape.shape(each.parents[0])[1:], each.shapes[0][1:]) == way for each in given)


def _order(shape: tuple[int, ...], out: tuple[int, ...], at: int, place: int) -> tuple[int, ...]:
    """The places of what comes out in the order of the axes that they are parts of; empty where several would do."""
    ways = {way for way in ways_through(shape, out) if way[place] == at and way[0] == 0}
    orders = {tuple(sorted(range(len(out)), key=lambda one: (way[one] or 0, one))) for way in ways}
    return orders.pop() if len(orders) == 1 else ()


def _cut_and_turned(out: tuple[int, ...], order: tuple[int, ...]) -> Run:
    back = [order.index(place) for place in range(len(out))]

    def run(tensor: Tensor, *_: object, **__: object) -> Tensor:
        return tensor.reshape([out[place] for place in order]).permute(back).contiguous()

    return run


def _written(node: Node, order: tuple[int, ...]) -> tuple[str, tuple[Edit, ...]]:
    """The reshape that keeps each axis where it lies, and the turn behind it: as text, and as an edit."""
    back = ", ".join(str(order.index(place)) for place in range(len(order)))
    call = call_at(node)
    given = call.args if call is not None and not call.keywords else []
    sizes = given[0].elts if len(given) == 1 and isinstance(given[0], ast.Tuple | ast.List) else given
    is_method = call is not None and isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) != "torch"
    is_known = len(sizes) == len(order) and not any(isinstance(size, ast.Starred) for size in sizes)
    if call is None or not is_method or not is_known:
        sizes = [ast.Constant(node.shapes[0][place]) for place in range(len(order))]
    said = ", ".join(ast.unparse(sizes[place]) for place in order)
    title = f"{node.name}({said}).permute({back})"
    if call is None or not is_method or not is_known:
        return title, ()
    return title, replaced_call(node, f"{ast.unparse(call.func)}({said}).permute({back})")


PROBE = Probe(
    "a reshape leaves the steps as they are",
    lambda look: steps_recut(look.step),
)
