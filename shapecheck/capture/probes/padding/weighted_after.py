"""A mask or weights for single items, which come when all of them were made one number already."""

from __future__ import annotations

import math
from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.constructors import constructor_of
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, in_call, in_constructor, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import AVERAGES, CLASS_LOSSES, DIFFERENCES, SAME_NUMBERS, TOTALS
from shapecheck.findings import Edit, Fix

_SCALES = frozenset(["mul", "div", "neg", "add", "sub"])
_POWERS = frozenset(["pow", "square", "detach", "clamp", "clamp_min", "to", "squeeze"])
_LOGARITHMS = CLASS_LOSSES | {"binary_cross_entropy", "binary_cross_entropy_with_logits", "log_softmax", "logsigmoid"}
_HOPS = 6


def weighted_after(step: Step) -> Iterator[Sighting]:
    """``F.cross_entropy(scores, labels) * mask``: the loss of all items, once for each item of the mask."""
    for node in step.of_loss:
        if node.name != "mul" or len(node.parents) != 2:
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


def focal_of_mean(step: Step) -> Iterator[Sighting]:
    """``(1 - exp(-loss)) ** 2 * loss`` of a mean: what was to weigh hard items more is one factor for all of them.

    Several of these in one step may weigh tasks against each other, which is done with their means.
    """
    found: dict[int, tuple[Node, Node]] = {}
    for node in step.all_of_loss:
        if node.name != "mul" or len(node.parents) != 2:
            continue
        for factor, number in (node.parents, node.parents[::-1]):
            made = _made(step, number) if number in step.learned else None
            if made is not None and _is_focal(step, factor, made):
                found[made.index] = made, node
    for made, node in found.values() if len(found) == 1 else ():
        items = _items(step, made)
        if math.prod(items) < 2 or made.shapes[0] != () or not _is_of_probability(step, made):
            continue
        text = (
            f"{made.name} gave the mean over all {items}, and 1 - exp(-mean) is what this mean is multiplied by: one "
            "factor for the whole batch, so items that are hard weigh no more than those that are easy"
        )
        is_reduced = any(one.name in TOTALS for one in _behind(step, node))
        fix = _fix(made, items, items)
        if not is_reduced:
            # What is left would be one number for each item, of which no backward starts.
            fix = Fix(f"{fix.title}, and the mean behind the factor", (), "no")
        yield sighted("weighted_after_reduction", made, text, (fix,))


def _is_of_probability(step: Step, made: Node) -> bool:
    """Whether a mean is one of logarithms of probabilities: the exponential of anything else is no probability."""
    if made.kwargs.get("reduction", "mean") != "mean":
        return False
    for _ in range(_HOPS):
        if made.name in _LOGARITHMS:
            return True
        learned = [parent for parent in made.parents if parent in step.learned]
        if len(learned) != 1 or made.name not in AVERAGES | _SCALES | SAME_NUMBERS | {"gather"}:
            return False
        made = step.node(learned[0].node)
    return False


def _is_focal(step: Step, ref: Ref, made: Node) -> bool:
    """Whether a factor is one minus the exponential of what a node made, or a power of that."""
    has_difference = has_exponential = False
    for _ in range(2 * _HOPS):
        if ref == made.ref:
            return has_difference and has_exponential
        node = step.node(ref.node)
        learned = [parent for parent in node.parents if parent in step.learned]
        if not has_exponential and len(step.readers(node, to_loss=True)) != 1:
            # What goes to this loss is taken from another one: both are balanced.
            return False
        if len(learned) != 1 or node.name not in _SCALES | DIFFERENCES | _POWERS | {"exp"}:
            return False
        has_difference |= node.name in DIFFERENCES and not has_exponential
        has_exponential |= node.name == "exp"
        ref = learned[0]
    return False


def _behind(step: Step, node: Node) -> Iterator[Node]:
    """What one number goes through on its way to the loss, as long as it is the only one."""
    for _ in range(_HOPS):
        readers = step.readers(node, to_loss=True)
        if len(readers) != 1:
            return
        node = readers[0]
        yield node


def _made(step: Step, number: Ref) -> Node | None:
    """What made one number of many, behind plain arithmetic with numbers."""
    for _ in range(_HOPS):
        node = step.node(number.node)
        if node.name in REDUCING or (node.name in TOTALS and step.tape.shape(node.parents[0]) != ()):
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
    """Whether the products are added up again, scaled or beside other losses of the same items."""
    open_nodes, seen = [node], set[int]()
    while open_nodes:
        made = open_nodes.pop()
        if made.index in seen:
            continue
        seen.add(made.index)
        readers = step.readers(made)
        carried = [other for other in readers if other.name in _SCALES and other.shapes == node.shapes]
        if len(seen) > _HOPS or not readers or any(other.name not in TOTALS | _SCALES for other in readers):
            return False
        if any(other.name in _SCALES and other.shapes != node.shapes for other in readers):
            return False
        open_nodes += carried
    return True


def _in_call(made: Node) -> tuple[Edit, ...]:
    """The edit that has a loss reduce nothing."""
    call = call_at(made)
    given = [word.value for word in call.keywords if word.arg == "reduction"] if call is not None else []
    if given and made.spot is not None:
        return replaced_text(made.spot.code.co_filename, given[0], "'none'")
    return in_call(made, "reduction='none'")


def _fix(made: Node, items: tuple[int, ...], shape: tuple[int, ...]) -> Fix:
    if made.name in REDUCING:
        own = type(made.module).__module__.startswith("torch.") if made.module is not None else False
        is_given = own and constructor_of(made) is not None
        edits = in_constructor(made, "reduction='none'") if is_given else () if own else _in_call(made)
        return Fix("reduction='none'", edits, "no")
    if shape == items:
        return Fix("multiply first, then add up", (), "no")
    return Fix("dim=-1", in_call(made, "dim=-1"), "no")


PROBE = Probe(
    "weights of single items meet the losses of these",
    lambda look: (*weighted_after(look.step), *focal_of_mean(look.step)),
)
