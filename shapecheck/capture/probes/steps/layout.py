"""Which numbers of what a recurrent layer returned go on: followed by their places through all that only moves them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.joined_states import joined_states, with_both_directions
from shapecheck.capture.instruments.tensors.one_item import one_item
from shapecheck.capture.instruments.tensors.places import followed, readings_of
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, exchanged, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CELLS, CUTS, RECURRENT
from shapecheck.findings import Fix

_PICKS = frozenset(["__getitem__", "gather", "select", "index_select"])
# What may stand between the states of an encoder and those that a decoder starts from, and leaves the layers apart.
_BRIDGES = RECURRENT | frozenset(["linear", "tanh", "relu", "layer_norm", "dropout"])
_ARGUMENTS = 9


def layout(step: Step) -> Iterator[Sighting]:
    """States of two directions that come from different layers, and last steps of both directions."""
    for node in step.of_loss:
        if node.name not in RECURRENT or len(node.args) != _ARGUMENTS:
            continue
        is_packed = not isinstance(node.args[3], bool)
        layers, both = (node.args[5], node.args[8]) if is_packed else (node.args[4], node.args[7])
        if both and layers > 1:
            yield from _of_two_layers(step, node)
        if both and not is_packed:
            yield from _last_of_both(step, node.ref, time=1 if node.args[8] else 0)
        for padded in _padded(step, node) if both and is_packed else ():
            first = padded.argument(2, "batch_first", default=False)
            ends = step.value(Ref(padded.index, 1)) - 1
            yield from _last_of_both(step, padded.ref, time=1 if first else 0, ends=ends)


def _of_two_layers(step: Step, node: Node) -> Iterator[Sighting]:
    state = Ref(node.index, 1)
    shape = step.tape.shape(state)
    first, places = followed(step, state)
    if first is None or len(shape) != 3 or places is None:
        return
    rows = sorted({int(row) for row in places.div(shape[1] * shape[2], rounding_mode="floor").unique().tolist()})  # type: ignore[no-untyped-call]
    if len(rows) != 2 or rows[0] // 2 == rows[1] // 2:
        return
    joined = joined_states(step, state)
    if joined is None and not any(row % 2 for row in rows):
        # The forward states of two layers, as they start a decoder of as many, are no pair of directions.
        return
    if _is_one_direction(step, state, rows):
        return
    wanted = (shape[0] - 2, shape[0] - 1)

    def run(*args: Any, **kwargs: Any) -> Any:
        out, last, *rest = node.function(*args, **kwargs)  # type: ignore[misc]
        other = last.clone()
        for row, right in zip(rows, wanted, strict=True):
            other[row] = last[right]
        return out, other, *rest

    instead: dict[int, Run] = {node.index: run}
    base, after = step.run_with(None), step.run_with(instead)
    if not any_term_moved(step, base, after):
        return
    names = [f"the {'backward' if row % 2 else 'forward'} state of layer {row // 2}" for row in rows]
    text = (
        f"h_n {shape} holds both directions of the first layer, then both of the next; what goes on is {names[0]} and "
        f"{names[1]}, and the two directions of the last layer are h_n[-2] and h_n[-1]"
    )
    if _is_by_direction(step, first, shape):
        layers = shape[0] // 2
        text += f". This {first.name} takes (layers, directions) for (directions, layers)"
        edits = exchanged(first, 0, ".transpose(0, 1)")
        fix = Fix(f"view({layers}, 2, ...).transpose(0, 1)", edits, tried(step, {first.index: _by_layer(first)}))
    else:
        first = _pick_behind(step, first, shape) or first
        edits = with_both_directions(step, joined, shape) if joined is not None else ()
        fix = Fix("torch.cat((h_n[-2], h_n[-1]), 1)", edits, "call", "the step runs, and comes out differently")
    yield sighted("state_of_lower_layer", first, text, (fix,))


def _is_by_direction(step: Step, node: Node, shape: tuple[int, ...]) -> bool:
    """Whether a view of a state has the directions in front: by its sizes, by their names, or by what reads both."""
    if node.name not in CUTS or node.shapes[0] != (2, shape[0] // 2, *shape[1:]):
        return False
    if shape[0] != 4:
        return True
    said = _named(node)
    items = {item for one in step.readers(node, to_loss=True) if (item := one_item(one) or (None, None))[0] == 0}
    return said[0] if said is not None else {(0, 0), (0, 1)} <= items


def _named(node: Node) -> tuple[bool] | None:
    """Whether directions stand in front of layers, by the names of the two sizes; None if they have no such names."""
    call = call_at(node)
    given = [ast.unparse(argument).lower() for argument in call.args[:2]] if call is not None else []
    for front, behind in (given,) if len(given) == 2 else ():
        if "dir" in front or "layer" in behind:
            return (True,)
        if "layer" in front or "dir" in behind:
            return (False,)
    return None


def _pick_behind(step: Step, node: Node, shape: tuple[int, ...]) -> Node | None:
    """What takes one direction of a view that has the layers in front, where it is the only reader."""
    readers = step.readers(node, to_loss=True)
    is_cut = node.name in CUTS and node.shapes[0] == (shape[0] // 2, 2, *shape[1:])
    return readers[0] if is_cut and len(readers) == 1 and readers[0].name in _PICKS else None


def _by_layer(node: Node) -> Run:
    def run(values: Tensor, *_: Any, **__: Any) -> Tensor:
        front, behind, *rest = node.shapes[0]
        return values.reshape(behind, front, *rest).transpose(0, 1)

    return run


def _is_one_direction(step: Step, state: Ref, rows: list[int]) -> bool:
    """Whether the backward states of two layers are taken as such: each by its number, or as those of two layers."""
    if any(row % 2 == 0 for row in rows):
        return False
    readers = step.readers(state, to_loss=True)
    if all(_is_picked(node) for node in readers):
        return True
    _, readings = readings_of(step, state)
    size = step.tape.shape(state)[1] * step.tape.shape(state)[2]
    has_decoder = False
    for node, places in readings:
        if node.name in CELLS and len(places.div(size, rounding_mode="floor").unique()) == 1:  # type: ignore[no-untyped-call]
            # Each layer of a decoder that is unrolled starts from the state of one.
            has_decoder = True
            continue
        if node.name not in _BRIDGES or places.ndim != 3 or len(places) != len(rows):
            return False
        of_layers = [part.div(size, rounding_mode="floor") for part in places]
        if any(bool((part != row).any()) for part, row in zip(of_layers, rows, strict=True)):
            return False
    behind = [step.node(index) for index in descendants(step.tape, {state}, sorted(step.to_loss))]
    return has_decoder or any(node.name in RECURRENT and len(step.tape.shape(node.parents[1])) == 3 for node in behind)


def _is_picked(node: Node) -> bool:
    if node.name == "select":
        return bool(node.args[1] == 0)
    index = node.argument(1) if node.name == "__getitem__" else None
    return isinstance(index, int) and not isinstance(index, bool)


def _padded(step: Step, node: Node) -> list[Node]:
    """Where the packed output of a layer is filled up again."""
    readers = (other for other in step.of_loss if other.index > node.index)
    return [other for other in readers if other.name == "_pad_packed_sequence" and node.ref in other.parents]


def _last_of_both(step: Step, out: Ref, time: int, ends: Tensor | None = None) -> Iterator[Sighting]:
    """What is read of an output: nothing but the last step of each sequence, and that of both directions."""
    shape = step.tape.shape(out)
    if len(shape) != 3 or shape[time] < 2:
        return
    first, places = followed(step, out)
    if first is None or places is None or not places.numel():
        return
    width = shape[2]
    steps = places.div(width if time == 1 else width * shape[1], rounding_mode="floor") % shape[time]
    is_backward = places % width >= width // 2
    rows = places.div(width * shape[1] if time == 1 else width, rounding_mode="floor") % shape[1 - time]
    last = ends[rows] if ends is not None else torch.full_like(steps, shape[time] - 1)
    is_end = bool((steps == last).all()) and bool((last > 0).any())
    if is_end and bool(is_backward.any()) and not bool(is_backward.all()):
        text = (
            "the last step of the output is the end of the forward direction, but the beginning of the backward one, "
            "which has read one step only by then; the ends of both are h_n[-2] and h_n[-1]"
        )
        moved = (step.node(index) for index in descendants(step.tape, {out}, sorted(step.to_loss)))
        # Rows that were sorted for packing are put back by torch, where they are filled up again.
        made = step.node(out.node).spot
        picks = (node for node in moved if node.name in _PICKS and node.spot is not None)
        picked = next((node for node in picks if made is None or node.spot.instruction != made.instruction), first)  # type: ignore[union-attr]
        yield sighted("last_step_of_both_directions", picked, text)


PROBE = Probe(
    "the directions that are taken together belong to one layer",
    lambda look: layout(look.step),
)
