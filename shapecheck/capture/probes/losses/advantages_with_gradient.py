"""Advantages that weigh log-probabilities and carry a gradient: the value learns to please the policy."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.tensors.graphs import graph_of
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.operand_edits import with_call
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import (
    DIFFERENCES,
    DISTANCES,
    PROBABILITIES,
    REARRANGES,
    SAME_NUMBERS,
    SQUARES,
)
from shapecheck.findings import Edit, Fix

_LOGARITHMS = frozenset(["log_softmax", "logsumexp", "binary_cross_entropy_with_logits"])
# The logarithm of a width is none of a probability, unless a square is divided by it.
_OF_LOG = PROBABILITIES | {"pow", "square"}
# What stands between scores and the log-probability of what was drawn by them.
_PASSES = SAME_NUMBERS | {"gather", "sub", "neg", "exp", "mul", "sum", "div", "add", "clamp", "minimum"}
_HOPS = 14


def advantages_with_gradient(step: Step) -> Iterator[Sighting]:
    """``-(log_prob * (returns - value)).mean() + F.mse_loss(value, returns)``: no ``detach`` in the first term.

    The residual of a value that is learned by a loss of its own, times a log-probability: as a weight it is a number.
    """
    graph = graph_of(step.tape, step.loss, {})
    for node in step.all_of_loss:
        if node.name != "mul" or len(node.parents) != 2 or node.index not in graph or node.spot is None:
            continue
        for at, (weight, other) in enumerate((node.parents, node.parents[::-1])):
            if weight.node not in graph or other.node not in graph or weight == other:
                continue
            found = _value_of(step, weight, graph)
            if found is None or not _is_likelihood(step, other, found[1]) or not _has_own_loss(step, found[1], graph):
                continue
            made, value = found
            text = (
                f"the advantage {step.tape.shape(weight)} is the difference of returns and of what a layer says "
                f"({step.tape.shape(value)}), and weighs log-probabilities with its gradient: the value is pushed by "
                "how likely each action is, besides by its own loss"
            )
            place, edits = _where(step, node, at, made)
            yield sighted("advantages_with_gradient", place, text, (Fix(".detach()", edits, "no"),))
            return


def _value_of(step: Step, weight: Ref, graph: set[int]) -> tuple[Node, Ref] | None:
    """The difference that a weight is, and the value in it, if nothing else in it carries a gradient."""
    ref, made = origin(step.tape, weight, REARRANGES, first=step.first)
    learned = [parent for parent in made.parents if parent.node in graph]
    if made.name not in DIFFERENCES or len(learned) != 1 or step.is_leaf(ref):
        return None
    return made, _plain(step, learned[0])


def _plain(step: Step, ref: Ref) -> Ref:
    return origin(step.tape, ref, REARRANGES, first=step.first)[0]


def _has_own_loss(step: Step, value: Ref, graph: set[int]) -> bool:
    """Whether a square or a loss brings the value near something that carries no gradient."""
    for node in step.all_of_loss:
        sides = node.parents
        if node.name in SQUARES and node.parents and len(set(node.parents)) == 1:
            made = step.node(_plain(step, node.parents[0]).node)
            sides = made.parents if made.name in DIFFERENCES else ()
        elif node.name not in DISTANCES:
            continue
        learned = [ref for ref in sides if ref.node in graph]
        if len(learned) == 1 and _plain(step, learned[0]) == value:
            return True
    return False


def _is_likelihood(step: Step, ref: Ref, value: Ref) -> bool:
    """Whether it is the logarithm of a probability, and what the value was made of had no part in it."""
    own = {value, *_scores_of(step, value)}
    open_refs, seen, names = [(ref, 0)], set[Ref](), set[str]()
    while open_refs:
        at, hops = open_refs.pop()
        if at in own:
            return False
        node = step.node(at.node)
        if at in seen or hops > _HOPS or step.is_leaf(at):
            continue
        seen.add(at)
        names.add(node.name)
        if node.name in _PASSES | _LOGARITHMS | {"log"}:
            open_refs += [(parent, hops + 1) for parent in node.parents]
    return bool(names & _LOGARITHMS) or ("log" in names and bool(names & _OF_LOG))


def _scores_of(step: Step, value: Ref) -> Iterator[Ref]:
    """What the scores are, if the value is itself a probability: ``(1 - p) * log_p`` is a loss of such scores."""
    is_probability = False
    for ref, made in backwards(step.tape, value, SAME_NUMBERS | PROBABILITIES | {"gather"}, first=step.first):
        if is_probability:
            yield ref
        is_probability |= made.name in PROBABILITIES


def _where(step: Step, node: Node, at: int, made: Node) -> tuple[Node, tuple[Edit, ...]]:
    """The difference itself, if nothing but this product reads it, and else its place in the product."""
    ref, readers = made.ref, [made]
    while readers and readers[0] is not node:
        readers = step.readers(ref, to_loss=True)
        if len(readers) != 1:
            return node, with_call(node, at, ".detach()")
        ref = readers[0].ref
    expression = node_at(made, ast.BinOp)
    if not isinstance(expression, ast.BinOp) or made.spot is None:
        return node, with_call(node, at, ".detach()")
    return made, replaced_text(made.spot.code.co_filename, expression, f"({ast.unparse(expression)}).detach()")


PROBE = Probe(
    "advantages weigh log-probabilities as numbers",
    lambda look: advantages_with_gradient(look.step),
)
