"""Losses of two terms that are one and the same: where each of a pair was to be held against the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from shapecheck.capture.instruments.tensors.addends import addends, is_sum
from shapecheck.capture.instruments.trials.operand_edits import in_exchange
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import expression_in
from shapecheck.capture.recording.vocabulary import ATTENTIONS, DROPS, NOISE, RANDOM, RECURRENT
from shapecheck.findings import Fix

_CHANCE = DROPS | NOISE | RANDOM | {"dropout3d", "feature_alpha_dropout", "rrelu", "gumbel_softmax", "poisson"}
_SCALES = frozenset(["mul", "div", "mean", "sum", "neg"])
_HOPS = 8


def term_twice(step: Step) -> Iterator[Sighting]:
    """``F.kl_div(p, q) + F.kl_div(p, q)``, or ``loss(scores, y) + loss(scores, y)``, where the second is written out.

    They are two calls in the source that are given the same numbers: a loop that comes to the same twice is none of
    these, and nor is a term that is weighed by being added twice over. Two names that are weighed otherwise, as the
    labels of two samples that were mixed, may stand for the same once in a while.
    """
    for node in step.all_of_loss:
        if not is_sum(node) or node.spot is None:
            continue
        terms = [(*found, is_off) for ref, is_off in addends(step, node) if (found := _loss(step, ref)) is not None]
        for (one, weight, off), (other, weight_of_other, is_off) in combinations(terms, 2):
            first, second = sorted((one, other), key=lambda each: each.index)
            if off is not is_off or not _are_written_twice(first, second) or not _is_same(step, first, second, _HOPS):
                continue
            if not _is_same(step, weight, weight_of_other, _HOPS) and not _are_written_alike(first, second):
                continue
            text = (
                f"{first.name} is called here twice with the same tensors, "
                f"{' and '.join(str(step.tape.shape(ref)) for ref in second.parents[:2])}, and both are added: it is "
                "one term, twice"
            )
            yield sighted("term_twice", second, text, (_other_way_round(step, second),))
            return


def _loss(step: Step, ref: Ref) -> tuple[Node, tuple[Any, ...]] | None:
    """The call of a loss that a term comes from, without a factor of one number, and the factors."""
    factors: list[Any] = []
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if node.name in REDUCING:
            return (node, tuple(factors)) if len(node.parents) > 1 else None
        many = [parent for parent in node.parents if step.tape.shape(parent) != () or len(node.parents) == 1]
        if node.name not in _SCALES or ref.node < step.first or len(many) != 1:
            return None
        factors.append((node.name, *(item for item in node.args if item != many[0])))
        ref = many[0]
    return None


def _are_written_twice(one: Node, other: Node) -> bool:
    return (
        one.spot is not None
        and other.spot is not None
        and one.name == other.name
        and one.index != other.index
        and (one.spot.places != other.spot.places)
    )


def _are_written_alike(one: Node, other: Node) -> bool:
    texts = [expression_in(node.spot.span) if node.spot is not None else None for node in (one, other)]
    return None not in texts and len({ast.unparse(text) for text in texts if text is not None}) == 1


def _is_same(step: Step, one: Any, other: Any, hops: int) -> bool:
    """Whether two calls, or what they were given, are the same: computed alike of the same tensors, by no chance."""
    if isinstance(one, Node) and isinstance(other, Node):
        if one is other:
            return True
        if hops < 0 or one.name != other.name or _is_by_chance(one) or step.is_leaf(one.ref) or step.is_leaf(other.ref):
            return False
        return _is_same(step, (one.args, one.kwargs), (other.args, other.kwargs), hops - 1)
    if isinstance(one, Ref) and isinstance(other, Ref):
        return one.out == other.out and _is_same(step, step.node(one.node), step.node(other.node), hops)
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(_is_same(step, *pair, hops) for pair in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(step, one[key], other[key], hops) for key in one)
    return type(one) is type(other) and bool(one == other)


def _is_by_chance(node: Node) -> bool:
    """Whether it comes out otherwise each time: some layers leave out numbers on the way."""
    if node.name in RECURRENT:
        # Among what these are given the share that is left out is the only fraction.
        return any(isinstance(item, float) and item > 0 for item in node.args)
    if node.name in ATTENTIONS:
        place = 4 if node.name == "scaled_dot_product_attention" else 10
        return bool(node.argument(place, "dropout_p", default=0.0))
    return node.name in _CHANCE


def _other_way_round(step: Step, call: Node) -> Fix:
    """The second with its tensors exchanged, where a model made both; else nothing tells what was meant."""
    learned = [ref in step.learned for ref in call.parents[:2]]
    edits = in_exchange(call) if all(learned) else ()
    return Fix("the other way round in the second" if edits else "what the second is to be held against", edits, "no")


PROBE = Probe(
    "no two terms of a loss are the same",
    lambda look: term_twice(look.step),
    needs_no_run=True,
)
