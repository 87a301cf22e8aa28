"""Do the rows of what is predicted and of what is asked for belong to the same samples?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.samples_axis import is_random
from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.padding.padded import compared
from shapecheck.capture.instruments.rows.copies import copies_in
from shapecheck.capture.instruments.rows.copies_apart import other_arrangement
from shapecheck.capture.instruments.rows.copies_picked import copies_picked, in_two_orders
from shapecheck.capture.instruments.rows.counterparts import counts_the_same
from shapecheck.capture.instruments.rows.few_of_one_place import few_of_one_place
from shapecheck.capture.instruments.rows.rows_put_back import put_back, where_returned
from shapecheck.capture.instruments.rows.sorted_on import told_of_sorting_on
from shapecheck.capture.instruments.rows.taught_targets import NOT_TAUGHT, Taught, taught_targets
from shapecheck.capture.instruments.rows.turned_alone import turned_alone, turned_result
from shapecheck.capture.instruments.trials.alternatives import alternatives
from shapecheck.capture.instruments.trials.separation import Moves, is_apart, probe, share_that_meets
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, in_call, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS, RANDOM, SORTS
from shapecheck.findings import Edit, Fix

# More than this share of what moves with an item may move with another one only by accident: two samples of three steps
# that were interleaved share two rows of three.
_MEET = 0.75
# The likeliest come first; of a view in a model of many layers there are far more.
_MOST_ORDERS = 24


@dataclass(frozen=True, slots=True)
class _Target:
    """A target, what it was cut out of before the step, and the axis of that which holds the items of the input.

    A model may read it as well, as a decoder does that is taught: then what is predicted is held still while it is
    probed, and what is asked for while an input is.
    """

    ref: Ref
    whole: Ref
    axis: int
    taught: Taught = NOT_TAUGHT

    def probed(
        self, step: Step, instead: dict[int, Run] | None = None, count: int = 4, only: frozenset[Ref] | None = None
    ) -> Moves:
        """What moves in the step with each item of the axis.

        Args:
            step: The step.
            instead: Node -> what to call instead of its function.
            count: How many items to replace.
            only: Of which tensors it is asked; of all by default.

        Raises:
            RuntimeError: The step does not run with other targets.
        """
        held = {**(instead or {}), **self.taught.predictions}
        return probe(step, self.ref, self.axis, held, count, sizes=step.tape.shape(self.whole), only=only)


def misaligned(step: Step, ways: list[Way], cut_up: frozenset[int] = frozenset()) -> Iterator[Sighting]:
    """Terms of the loss in which sample k of the prediction meets another sample's target.

    Args:
        step: The step.
        ways: The ways of the inputs.
        cut_up: The reshapes that are known to cut up samples; what becomes of a target behind them is told of there.
    """
    sources, targets = (few_of_one_place(step, refs) for refs in ([way.source for way in ways], step.targets))
    for way in ways:
        if way.source not in sources:
            continue
        for taught in (NOT_TAUGHT, *taught_targets(step)):
            axis, kept, moves = _apart(step, way, taught)
            for whole in targets if taught.source is None else [taught.source]:
                target = _target(step, way.source, axis, whole) if moves is not None else None
                if target is None or not cut_up.isdisjoint(descendants(step.tape, {target.ref}, step.order)):
                    continue
                if not counts_the_same(step, way.source, target.whole, target.axis):
                    continue
                if in_two_orders(*(copies_picked(step.tape, ref) for ref in (way.source, target.whole))):
                    continue
                target = replace(target, taught=taught)
                try:
                    asked = target.probed(step, only=_terms(step))
                except Exception:
                    # A target on which the shapes depend, such as lengths.
                    continue
                if moves is None or not _disagree(step, moves, asked):
                    continue
                seen = _mended(step, way.source, axis, target, kept)
                if seen is not None:
                    yield seen
                    return


def _apart(step: Step, way: Way, taught: Taught) -> tuple[int, dict[int, Run], Moves | None]:
    """The axis along which the items of an input keep apart, what is held still for that, and what moves with each."""
    if taught is not NOT_TAUGHT:
        found = ((axis, _kept_apart(step, way, axis, taught.targets)) for axis in way.moves)
        return next(((axis, {}, moves) for axis, moves in found if moves is not None), (0, {}, None))
    if way.apart:
        return way.apart[0], {}, way.moves[way.apart[0]]
    # Other tokens may be fewer, and be sorted elsewhere: what compares them stays as it was.
    kept = compared(step, way.source)
    is_told = kept and 0 in way.moves and not step.value(way.source).is_floating_point()
    return 0, kept, _kept_apart(step, way, 0, kept) if is_told else None


def _target(step: Step, source: Ref, axis: int, whole: Ref) -> _Target | None:
    """The target, or what the step picks of it, with its axis that is as long as that of the input; None if none is."""
    given = step.tape.shape(source)
    # Of as many samples as steps nobody knows which are which, if they do not lie first in both.
    is_square = len(given) > 1 and given[0] == given[1]
    if is_square and axis:
        return None
    ref = whole if step.tape.shape(whole)[axis : axis + 1] == (given[axis],) else step.picked(whole)
    shape = step.tape.shape(ref)
    if len(shape) <= 4 and shape[axis : axis + 1] == (given[axis],):
        return _Target(ref, ref, axis)
    node = step.node(ref.node)
    before = node.parents[0] if node.name in CUTS and ref.node < step.first and len(shape) == 1 else ref
    sizes = step.tape.shape(before)
    # The input was turned, and the target was not, or both are flat only here.
    if len(sizes) == 2 and not is_square and axis < 2 and sizes in (given[:2], given[1::-1]):
        return _Target(ref, before, axis if sizes == given[:2] else 1 - axis)
    return None


def _kept_apart(step: Step, way: Way, axis: int, kept: Mapping[int, Run]) -> Moves | None:
    """What moves with each item of an axis while some values stay as they were, if that keeps the items apart."""
    try:
        moves = probe(step, way.source, axis, dict(kept), only=_terms(step))
    except Exception:
        return None
    return moves if is_apart(moves, [term.ref for term in step.terms]) else None


def _terms(step: Step) -> frozenset[Ref]:
    return frozenset(term.ref for term in step.terms)


def _disagree(step: Step, moves: Moves, asked: Moves) -> bool:
    """Whether in some term, for most items, much of what moves with the input stays where the target's item moves.

    A few numbers of many may always stay as they were, where a target's item is much like another one.
    """
    for term in step.terms:
        pairs = list(zip(moves.moved, asked.moved, strict=False))
        if not pairs or not all(term.ref in one and term.ref in other for one, other in pairs):
            continue
        met = [share_that_meets(one[term.ref], other[term.ref]) for one, other in pairs]
        apart = [value < _MEET for value in met if value is not None]
        if not any(_moves_more(other[term.ref], one[term.ref]) for one, other in pairs):
            # In the right order all that moves with a target moves with its input; the rest were ties.
            continue
        if len(apart) == len(met) and sum(apart) * 2 >= len(met):
            return True
    return False


def _moves_more(mask: Tensor, other: Tensor) -> bool:
    """Whether something moves that does not move with the other."""
    return mask.shape == other.shape and bool((mask & ~other).any())


def _mended(step: Step, source: Ref, axis: int, target: _Target, kept: dict[int, Run]) -> Sighting | None:
    return (
        _by_copies(step, source, axis, target, kept)
        or _by_turns(step, source, axis, target, kept)
        or _by_order(step, source, axis, target, kept)
    )


def _by_copies(step: Step, source: Ref, axis: int, target: _Target, kept: dict[int, Run]) -> Sighting | None:
    """Targets that were copied for several predictions of each sample, where their other arrangement fits these."""
    found, made = list(copies_in(step)), set(descendants(step.tape, {source}, step.order))
    if any(copies.node.index in made for copies in found):
        # Copies of both are asked about elsewhere.
        return None
    behind = {target.ref.node, *descendants(step.tape, {target.ref}, step.order)}
    for copies in found:
        if copies.source != target.ref and copies.source.node not in behind:
            continue
        if _agrees(step, source, axis, target, {**kept, copies.node.index: copies.rearranged()}):
            how = "under one another" if copies.is_tiled else "next to each other"
            text = (
                f"{copies.count} copies of the target of each of {copies.size} samples stand {how}, and the "
                f"predictions of a sample do not: item k of axis {axis} of the input {step.tape.shape(source)} meets "
                "its target in no term of the loss"
            )
            title, edits = other_arrangement(copies)
            fix = Fix(title, edits, "call", "prediction and target of a sample meet")
            return sighted("copies_in_another_order", copies.node, text, (fix,))
    return None


def _by_turns(step: Step, source: Ref, axis: int, target: _Target, kept: dict[int, Run]) -> Sighting | None:
    """A turn that one of the two goes through, and with which they do not meet."""
    for start in (target.ref, source):
        for node in (step.node(index) for index in descendants(step.tape, {start}, step.order)):
            for title, instead, edits in turned_alone(step, node, axis) if node.index in step.to_loss else ():
                if _agrees(step, source, axis, target, {**kept, node.index: instead}):
                    text = (
                        f"item k of axis {axis} of the input {step.tape.shape(source)} and item k of the target "
                        f"{step.tape.shape(target.whole)} meet in no term of the loss: only one of the two is turned"
                    )
                    fix = Fix(title, edits, "call", "prediction and target of a sample meet")
                    return sighted("rows_in_another_order", node, text, (fix,))
    return None


def _by_order(step: Step, source: Ref, axis: int, target: _Target, kept: dict[int, Run]) -> Sighting | None:
    # What is behind both is asked once.
    behind = (index for start in (source, target.ref) for index in descendants(step.tape, {start}, step.order))
    for index in dict.fromkeys(behind):
        if index not in step.to_loss:
            continue
        if _was_sorted(step, source) and _moves_all_rows(step, step.node(index)) and _by_what_is_given(step, index):
            # Rows that were sorted before the model are put back behind it, or in it.
            seen = told_of_sorting_on(step, source, step.node(index))
            if seen is not None:
                return seen
            continue
        for title, instead, edits in _steps_in_front(step, step.node(index)):
            if _agrees(step, source, axis, target, {**kept, **instead}):
                text = (
                    f"item k of axis {axis} of the input {step.tape.shape(source)} and item k of the target "
                    f"{step.tape.shape(target.whole)} meet in no term of the loss: what comes out here, "
                    f"{step.node(index).shapes[0]}, has the steps in front of the samples"
                )
                fix = Fix(title, edits, "call", "prediction and target of a sample meet")
                return sighted("rows_in_another_order", step.node(index), text, (fix,))
        for title, instead in islice(_orders(step, step.node(index)), _MOST_ORDERS):
            if _agrees(step, source, axis, target, {**kept, **instead}):
                along = f"axis {target.axis} of " if target.axis != axis else ""
                text = (
                    f"item k of axis {axis} of the input {step.tape.shape(source)} and item k of {along}the "
                    f"target {step.tape.shape(target.whole)} meet in no term of the loss: the rows come in another "
                    "order"
                )
                last = _where_given_back(step, step.node(index))
                edits = put_back(step.node(index), last)[0] if last is not None else ()
                fix = Fix(title, edits, "call", "prediction and target of a sample meet")
                seen = sighted("rows_in_another_order", step.node(index), text, (fix,))
                if last is None or last.spot is None:
                    return seen
                return replace(seen, span=where_returned(last) or last.spot.span)
    return None


def _by_what_is_given(step: Step, index: int) -> bool:
    """Whether rows are picked outside of a model, or in it by an order that the model was given."""
    node = step.node(index)
    return node.root < 0 or any(ref.node < step.tape.roots[node.root].first for ref in node.parents[1:])


def _was_sorted(step: Step, source: Ref) -> bool:
    """Whether the rows of an input were put into an order of their own on their way from the data."""
    made = [*ancestors(step.tape, [source], 0), source.node]
    placed = [step.tape.drawn[at].places for at in made if at in step.tape.drawn]
    moved = any(places is not None and [*places] != sorted(places) for places in placed)
    return moved or any(step.tape.nodes[at].name in SORTS or _is_put_in_order(step, at) for at in made)


def _is_put_in_order(step: Step, index: int) -> bool:
    """Whether rows of different lengths were put together by these, the longest or the shortest first."""
    node = step.tape.nodes[index]
    sizes = [step.tape.shape(ref)[0] for ref in node.parents] if node.name == "pad_sequence" else []
    return len(set(sizes)) > 1 and (sizes == sorted(sizes) or sizes == sorted(sizes, reverse=True))


def _where_given_back(step: Step, node: Node) -> Node | None:
    """The last operation of the function of a model that sorted its rows: that is where they are to be put back."""
    if node.name not in ("__getitem__", "index_select") or node.root < 0 or node.spot is None:
        return None
    inside = [
        other
        for other in step.nodes
        if other.root == node.root and other.spot is not None and other.spot.code is node.spot.code
    ]
    return inside[-1] if inside and inside[-1].index in step.to_loss else None


def _steps_in_front(step: Step, node: Node) -> Iterator[tuple[str, dict[int, Run], tuple[Edit, ...]]]:
    """What puts steps side by side and leaves them in front, although it can have the samples there."""
    made = step.node(node.parents[0].node) if node.name == "index_select" and node.parents else node
    if made.name == "_pad_packed_sequence" and len(node.shapes[0]) > 1:
        # What was sorted for packing is put back in the same call.
        beside = [reader for reader in step.readers(made) if reader.name == "index_select"]
        if node is not made or not beside:
            call = call_at(node)
            is_told = call is not None and any(keyword.arg == "batch_first" for keyword in call.keywords)
            edits = () if is_told else in_call(node, "batch_first=True")
            yield "batch_first=True", {node.index: turned_result(node)}, edits
    elif node.name == "stack" and node.argument(1, "dim", default=0) == 0 and len(node.shapes[0]) > 2:
        is_told = len(node.args) > 1 or "dim" in node.kwargs
        yield "dim=1", {node.index: turned_result(node)}, other_axis(node, 1) if is_told else in_call(node, "dim=1")


def _orders(step: Step, node: Node) -> Iterator[tuple[str, dict[int, Run]]]:
    """Other orders that the rows could come in."""
    if node.name in CUTS:
        for other in alternatives(step, node.index):
            yield other.title, other.instead
    elif node.name == "cat" and len({step.tape.shape(parent) for parent in node.parents}) == 1:
        one = step.tape.shape(node.parents[0])
        if one and node.shapes[0] == (one[0] * len(node.parents), *one[1:]):
            yield "torch.stack(outputs, 1).flatten(0, 1)", {node.index: _interleaved}
    elif node.name in ("__getitem__", "index_select"):
        index = node.parents[1] if len(node.parents) == 2 else None
        is_mask = index is not None and step.tape.dtype(index) == torch.bool
        if index is not None and node.name == "__getitem__" and is_mask and len(step.tape.shape(index)) == 2:
            yield "pack_padded_sequence(...).data for both", {node.index: _chosen_turned}
        elif _moves_all_rows(step, node):
            yield "out[order.argsort()], or targets[order]", {node.index: lambda rows, *_, **__: rows}


def _moves_all_rows(step: Step, node: Node) -> bool:
    """Whether it gives all rows another order, and not one that was drawn: negatives are picked so."""
    shape = step.tape.shape(node.parents[0])
    by = node.args[-1] if len(node.args) == 2 or node.args[1:2] == (0,) else node.kwargs.get("index")
    if not shape or node.shapes[0] != shape:
        return False
    if isinstance(by, Ref):
        is_order = step.tape.shape(by) == shape[:1] and not step.tape.dtype(by).is_floating_point
        by = step.value(by).tolist() if is_order and not is_random(step.tape, by, *RANDOM) else None
    is_list = isinstance(by, list) and all(type(row) is int for row in by)
    return isinstance(by, list) and is_list and sorted(by) == [*range(shape[0])]


def _interleaved(parts: Sequence[Tensor], *_: Any, **__: Any) -> Tensor:
    return torch.stack(list(parts), 1).flatten(0, 1)


def _chosen_turned(values: Tensor, index: Any, **_: Any) -> Tensor:
    mask = index[0] if isinstance(index, tuple) else index
    return values.transpose(0, 1)[mask.t()]


def _agrees(step: Step, source: Ref, axis: int, target: _Target, instead: dict[int, Run]) -> bool:
    # Most of what is tried fails for the first item.
    return all(_agree(step, source, axis, target, instead, count) for count in (1, 4))


def _agree(step: Step, source: Ref, axis: int, target: _Target, instead: dict[int, Run], count: int) -> bool:
    only = _terms(step)
    try:
        moves = probe(step, source, axis, {**instead, **target.taught.targets}, count, only=only)
        asked = target.probed(step, instead, count, only)
    except Exception:
        return False
    for term in step.terms:
        for one, other in zip(moves.moved, asked.moved, strict=True):
            share = share_that_meets(one[term.ref], other[term.ref]) if term.ref in one and term.ref in other else 1.0
            # A single number may stay as it was by accident.
            if share is None or share < _MEET:
                return False
    return True


PROBE = Probe(
    "prediction and target of a sample meet",
    lambda look: misaligned(look.step, look.ways, frozenset(one.node.index for one in look.smeared)),
    of_samples=True,
)
