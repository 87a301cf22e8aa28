"""One number for each sample that meets all samples, because another axis happens to be as long as the batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import torch

from shapecheck.capture.instruments.axes.kept_axes import MEETS, kept_axes, told_of_reductions
from shapecheck.capture.instruments.axes.met_again import is_meant_both_ways
from shapecheck.capture.instruments.rows.drawn_together import drawn_together
from shapecheck.capture.instruments.rows.labels_of_samples import labels_of_samples
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.operand_edits import with_call
from shapecheck.capture.instruments.trials.other_operand import other_operand
from shapecheck.capture.instruments.trials.separation import Moves, is_apart, probe, separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import Run, ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, tensors_in
from shapecheck.capture.recording.vocabulary import ARITHMETIC, FLAG_LOSSES
from shapecheck.findings import Fix

_EXPANDS = frozenset(["expand", "expand_as", "broadcast_to"])
_LOOKED_AT, _HOPS = 8, 8


def spread_over_others(look: Look) -> Iterator[Sighting]:
    """Weights, masks, temperatures and labels of samples that are spread along features, steps or ranks.

    That both operands hold the samples of one batch, and along which axis, is seen by replacing them. A table with a
    row and a column for each sample is left alone: there the samples lie along both axes, or along none. Where the
    spreading itself mixes them, no input keeps them apart: each has to keep to itself once it is spread otherwise.
    """
    step = look.step
    found = [(node, at) for node in step.nodes if (at := _spread(step, node)) is not None]
    moves = _moves(look, found) if found else []
    known = {one.source for one in moves}
    mixed = [way.moves[0] for way in look.seen if 0 in way.moves and not way.apart and way.source not in known]
    for node, short in found if moves or mixed else ():
        shapes = [step.tape.shape(ref) for ref in node.parents]
        other = _spread_to(node, short)
        own, wanted = _axis(moves, node.parents[short]), _axis(moves, other)
        unmixed = [
            one for one in mixed if own is None and any(bool(mask.any()) for mask in one.masks(node.parents[short]))
        ]
        if unmixed:
            own = _axis(unmixed, node.parents[short])
            wanted = _axis_of_same(step, node, other, unmixed, moves)
        if own is None or wanted is None:
            continue
        out = _out(step, node)
        at = own + len(out) - len(shapes[short])
        if at == wanted or out[at] != out[wanted]:
            continue
        if _is_same_along(step, other, at) or _is_picked_along(step, other, at):
            continue
        if _holds_samples_too(look, other, at) or _is_outer(step, other):
            # It was spread along the other axis itself, or another input lies there: a table of all pairs.
            continue
        if is_meant_both_ways(step, node):
            continue
        alike = [one for one in found if unmixed and _is_alike(step, one, (node, short))] or [(node, short)]
        seen = _kept(step, node, [one for one, _ in found], unmixed) or _told(step, alike, (at, wanted), unmixed)
        if seen is not None:
            yield seen


def _spread(step: Step, node: Node) -> int | None:
    """Which of two operands is spread to the shape of the other one, there or before; None if neither is, or both.

    Of a loss it is the weight, which is spread to the predictions.
    """
    if node.name in FLAG_LOSSES and node.spot is not None and len(node.parents) == 3:
        shape, weight = _out(step, node), node.argument(2, "weight")
        is_last = weight == node.parents[2] and len(shape) > 1 and step.tape.shape(node.parents[1]) == shape
        return 2 if is_last and len(step.tape.shape(node.parents[2])) == 1 else None
    if node.name not in MEETS or node.spot is None or len(node.parents) != 2 or not node.shapes:
        return None
    shapes = [step.tape.shape(ref) for ref in node.parents]
    if node.shapes[0] not in shapes or len(node.shapes[0]) < 2:
        return None
    given = [_given(step, ref) if shapes[0] == shapes[1] else step.tape.shape(ref) for ref in node.parents]
    short = [at for at in (0, 1) if given[at] != node.shapes[0]]
    return short[0] if len(short) == 1 and max(given[short[0]], default=1) > 1 else None


def _spread_to(node: Node, short: int) -> Ref:
    """The operand that another one is spread to: the first one, unless that is the one that is spread."""
    return node.parents[0 if short else 1]


def _out(step: Step, node: Node) -> tuple[int, ...]:
    """The shape to which operands are spread: a loss may be reduced at once."""
    return step.tape.shape(node.parents[0]) if node.name in FLAG_LOSSES else node.shapes[0]


def _given(step: Step, ref: Ref) -> tuple[int, ...]:
    """The shape of a tensor, in front of what spread it."""
    node = step.node(ref.node)
    return step.tape.shape(node.parents[0]) if node.name in _EXPANDS and node.parents else step.tape.shape(ref)


def _is_outer(step: Step, ref: Ref) -> bool:
    """Whether all items of one operand met all of another in it, which is what has to be told of, and not this."""
    shape = step.tape.shape(ref)
    for at, node in backwards(step.tape, ref, None, _HOPS, first=step.first):
        if step.tape.shape(at) != shape:
            return False
        if node.name in ARITHMETIC and all(step.tape.shape(parent) != shape for parent in node.parents):
            return len(node.parents) == 2
    return False


def _is_same_along(step: Step, ref: Ref, axis: int) -> bool:
    value = step.value(ref)
    return bool((value == value.narrow(axis, 0, 1)).all())


def _is_picked_along(step: Step, ref: Ref, axis: int) -> bool:
    """Whether an index picked what lies along an axis: ``scores[:, labels]`` has a column for each sample as well."""
    shape = step.tape.shape(ref)
    for at, node in backwards(step.tape, ref, None, _HOPS, first=step.first):
        if step.tape.shape(at) != shape:
            break
        if node.name == "__getitem__" and isinstance(node.args[1], tuple):
            by = node.args[1][axis] if axis < len(node.args[1]) else None
            if isinstance(by, Ref) and step.tape.shape(by) == shape[axis : axis + 1]:
                return True
            break
    above = (parent for index in ancestors(step.tape, [ref], step.first) for parent in step.node(index).parents)
    return any(_is_along(step, index, ref, axis) for index in dict.fromkeys(above) if step.is_leaf(index))


def _is_along(step: Step, index: Ref, ref: Ref, axis: int) -> bool:
    """Whether whole numbers that do not just count lie along an axis of what they picked."""
    value = step.known(index)
    if value is None or value.dtype != torch.int64 or value.shape[:1] != step.tape.shape(ref)[axis : axis + 1]:
        return False
    if bool((value.diff(dim=0) == 1).all()):
        return False
    masks = [mask for mask in probe(step, index, 0).masks(ref) if bool(mask.any())]
    return separate_axes(masks) == [axis]


def _holds_samples_too(look: Look, ref: Ref, axis: int) -> bool:
    """Whether the samples of some input lie along an axis, as what they are compared with: rivals in the batch."""
    return any(separate_axes(way.moves[0].masks(ref)) == [axis] for way in look.seen if 0 in way.moves)


def _moves(look: Look, found: list[tuple[Node, int]]) -> list[Moves]:
    """What each sample moves, in each of the inputs and targets that hold those of the batch."""
    step = look.step
    known = {way.source: way.moves[0] for way in look.seen if 0 in way.moves}
    drawn = drawn_together(step)
    apart = [way.source for way in look.seen if way.apart == (0,)]
    drawn = drawn or apart
    sources = [*drawn, *labels_of_samples(step, [known[ref] for ref in apart if ref in drawn], found)]
    moves = []
    for ref in [*dict.fromkeys(sources)][:_LOOKED_AT]:
        try:
            moves.append(known.get(ref) or probe(step, ref, 0))
        except Exception:
            # What does not run with other numbers says nothing.
            return []
    return moves


def _axis(moves: list[Moves], ref: Ref) -> int | None:
    """The one axis of a tensor that holds the samples, for all that it was made of; None where that is not so."""
    # Of a comparison or a mask, some items may move nothing.
    masks = [[mask for mask in one.masks(ref) if bool(mask.any())] for one in moves]
    axes = [separate_axes(seen) for seen in masks if seen]
    return axes[0][0] if axes and len(axes[0]) == 1 and all(each == axes[0] for each in axes) else None


def _axis_of_same(step: Step, node: Node, ref: Ref, mixed: list[Moves], moves: list[Moves]) -> int | None:
    """The axis of the samples of an input that nothing keeps apart, in what was not made of it alone."""
    axis = _axis(mixed, ref)
    axis = _axis_beside(step, mixed, node, ref) if axis is None else axis
    if axis is None and any(_stand_side_by_side(step, node, mixed, moves) for node in step.nodes):
        return _axis(moves, ref)
    return axis


def _stand_side_by_side(step: Step, node: Node, mixed: list[Moves], moves: list[Moves]) -> bool:
    """Whether rows of two inputs are joined, or meet, one with the other, and each row is of one sample of both."""
    if len(node.parents) != 2 or node.name not in MEETS | {"cat"}:
        return False
    sizes = [step.tape.shape(ref) for ref in node.parents]
    for one, other in ((0, 1), (1, 0)):
        axis = _axis(mixed, node.parents[one])
        if axis is None or _axis(moves, node.parents[one]) is not None or _axis(moves, node.parents[other]) != axis:
            continue
        given = node.argument(1, "dim", default=0) if node.name == "cat" else None
        is_across = given is None or (isinstance(given, int) and given % len(sizes[0]) != axis)
        if len(sizes[0]) == len(sizes[1]) and sizes[0][axis] == sizes[1][axis] and is_across:
            return True
    return False


def _axis_beside(step: Step, moves: list[Moves], node: Node, ref: Ref) -> int | None:
    """The axis of the samples in data, such as a mask, by something as large that it met item by item before a node."""
    for index in (index for index in step.order if index < node.index):
        other = step.node(index)
        beside = [one for one in other.parents if one != ref and step.tape.shape(one) == step.tape.shape(ref)]
        if ref in other.parents and len(beside) == 1 and (other.name in MEETS or _has_letters_alike(other)):
            found = _axis(moves, beside[0])
            if found is not None:
                return found
    return None


def _has_letters_alike(node: Node) -> bool:
    """Whether it is an ``einsum`` that multiplies item by item: ``"bt,bt->b"``."""
    equation = node.args[0] if node.name == "einsum" and node.args else None
    return isinstance(equation, str) and len({*equation.replace(" ", "").split("->")[0].split(",")}) == 1


def _kept(step: Step, node: Node, spread: list[Node], mixed: list[Moves]) -> Sighting | None:
    """Reductions that have lost an axis, with all of the same function whose results are spread like it."""
    other = next(kept_axes(step, node), None)
    if other is None or node.spot is None:
        return None
    beside = [one for one in spread if one.spot is not None and one.spot.code is node.spot.code]
    each = [kept for one in beside if (kept := next(kept_axes(step, one), None)) is not None]
    runs = {index: run for kept in (*each, other) for index, run in kept.instead.items()}
    whole = replace(other, instead=runs)
    return told_of_reductions(step, node, whole) if _runs(step, node, runs, mixed) else None


def _is_alike(step: Step, one: tuple[Node, int], two: tuple[Node, int]) -> bool:
    """Whether the same function spreads as much along the same axis."""
    (node, at), (other, place) = one, two
    is_here = node.spot is not None and other.spot is not None and node.spot.code is other.spot.code
    shapes = [step.tape.shape(node.parents[at]), step.tape.shape(other.parents[place])]
    return is_here and node.shapes[0] == other.shapes[0] and shapes[0] == shapes[1] and node.index >= other.index


def _told(step: Step, alike: list[tuple[Node, int]], axes: tuple[int, int], mixed: list[Moves]) -> Sighting | None:
    node, short = alike[0]
    ref = node.parents[short]
    shape, out = step.tape.shape(ref), _out(step, node)
    at, wanted = axes
    for call, new in _placements(shape, out, at, wanted):

        def placed(one: Node, which: int, new: tuple[int, ...] | None = new) -> Run:
            def run(*args: Any, **kwargs: Any) -> Any:
                value = [*tensors_in((args, kwargs))][which]
                aligned = value.reshape(new) if new is not None else value.transpose(wanted, at)
                return other_operand(one, one.parents[which])(aligned)(*args, **kwargs)

            return run

        if not _runs(step, node, {one.index: placed(one, which) for one, which in alike}, mixed):
            # It does not fit, so it was not meant.
            continue
        samples = step.tape.shape(_spread_to(node, short))
        text = (
            f"axis {wanted} of {samples} holds the samples, and {shape} has one item "
            f"for each of them, by the probe; it is spread so that sample k of it meets item k of axis {at}, of all "
            "samples"
        )
        edits = with_call(node, short, call) if len(alike) == 1 else ()
        fix = Fix(call[1:], edits, "call", "each sample keeps to itself")
        return sighted("spread_along_other_axis", node, text, (fix,))
    return None


def _placements(
    shape: tuple[int, ...], out: tuple[int, ...], at: int, wanted: int
) -> Iterator[tuple[str, tuple[int, ...] | None]]:
    """The calls that could put the samples where they belong, and the shape that comes of each; None where two turn."""
    missing = len(out) - len(shape)
    if not missing:
        yield f".transpose({wanted}, {at})", None
    for places in combinations(range(len(out) - 1, -1, -1), missing) if missing else ():
        sizes = iter(shape)
        new = tuple(1 if axis in places else next(sizes) for axis in range(len(out)))
        if new[wanted] == out[wanted] and all(size in (1, out[axis]) for axis, size in enumerate(new)):
            is_behind = min(places) == len(shape)
            index = ", ".join("None" if axis in places else ":" for axis in range(len(out)))
            single = f".unsqueeze({places[0]})" if missing == 1 else f"[{index}]"
            yield ".unsqueeze(-1)" * missing if is_behind else single, new


def _runs(step: Step, node: Node, instead: dict[int, Run], mixed: list[Moves]) -> bool:
    """Whether the step runs with a change that leaves an operation its shape, and keeps apart what has mixed."""
    goals = [term.ref for term in step.terms]
    try:
        is_alike = tuple(step.run_with(instead)[node.ref].shape) in (node.shapes[0], _out(step, node))
        return is_alike and all(is_apart(probe(step, one.source, one.axis, instead), goals) for one in mixed)
    except Exception:
        return False


PROBE = Probe(
    "what each sample has one of is not spread along another axis",
    spread_over_others,
    in_evaluation=True,
)
