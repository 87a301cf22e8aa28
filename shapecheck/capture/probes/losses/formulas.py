"""Formulas written by hand for probabilities, such as an overlap or a cross entropy, that are fed with scores."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Values, ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import BOUNDS_BELOW, DIVIDES, GATHERS, REARRANGES, SAME_NUMBERS
from shapecheck.findings import Fix

_PRODUCTS = frozenset(["mul", "einsum", "dot", "inner", "vdot", "min", "minimum"])
_LOGS = frozenset(["log", "log2", "log10"])
_LAYERS = frozenset(["linear", "conv1d", "conv2d", "conv3d"])
_MOVES_ON = frozenset(["add", "sub", "rsub", "neg", "mul"])
# These return a view of what they are given, where it is contiguous.
_VIEWS = frozenset(
    [
        "view",
        "reshape",
        "flatten",
        "squeeze",
        "unsqueeze",
        "contiguous",
        "__getitem__",
        "select",
        "narrow",
        "permute",
        "transpose",
        "movedim",
        "T",
        "mT",
        "t",
    ]
)
_OUTSIDE, _SHARE = 0.01, 0.05


def formulas(step: Step) -> Iterator[Sighting]:
    """Overlaps, cross entropies and likelihoods of numbers below zero and above one."""
    for see in (_overlap, _entropy, _likelihood, _unbounded):
        for index in step.order:
            seen = see(step, step.node(index)) if index in step.to_loss else None
            if seen is not None:
                yield seen
                return


def _overlap(step: Step, node: Node) -> Sighting | None:
    """A ratio that is one where a prediction equals its mask, less where it is half of it, and near zero beside it."""
    if node.name not in DIVIDES or len(node.parents) < 2:
        return None
    for index in ancestors(step.tape, node.parents, step.first):
        product = step.node(index)
        if product.name not in _PRODUCTS or len(product.parents) != 2:
            continue
        for scores, mask in (product.parents, product.parents[::-1]):
            if scores not in step.learned or mask in step.learned or not _is_mask(step.value(mask)):
                continue
            if step.tape.shape(scores) != step.tape.shape(mask) or not _is_outside(step.value(scores)):
                continue
            if _measures_overlap(step, node, scores, mask):
                low, high = _range(step.value(scores))
                ratio = step.value(node.ref)
                text = (
                    f"the ratio of line {node.spot.line if node.spot else 0} is 1 where the prediction is the mask and "
                    f"falls to 0 beside it, for a prediction between 0 and 1; it is fed with {low:.2g} to {high:.2g}, "
                    f"and comes out at {_text(ratio)}: nothing bounds it, and pushing scores far down or up is rewarded"
                )
                return _told(step, product, scores, text)
    return None


def _measures_overlap(step: Step, node: Node, scores: Ref, mask: Ref) -> bool:
    truth = step.value(mask).to(step.value(scores).dtype)
    seen = []
    for value in (truth, 0.5 * truth, 1 - truth):
        after = _with_scores(step, scores, value)
        ratio = after.get(node.ref) if after is not None else None
        # What is divided by the mask alone is a mean over the mask.
        below = after.get(node.parents[1]) if after is not None else None
        if below is None or ratio is None or not bool(ratio.isfinite().all()):
            return False
        if torch.equal(below, step.value(node.parents[1])):
            return False
        seen.append(ratio)
    whole, half, none = seen
    # Twice the ratio may be taken behind it.
    scale = 0.5 if float(whole.mean()) < 0.75 else 1.0
    whole, half, none = whole / scale, half / scale, none / scale
    return (
        bool(((whole - 1).abs() < 1e-2).all())
        and bool(((half > 0.3) & (half < 0.97)).any())
        and bool((half < whole + 1e-6).all())
        and bool(((none >= -1e-6) & (none < 0.8)).all())
    )


def _with_scores(step: Step, scores: Ref, value: Tensor) -> Values | None:
    """The values that come out with other scores, put in behind what only moves them, so that every reader has them."""
    chain: list[Node] = []
    source = scores
    while not step.is_leaf(source) and step.node(source.node).name in _VIEWS:
        chain.append(step.node(source.node))
        if len(chain[-1].parents) != 1:
            return None
        source = chain[-1].parents[0]
    whole = step.value(source).clone().contiguous()
    place = whole
    for node in reversed(chain):
        place = node.function(place, *node.args[1:], **node.kwargs)  # type: ignore[misc]
    if isinstance(place, Tensor) and place.shape == value.shape and (not chain or place._is_view()):
        place.copy_(value)
        after = step.changed(source, whole)
        return after if torch.equal(after.get(scores, value), value) else None
    return step.changed(scores, value)


def _entropy(step: Step, node: Node) -> Sighting | None:
    """``y * log(p) + (1 - y) * log(1 - p)`` where p had to be cut to fit between zero and one."""
    if node.name not in _LOGS or not node.parents:
        return None
    mine = _cut(step, node.parents[0])
    if mine is None or mine[1] != 1 or not _is_outside(step.value(mine[0]), _SHARE):
        return None
    other = next(
        (
            log
            for log in step.nodes
            if log is not node
            and log.name == node.name
            and log.index in step.to_loss
            and _cut(step, log.parents[0]) == (mine[0], -1)
        ),
        None,
    )
    if other is None or not all(_is_weighed(step, log) for log in (node, other)):
        return None
    low, high = _range(step.value(mine[0]))
    text = (
        f"the formula takes the logarithm of p and of 1 - p, for a p between 0 and 1, and is fed with {low:.2g} to "
        f"{high:.2g}: what lies outside is cut off, and gets no gradient any more"
    )
    return _told(step, node, mine[0], text)


def _likelihood(step: Step, node: Node) -> Sighting | None:
    """``-p.clamp_min(1e-8).gather(1, labels).log()`` where p had to be cut to have a logarithm at all."""
    if node.name not in _LOGS or not node.parents:
        return None
    scores = _picked_by_labels(step, node) or _marked_by_labels(step, node)
    if scores is None or not _is_outside(step.value(scores)) or not _is_often_negative(step.value(scores)):
        return None
    if _is_used_beside(step, node, scores):
        # Rates have a logarithm where something happened, and a sum of all of them that holds them down.
        return None
    low, high = _range(step.value(scores))
    text = (
        f"the formula takes the logarithm of the number that belongs to the class of each label, for probabilities "
        f"between 0 and 1, and is fed with {low:.2g} to {high:.2g}: what lies below is cut off, and gets no gradient "
        "any more, and what lies above is rewarded without a bound"
    )
    return _told(step, node, scores, text)


def _is_used_beside(step: Step, log: Node, scores: Ref) -> bool:
    """Whether the loss reads the scores, or what was made of them on the way to a logarithm, in another place too."""
    ref = log.parents[0]
    while len(step.readers(ref, to_loss=True)) == 1:
        if ref == scores:
            return False
        ref = step.node(ref.node).parents[0]
    return True


def _picked_by_labels(step: Step, log: Node) -> Ref | None:
    """Of what whole numbers pick one item each, where it is cut off from below in front of the logarithm."""
    ref, is_cut, is_picked = log.parents[0], False, False
    for _ in range(8):
        node = step.node(ref.node)
        if step.is_leaf(ref) or node.name not in BOUNDS_BELOW | SAME_NUMBERS | GATHERS | {"add"}:
            break
        numbers = node.parents[1:]
        if numbers and node.name not in GATHERS | {"__getitem__"}:
            break
        is_picked |= any(at not in step.learned and step.tape.dtype(at) == torch.int64 for at in numbers)
        is_cut |= node.name in BOUNDS_BELOW
        ref = node.parents[0]
    return ref if is_cut and is_picked and ref in step.learned else None


def _marked_by_labels(step: Step, log: Node) -> Ref | None:
    """The same where a row of zeros with a one in it marks the class."""
    mine = _cut(step, log.parents[0])
    if mine is None or mine[1] != 1:
        return None
    for node in step.readers(log, to_loss=True):
        others = [ref for ref in node.parents if ref != log.ref and ref not in step.learned]
        if node.name == "mul" and others and _is_one_hot(step.value(others[0])):
            return mine[0]
    return None


def _is_one_hot(value: Tensor) -> bool:
    if value.ndim < 2 or not _is_mask(value.abs()):
        return False
    marks = value.abs()
    return any(bool((marks.sum(axis) == 1).all()) and value.shape[axis] > 1 for axis in range(1, value.ndim)) and bool(
        ((marks == 0) | (marks == 1)).all()
    )


def _is_often_negative(value: Tensor) -> bool:
    return float((value < -_OUTSIDE).double().mean()) > _SHARE


def _unbounded(step: Step, node: Node) -> Sighting | None:
    """``F.binary_cross_entropy(layer(x), y)``, whose scores happen to lie between zero and one until they do not."""
    if node.name != "binary_cross_entropy" or not node.parents:
        return None
    # Which of several that are joined is read is not known.
    made = origin(step.tape, node.parents[0], REARRANGES, first=step.first)[1]
    if made.name not in _LAYERS or _is_average(step, made):
        return None
    low, high = _range(step.value(node.parents[0]))
    text = (
        f"{node.name} takes probabilities, and is fed with what a layer returned ({made.name}), in which no activation "
        f"keeps them between 0 and 1: here they are {low:.2g} to {high:.2g} by chance, and torch stops at the first "
        "that is not"
    )
    fix = Fix("binary_cross_entropy_with_logits, which has a sigmoid of its own", (), "no")
    return sighted("scores_in_a_formula", node, text, (fix,))


def _is_average(step: Step, layer: Node) -> bool:
    """Whether it weighs probabilities by shares: of these it makes probabilities again."""
    given, weight, *bias = (step.value(ref) for ref in layer.parents)
    shares = weight.flatten(1).sum(1) + (bias[0] if bias else 0)
    is_shared = all(bool((each >= 0).all()) for each in (weight, *bias)) and bool((shares <= 1 + _OUTSIDE).all())
    return is_shared and not _is_outside(given) and bool(given.isfinite().all())


def _cut(step: Step, ref: Ref) -> tuple[Ref, int] | None:
    """What stands behind a clamp, and whether it comes as it is (1) or as one minus itself (-1)."""
    sign, is_cut = 1, False
    for _ in range(8):
        if step.is_leaf(ref):
            return None
        node = step.node(ref.node)
        if len(node.parents) != 1 or node.name not in BOUNDS_BELOW | _MOVES_ON | SAME_NUMBERS:
            break
        is_cut |= node.name in BOUNDS_BELOW
        if node.name in ("rsub", "neg") or (node.name == "sub" and not isinstance(node.args[0], Ref)):
            sign = -sign
        ref = node.parents[0]
    return (ref, sign) if is_cut and ref in step.learned else None


def _is_weighed(step: Step, log: Node) -> bool:
    """Whether its logarithm is multiplied by a target between zero and one."""
    return any(
        node.name == "mul"
        and log.ref in node.parents
        and any(parent.node != log.index and _holds_mask(step, parent) for parent in node.parents)
        for node in (node for node in step.nodes if node.index > log.index)
    )


def _holds_mask(step: Step, ref: Ref, hops: int = 4) -> bool:
    """Whether it is a target between zero and one, or a product with one."""
    if ref not in step.learned:
        return _is_mask(step.value(ref).abs())
    node = step.node(ref.node)
    return hops > 0 and node.name == "mul" and any(_holds_mask(step, one, hops - 1) for one in node.parents)


def _told(step: Step, node: Node, scores: Ref, text: str) -> Sighting:
    """At the first operation on the scores inside the function that holds the formula."""
    place, ref = node, scores
    while not step.is_leaf(ref):
        made = step.node(ref.node)
        if made.name not in SAME_NUMBERS or made.spot is None or node.spot is None:
            break
        if made.spot.code is not node.spot.code or not made.parents:
            break
        place, ref = made, made.parents[0]
    return sighted("scores_in_a_formula", place, text)


def _is_mask(value: Tensor) -> bool:
    if not value.numel() or (not value.dtype.is_floating_point and value.dtype not in (torch.int64, torch.bool)):
        return False
    low, high = _range(value)
    return low >= 0 and 0.5 < high <= 1 and low < 0.5


def _is_outside(value: Tensor, share: float = 0.0) -> bool:
    if not value.is_floating_point() or not bool(value.isfinite().all()):
        return False
    outside = (value < -_OUTSIDE) | (value > 1 + _OUTSIDE)
    return float(outside.double().mean()) > share


def _range(value: Tensor) -> tuple[float, float]:
    return float(value.min()), float(value.max())


def _text(value: Tensor) -> str:
    low, high = _range(value)
    return f"{low:.2g}" if value.numel() == 1 else f"{low:.2g} to {high:.2g}"


PROBE = Probe(
    "formulas for probabilities are fed with probabilities",
    lambda look: formulas(look.step),
)
