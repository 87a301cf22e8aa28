"""A mask or weights for each item, multiplied by one number that was made of all of them already."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.sighting import Sighting, in_call, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, PRODUCTS
from shapecheck.findings import Fix

_SUMS = frozenset(["sum", "mean", "nansum", "nanmean"])
_SCALES = PRODUCTS | frozenset(["div", "__truediv__", "neg", "__neg__", "add", "__add__", "sub", "__sub__"])
_HOPS = 6


def weighted_after(step: Step) -> Iterator[Sighting]:
    """``F.cross_entropy(scores, labels) * mask``: the loss of all items, once for each item of the mask."""
    for index in step.order:
        node = step.node(index)
        if node.name not in PRODUCTS or index not in step.to_loss or len(node.parents) != 2:
            continue
        for number, weights in (node.parents, node.parents[::-1]):
            shape = step.tape.shape(weights)
            if step.tape.shape(number) != () or weights in step.learned or not shape or number not in step.learned:
                continue
            made = _made(step, number)
            items = _items(step, made) if made is not None else ()
            if made is None or len(items) < 1 or shape not in (items, items[:-1]) or 1 in shape:
                continue
            if made.name in ("sum", "nansum") and shape == items:
                # The logarithm of a product of all, such as of a whole trajectory, weighs with each of them.
                continue
            if not _is_summed(step, node) or _is_even(step, weights):
                continue
            text = (
                f"{made.name} gave one number for all {items}, and that is multiplied by {shape}, one factor for each "
                "item: each factor weighs the same number, so which item it belongs to makes no difference"
            )
            yield sighted("weighted_after_reduction", made, text, (_fix(made, items, shape),))
            return


def _made(step: Step, number: Ref) -> Node | None:
    """What made one number of many, behind plain arithmetic with numbers."""
    for _ in range(_HOPS):
        node = step.node(number.node)
        if node.name in REDUCING or (node.name in _SUMS and step.tape.shape(node.parents[0]) != ()):
            return node
        learned = [ref for ref in node.parents if ref in step.learned]
        if node.name not in _SCALES or len(learned) != 1:
            return None
        number = learned[0]
    return None


def _items(step: Step, made: Node) -> tuple[int, ...]:
    """The shape of what was reduced: of the targets, for classes."""
    return step.tape.shape(made.parents[1 if made.name in CLASS_LOSSES else 0])


def _is_even(step: Step, weights: Ref) -> bool:
    """Whether all factors are the same: then it makes no difference when they are multiplied with."""
    value = step.value(weights)
    return bool((value == value.reshape(-1)[:1]).all())


def _is_summed(step: Step, node: Node) -> bool:
    """Whether the products are added up again."""
    readers = [step.node(i) for i in step.order if i > node.index and Ref(node.index) in step.node(i).parents]
    return bool(readers) and all(other.name in _SUMS for other in readers)


def _fix(made: Node, items: tuple[int, ...], shape: tuple[int, ...]) -> Fix:
    if made.name in REDUCING:
        own = type(made.module).__module__.startswith("torch.") if made.module is not None else False
        return Fix("reduction='none'", () if own else in_call(made, "reduction='none'"), "no")
    if shape == items:
        return Fix("multiply first, then add up", (), "no")
    return Fix("dim=-1", in_call(made, "dim=-1"), "no")


PROBE = Probe(
    "weights of single items meet the losses of these",
    lambda look: weighted_after(look.step),
)
