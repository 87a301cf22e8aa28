"""What says of a model of symbols that it is to say what comes next, although it is asked for what it was given."""

from __future__ import annotations

import ast
from collections.abc import Collection

from shapecheck.capture.instruments.axes.classes import ignored_label
from shapecheck.capture.instruments.steps.asked import MOVES, Own
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import tree_of
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, DISTANCES, FLAG_LOSSES, TURNS
from shapecheck.reading.name_words import words_of
from shapecheck.reading.sources import walk

_ASKS = CLASS_LOSSES | DISTANCES | FLAG_LOSSES
_COPIES = frozenset(["echo", "identity", "autoencoder", "reconstruct", "reconstruction", "recon"])
_PRICES = frozenset(["mean", "sum", "norm"])
_SIZES = frozenset(["abs", "pow", "square", "mul", "relu"])
_PRODUCTS = frozenset(["linear", "matmul", "mm", "bmm", "einsum"])


def is_of_next_words(step: Step, own: Own, above: Collection[int]) -> bool:
    """Whether symbols are asked for as models of the next one are asked for them.

    A model that is to say what it reads, for practice or through a code, is given it once. One that reckons its own
    loss and is given the same symbols as answers relies on a shift that it does not make. Who leaves out the filler,
    scores symbols with the very table that it reads them with, or lets a convolution see no later step, trains no echo.
    Beside another question an echo may be what keeps the states from forgetting what they have read, and whoever says
    that a copy is wanted means it.

    Args:
        step: The training step.
        own: What is asked for, none of which is known later than it is given.
        above: The nodes that the predictions are made of.
    """
    if not own.is_class or step.value(own.source).is_floating_point() or _is_beside_another(step, own):
        return False
    if _is_said_to_copy(own):
        return False
    nodes = [step.node(index) for index in above]
    return (
        _is_given_its_answers(step, own)
        or _is_filler_left_out(step, own)
        or _is_scored_with_its_table(step, nodes)
        or _is_convolved_with_the_past(step, nodes)
    )


def _is_beside_another(step: Step, own: Own) -> bool:
    """Whether the loss asks for something else as well, be it the next symbol."""
    if len({item.first for item in own.meetings}) > 1:
        return True
    asking = {item.node.index for item in own.meetings}
    return any(
        (node.name in _ASKS and node.index not in asking) or _is_price_of_states(step, node, asking)
        for node in step.all_of_loss
    )


def _is_price_of_states(step: Step, node: Node, asking: set[int]) -> bool:
    """``h.abs().mean()``: a state that costs something is a code, and does not just hand on what it is given."""
    if node.name not in _PRICES or node.shapes[0] or not node.parents:
        return False
    whole, made = origin(step.tape, node.parents[0], _SIZES, first=step.first)
    is_made = whole in step.learned and made.kind != "parameter"
    return is_made and not asking.intersection(ancestors(step.tape, [node.ref], step.first))


def _is_said_to_copy(own: Own) -> bool:
    """Whether a name in the script says that what goes in is to come out again."""
    tree = tree_of(own.node.spot.code.co_filename) if own.node.spot is not None else None
    for item in walk(tree):
        if isinstance(item, ast.FunctionDef | ast.ClassDef):
            is_said = bool(words_of(item.name) & (_COPIES | {"copy"}))
        else:
            is_said = isinstance(item, ast.Name) and bool(words_of(item.id) & _COPIES)
        if is_said:
            return True
    return False


def _is_given_its_answers(step: Step, own: Own) -> bool:
    """``model(ids, labels=ids)``, where the model reckons the loss."""
    for root in step.roots:
        if not root.first <= own.node.index < root.last:
            continue
        given = [*root.inputs, *root.named.values()]
        held = {origin(step.tape, item.target, MOVES, first=root.first)[0] for item in own.meetings}
        others = held - {own.source}
        if own.source in given and (others & {*given} or (not others and given.count(own.source) > 1)):
            return True
    return False


def _is_filler_left_out(step: Step, own: Own) -> bool:
    """Whether the loss leaves out a label that stands where the sequences have ended."""
    for item in own.meetings:
        left_out = step.value(item.target) == ignored_label(item.node)
        if bool(left_out.any()) and not bool(left_out.all()):
            return True
    return False


def _is_scored_with_its_table(step: Step, nodes: list[Node]) -> bool:
    """Whether the rows of the table that the symbols are read from are multiplied to score them."""
    tables = {node.parents[1] for node in nodes if node.name == "embedding" and len(node.parents) > 1}
    read = (ref for node in nodes if node.name in _PRODUCTS for ref in node.parents)
    return any(_parameter(step, ref) in tables for ref in read)


def _parameter(step: Step, ref: Ref) -> Ref:
    return origin(step.tape, ref, TURNS)[0]


def _is_convolved_with_the_past(step: Step, nodes: list[Node]) -> bool:
    """Whether a convolution reads several steps: without care it would read later ones as well."""
    return any(node.name == "conv1d" and step.tape.shape(node.parents[1])[-1] > 1 for node in nodes)
