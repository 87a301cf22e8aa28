"""A normalisation that is left at its default axis, where the features are the last."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.axes.embeddings import is_embedding
from shapecheck.capture.instruments.axes.features_axis import features_of
from shapecheck.capture.instruments.tensors.makers import FEATURES_LAST, maker
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, in_call, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix


def left_at_default(step: Step) -> Iterator[Sighting]:
    """A normalisation that was given no axis and takes axis 1, where the last one holds the features."""
    for node in step.of_loss:
        if node.name not in ("normalize", "cosine_similarity"):
            continue
        # torch itself hands an axis on always: whether one was given is in the source alone.
        call = call_at(node)
        if call is None or len(call.args) > 2 or any(word.arg in ("dim", None) for word in call.keywords):
            continue
        if not isinstance(call.func, ast.Attribute | ast.Name) or not ast.unparse(call.func).endswith(node.name):
            continue
        source = _widest(step, node)
        shape, made = step.tape.shape(source), maker(step, source)
        if len(shape) < 3 or shape[1] < 2 or shape[-1] < 2:
            continue
        is_made = made is not None and made.name in FEATURES_LAST
        if not is_made and not is_embedding(step, source, features_of(step.tape, step.order)):
            continue
        by = made.name if made is not None and is_made else "layers"
        text = (
            f"{node.name} without dim runs along axis 1 of {shape}; the features, which {by} made, are the last: each "
            f"of the {shape[-1]} features is scaled by what the {shape[1]} positions have of it together"
        )
        fix = Fix("dim=-1", in_call(node, "dim=-1"), "no")
        yield sighted("normalised_at_default_axis", node, text, (fix,))


def _widest(step: Step, node: Node) -> Ref:
    """What is normalised; of two that are compared, such as one query with many items, the one that has axis 1."""
    first, *others = node.parents
    one = step.tape.shape(first)
    for other in others if node.name == "cosine_similarity" else ():
        shape = step.tape.shape(other)
        if len(one) == len(shape) > 2 and one[1] == 1 < shape[1] and one[-1] == shape[-1]:
            return other
    return first


PROBE = Probe(
    "no normalisation is left at an axis that holds no features",
    lambda look: left_at_default(look.step),
    # Where later steps leak by it, that is more.
    turn=Turn.LAST,
)
