"""Parameters that have a row for each place in the batch, where the samples come in no order."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.axes.named_axes import is_for_batches, sizes_named
from shapecheck.capture.instruments.axes.samples_axis import samples_axis
from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.rows.drawn_together import picked_by
from shapecheck.capture.instruments.steps.turns import is_mended_by_a_turn
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.parameters import named_at, owner_of
from shapecheck.capture.instruments.trials.separation import Moves, separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.vocabulary import CELLS, RECURRENT
from shapecheck.findings import Fix
from shapecheck.reading.sources import node_at, walk

_JOINS = frozenset(["mul", "add", "sub"])
_PASSES = frozenset(["to", "contiguous", "unsqueeze", "dropout"])


def rows_for_places(step: Step, ways: list[Way], before: Step | None = None) -> Iterator[Sighting]:
    """A parameter that meets the samples along an axis where it has a row for each of them.

    Rows that belong to someone (users, nodes, stations, latents of single samples) are picked by a number, or their
    samples always come in the same order. Samples that are drawn at random come to another row each time, and so do
    those of the next piece of all samples. Where nothing says how they came, the name of the size may.
    """
    for way in ways:
        axis = samples_axis(step.tape, way.source)
        if axis is None and way.apart == (0,) and _is_next_piece(step, way.source, before):
            axis = 0
        is_told = axis is None and way.apart == (0,) and before is not None and way.source not in before.inputs
        axis = 0 if is_told else axis
        if axis is None or axis not in way.moves:
            continue
        moves, size = way.moves[axis], step.tape.shape(way.source)[axis]
        for node in step.of_loss:
            for parameter, own in _met(step, node, moves):
                shape = step.tape.shape(parameter)
                if shape[own] != size or (is_told and not _is_named_for_batches(step, parameter, own)):
                    continue
                if axis not in way.apart and is_mended_by_a_turn(step, way.source, axis):
                    # The rows are for the steps, which lie where the samples were to lie.
                    return
                yield _told(step, node, parameter, own)
                return


def _is_named_for_batches(step: Step, parameter: Ref, own: int) -> bool:
    """Whether a parameter was made with the size of a batch there, by the name of that: ``randn(batch_size, 1, 8)``."""
    owner = owner_of(step, parameter)
    made = node_at(named_at(*owner)) if owner is not None else None
    calls = [item for item in walk(made) if isinstance(item, ast.Call)]
    names = [sizes_named(call) for call in calls]
    return any(len(sizes) == len(step.tape.shape(parameter)) and is_for_batches(sizes[own]) for sizes in names)


def _is_next_piece(step: Step, source: Ref, before: Step | None) -> bool:
    """Whether other rows were picked of the same number of samples than those that the step before was given."""
    picked = picked_by(step, source) if not step.tape.nodes[source.node].collated else None
    others = {picked_by(before, ref) for ref in before.inputs} - {None, picked} if before is not None else set()
    return picked is not None and bool(others)


def _met(step: Step, node: Node, moves: Moves) -> Iterator[tuple[Ref, int]]:
    """The parameters that an operation brings together with the samples, and their axis that meets these."""
    if node.name in _JOINS and len(node.parents) == 2:
        for data, added in (node.parents, node.parents[::-1]):
            own = separate_axes(moves.masks(data))
            shape, ndim = step.tape.shape(data), len(step.tape.shape(added))
            at = own[0] - len(shape) + ndim if len(own) == 1 else -1
            if at >= 0 and len(shape) > 1 and shape[own[0]] > 1:
                yield from _parameter(step, added, at)
    elif node.name == "cat":
        for data in node.parents:
            own = separate_axes(moves.masks(data))
            if len(own) == 1 and step.tape.shape(data)[own[0]] == node.shapes[0][own[0]]:
                for added in node.parents:
                    if added != data:
                        yield from _parameter(step, added, own[0])
    elif node.name in RECURRENT | CELLS and len(node.args) > 2:
        own = separate_axes(moves.masks(node.parents[0]))
        ndim = len(step.tape.shape(node.parents[0]))
        for state in refs_in(node.args[1:2]) if len(own) == 1 and ndim == (2 if node.name in CELLS else 3) else ():
            yield from _parameter(step, state, len(step.tape.shape(state)) - 2)


def _parameter(step: Step, ref: Ref, axis: int) -> Iterator[tuple[Ref, int]]:
    """The parameter behind what only hands it on, and where the axis is in it."""
    for at, node in backwards(step.tape, ref, _PASSES, first=step.first):
        if node.kind == "parameter" and axis >= 0 and owner_of(step, at) is not None:
            yield at, axis
        if node.name == "unsqueeze":
            given = node.argument(1, "dim")
            if not isinstance(given, int) or given % len(node.shapes[0]) == axis:
                return
            axis -= given % len(node.shapes[0]) < axis


def _told(step: Step, node: Node, parameter: Ref, own: int) -> Sighting:
    shape = step.tape.shape(parameter)
    owner = owner_of(step, parameter)
    place = named_at(*owner) if owner is not None else None
    called = f" {owner[1]}" if owner is not None else ""
    text = (
        f"the parameter{called} {shape} meets the samples along axis {own}, where it has a row for each of the "
        f"{shape[own]} places of a batch. What a row learns belongs to a place in the batch, "
        "another sample stands there each time, and a batch of another size does not fit"
    )
    # What is added and goes for one step only was most likely to go for each step instead.
    whole = node.shapes[0] if node.name == "add" and len(node.shapes[0]) == len(shape) else shape
    sizes = ", ".join(["1" if axis == own else str(size) for axis, size in enumerate(whole)])
    fix = Fix(f"({sizes}): the same for all samples", (), "no")
    seen = sighted("parameter_along_batch", node, text, (fix,))
    return replace(seen, span=place) if place is not None else seen


PROBE = Probe(
    "parameters are the same for all samples",
    lambda look: rows_for_places(look.step, look.ways, look.before),
    of_samples=True,
)
