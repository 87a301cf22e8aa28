"""Scores of an attention that a mask makes low: the mask, the queries and the keys, and what each was made of."""

from __future__ import annotations

from torch import Tensor

from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ATTENTIONS, CONTRACTIONS

LOW = -1e3
_HOPS = 8
_ROOTS = 16


def masked_scores(step: Step, node: Node) -> tuple[Tensor, list[Ref], Ref, Ref, Node] | None:
    """Which scores are low, what the mask was, the queries, the keys, and where they meet the mask."""
    if node.name in ATTENTIONS:
        mask = node.kwargs.get("attn_mask")
        if not isinstance(mask, Ref) or mask in step.learned or len(node.parents) < 3:
            return None
        value, sizes = step.value(mask), [step.tape.shape(parent) for parent in node.parents[:2]]
        axis = -2 if node.name == "scaled_dot_product_attention" else 0
        hidden = value < LOW if value.is_floating_point() else value.bool() ^ (axis == -2)
        try:
            low = hidden.expand(*hidden.shape[:-2], sizes[0][axis], sizes[1][axis])
        except RuntimeError:
            return None
        return low, [mask], node.parents[0], node.parents[1], _where_turned(step, mask) or node
    if node.name != "softmax":
        return None
    scores = step.value(node.parents[0])
    if axis_of(node, scores.ndim) != scores.ndim - 1 or not scores.is_floating_point():
        return None
    masks: list[Ref] = []
    ref, place = node.parents[0], node
    for _ in range(_HOPS):
        made = step.node(ref.node)
        learned = [parent for parent in made.parents if parent in step.learned]
        if made.name in CONTRACTIONS:
            pair = _queries_and_keys(made)
            return (scores < LOW, masks, *pair, place) if pair is not None and masks else None
        if len(learned) != 1:
            return None
        others = [parent for parent in made.parents if parent not in step.learned]
        if others and step.tape.shape(others[0]):
            masks, place = masks + others, _where_turned(step, others[0]) or made
        ref = learned[0]
    return None


def are_of_pairs(step: Step, scores: Ref) -> bool:
    """Whether scores are products of places with places, sample by sample, and no table of weights was a factor."""
    for _ in range(_HOPS):
        made = step.node(scores.node)
        if step.is_leaf(scores):
            return False
        if made.name in CONTRACTIONS:
            factors = [step.tape.shape(parent) for parent in made.parents]
            return len(factors) == 2 and all(len(shape) == len(made.shapes[0]) for shape in factors)
        learned = [parent for parent in made.parents if parent in step.learned]
        if len(learned) != 1:
            return False
        scores = learned[0]
    return False


def _where_turned(step: Step, mask: Ref) -> Node | None:
    """Where a mask of rows and columns got the axis along which it is the same."""
    for _ in range(_HOPS):
        node = step.node(mask.node)
        if step.is_leaf(mask) or not node.parents:
            return None
        if len(step.tape.shape(node.parents[0])) < len(node.shapes[0]) and node.name in ("unsqueeze", "__getitem__"):
            return node if node.spot is not None else None
        if len(node.parents) != 1:
            return None
        mask = node.parents[0]
    return None


def _queries_and_keys(node: Node) -> tuple[Ref, Ref] | None:
    """The factor that has the last axis of the scores, and the other one in front of it."""
    if len(node.parents) != 2:
        return None
    left, right = node.parents
    equation = node.args[0] if node.name == "einsum" else "a,b->ab"
    if not isinstance(equation, str) or "->" not in equation:
        return None
    given, out = equation.replace(" ", "").split("->")
    if node.name != "einsum" or out[-1] in given.split(",")[1]:
        return left, right
    return right, left


def sources_of(step: Step, refs: list[Ref]) -> set[Ref]:
    """Which inputs of the model some tensors are made of."""
    ends = {ref for root in step.tape.roots[-_ROOTS:] for ref in root.inputs} | set(step.inputs)
    found: set[Ref] = set()
    seen: set[Ref] = set()
    rest = list(refs)
    while rest:
        ref = rest.pop()
        if ref in ends:
            found.add(ref)
        elif ref not in seen and not step.is_leaf(ref):
            seen.add(ref)
            rest += step.node(ref.node).parents
    return found
