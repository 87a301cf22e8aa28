"""Embeddings of many positions that are compared along the positions, feature by feature."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from shapecheck.capture.instruments.axes.embeddings import is_embedding
from shapecheck.capture.instruments.axes.features_axis import features_of
from shapecheck.capture.instruments.axes.unit_norms import Unit, along, is_euclidean, units
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.graphs import graph_of
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, SQUARES
from shapecheck.findings import Fix

_TAKES_AXIS_ONE = frozenset(["normalize", "cosine_similarity"])


def compared_along_positions(step: Step) -> Iterator[Sighting]:
    """``cosine_similarity(a, b, dim=1)`` of vectors that networks made along the last axis.

    ``mse_loss(normalize(a, dim=1), normalize(b, dim=1))`` is the same number, but for a factor. Data of the last axis,
    such as several series, may well be compared over time, and so may what a mean was taken off from. Where each
    channel of a teacher is normalised over its positions, the map that is left of it may be what a student is to learn.
    """
    of_loss = [index for index in step.order if index in step.to_loss]
    by_ref = {unit.ref: unit for unit in units(step.tape, of_loss) if is_euclidean(unit.node)}
    for node in map(step.node, of_loss):
        sides = _cosine(node) or _gap(step, node, by_ref)
        # The vectors are those of the positions of three axes: with two, axis 1 is the last one.
        if {(unit.axis, len(step.tape.shape(unit.source))) for unit in sides} != {(1, 3)}:
            continue
        shape, other = (step.tape.shape(unit.source) for unit in sides)
        if shape != other or min(shape) < 2 or not all(_is_said(unit.node) for unit in sides):
            continue
        features = features_of(step.tape, step.order)
        if all(is_embedding(step, unit.source, features) for unit in sides):
            yield _told(step, sides, shape)
            return


def _cosine(node: Node) -> list[Unit]:
    """Both vectors of a cosine, each with the length one that it gives them."""
    given = node.argument(2, "dim", default=1)
    if node.name != "cosine_similarity" or given not in (1, -2) or len(node.parents) != 2:
        return []
    return [Unit(node.ref, 1, ref, node) for ref in node.parents]


def _gap(step: Step, node: Node, by_ref: dict[Ref, Unit]) -> list[Unit]:
    """Two tensors of unit vectors of which the squares of what lies between them are added up."""
    readers = step.readers(node)
    is_squared = node.name == "sub" and len(readers) == 1 and readers[0].name in SQUARES
    if not (is_squared or node.name == "mse_loss") or len(node.parents) != 2:
        return []
    if not all(_is_taught(step, ref) for ref in node.parents):
        return []
    found = [by_ref.get(origin(step.tape, ref, CONVERTS)[0]) for ref in node.parents]
    return [unit for unit in found if unit is not None] if None not in found and found[0] is not found[1] else []


def _is_taught(step: Step, ref: Ref) -> bool:
    """Whether a gradient flows from here to anything that is to learn."""
    modules = {id(root.module): root.module for root in step.roots}.values()
    frozen = {step.tape.known(one) for module in modules for one in module.parameters() if not one.requires_grad}
    read = {parent for index in graph_of(step.tape, ref, {}) for parent in step.node(index).parents}
    return any(step.node(parent.node).kind == "parameter" and parent not in frozen for parent in read)


def _is_said(node: Node) -> bool:
    """Whether the axis was given to a call; one that leaves it out is told of elsewhere. A module has it always."""
    if node.name not in _TAKES_AXIS_ONE:
        return True
    call = call_at(node)
    if call is None or isinstance(node.module, nn.CosineSimilarity):
        return call is not None
    return len(call.args) > 2 or any(word.arg == "dim" for word in call.keywords)


def _told(step: Step, sides: list[Unit], shape: tuple[int, ...]) -> Sighting:
    nodes = list(dict.fromkeys(unit.node for unit in sides))
    does = "run" if len(nodes) > 1 else "runs"
    name = " and ".join(dict.fromkeys(node.name for node in nodes))
    text = (
        f"{name} {does} along axis 1 of {shape}; the features, which the layers of both sides made, are the last: each "
        f"of the {shape[-1]} features is compared over the {shape[1]} positions together, and no vector with another"
    )
    edits = [other_axis(node, -1) for node in nodes]
    is_whole = len({edit[0].line for edit in edits if edit}) == len(nodes)
    runs: dict[int, Run] = {node.index: along(node, -1) for node in nodes}
    fix = Fix("dim=-1", tuple(e for edit in edits for e in edit) if is_whole else (), tried(step, runs))
    return sighted("scaled_along_other_axis", nodes[0], text, (fix,))


PROBE = Probe(
    "embeddings are compared along their features",
    lambda look: compared_along_positions(look.step),
)
