"""Items that were put together, and a reshape that cuts them up: each place of the batch holds pieces of several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.samples_axis import in_no_order, is_random, samples_axis
from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.rows.recuts import RESHAPES, cut_other_way, turned_first
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.instruments.trials.separation import is_apart, probe, share_that_meets
from shapecheck.capture.recording.replay import Run, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import RANDOM
from shapecheck.reading.vocabulary import MADE_OF_SIZES

_MOVES = RESHAPES | frozenset(
    ["permute", "transpose", "t", "T", "mT", "movedim", "unsqueeze", "squeeze", "contiguous", "clone", "to", "detach"]
)
# Numbers that were drawn one by one belong to no item, and may be cut as one likes.
_DRAWN = RANDOM | frozenset([*MADE_OF_SIZES, "normal", "arange", "linspace", "eye"])
_ARITHMETIC = frozenset(["add", "sub", "mul", "div", "to", "remainder", "floor_divide"])
_LEAST = 3
_HOPS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Smeared:
    """Items whose pieces lie in several places of the batch.

    Args:
        source: What the model reads.
        axis: Its axis of samples, by the probe.
        count: How many items were put together.
        node: The reshape that cuts them up.
        meant: What would leave each item in a place of its own.
        alike: The reshapes that cut up what belongs to the same items in the same way, such as their targets.
    """

    source: Ref
    axis: int
    count: int
    node: Node
    meant: Alternative
    alike: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """To which item each number belongs, and whether the items are known to be samples."""

    tags: Tensor
    count: int
    are_samples: bool


def smeared(step: Step, ways: list[Way]) -> list[Smeared]:
    """What is cut up: the model keeps as many places apart as items were put together, and none holds one item.

    A reshape of other sizes, or of places that are no samples to the model, says nothing.
    """
    found: list[Smeared] = []
    reshapes: list[Node] = []
    for source in _read(step):
        start, path = _way_to(step.tape, source)
        cuts = [node for node in path if node.name in RESHAPES]
        parts = _parts(step.tape, start) if cuts else None
        if parts is None:
            continue
        reshapes += cuts
        if any(one.node.repeats(cut) for one in found for cut in cuts):
            continue
        if len(step.tape.shape(source)) < 2 and path[-1].name in RESHAPES:
            # Rows, and what was laid out as rows.
            source, path = path[-1].parents[0], path[:-1]
        seen = _seen(step, ways, source, path, start, parts)
        if seen is not None:
            found.append(seen)
    return [replace(one, alike=tuple(node for node in reshapes if _is_alike(step, one.node, node))) for one in found]


def _is_alike(step: Step, node: Node, other: Node) -> bool:
    if other.index == node.index or other.repeats(node) or other.root != node.root:
        return False
    given, out = step.tape.shape(node.parents[0]), node.shapes[0]
    return step.tape.shape(other.parents[0])[:2] == given[:2] and other.shapes[0][:2] == out[:2]


def _read(step: Step) -> Iterator[Ref]:
    """Data that something else than a move reads on its way to the loss."""
    told: set[Ref] = set()
    for node in step.of_loss:
        for ref in node.parents if not _moves(node) else ():
            if ref not in told and ref not in step.learned | step.inner:
                told.add(ref)
                yield ref


def _moves(node: Node) -> bool:
    if node.name == "__getitem__" and len(node.args) > 1:
        index = node.index_parts
        return all(part is None or part is Ellipsis or part == slice(None) for part in index)
    return node.name in _MOVES


def _way_to(tape: Tape, ref: Ref) -> tuple[Ref, list[Node]]:
    """Where numbers were last put together or computed, and how they were moved about since."""
    path: list[Node] = []
    for _ in range(_HOPS):
        node = tape.nodes[ref.node]
        if node.function is None or len(node.parents) != 1 or not _moves(node):
            break
        path.insert(0, node)
        ref = node.parents[0]
    return ref, path


def _parts(tape: Tape, ref: Ref) -> _Parts | None:
    node, shape = tape.nodes[ref.node], tape.shape(ref)
    if not shape or node.kind == "parameter" or _is_drawn(tape, ref):
        return None
    axis: int | None = samples_axis(tape, ref)
    are_samples, count = axis is not None, shape[axis or 0]
    if node.name == "stack":
        given = node.argument(1, "dim", default=0)
        axis = given % len(shape) if isinstance(given, int) else 0
        are_samples, count = are_samples and axis == samples_axis(tape, ref), shape[axis]
    elif node.name == "cat":
        axis, sizes = 0, {tape.shape(parent) for parent in node.parents}
        given = node.argument(1, "dim", "axis", default=0)
        if given != 0 or len(sizes) != 1 or min(sizes)[:1] in ((), (1,)):
            return None
        count, are_samples = len(node.parents), _are_drawn_items(tape, node.parents)
    elif len(shape) < 2:
        return None
    axis = axis or 0
    if count < _LEAST or shape[axis] % count:
        return None
    line = torch.arange(count).repeat_interleave(shape[axis] // count)
    tags = line.view([-1 if at == axis else 1 for at in range(len(shape))]).expand(shape)
    return _Parts(tags, count, are_samples)


def _is_drawn(tape: Tape, ref: Ref) -> bool:
    """Whether numbers were drawn or counted one by one, as a whole or item by item."""
    *_, (_, node) = backwards(tape, ref, _ARITHMETIC, _HOPS, is_alone=True)
    items = [tape.nodes[parent.node] for parent in node.parents] if node.name in ("stack", "cat") else []
    return all(item.name in _DRAWN for item in items or [node])


def _are_drawn_items(tape: Tape, items: tuple[Ref, ...]) -> bool:
    """Whether each was picked of one store by a number of its own, and the numbers come in no order."""
    makers = [tape.nodes[item.node] for item in items]
    if {maker.name for maker in makers} != {"__getitem__"} or len({maker.parents[0] for maker in makers}) != 1:
        return False
    indices = [maker.index_parts for maker in makers]
    keys = [part for index in indices for part in index if part != slice(None)]
    if len(keys) != len(items) or not all(isinstance(key, Ref) or type(key) is int for key in keys):
        return False
    drawn = [key for key in keys if isinstance(key, Ref)]
    if drawn:
        return len({*drawn}) == len(items) and all(is_random(tape, key, "randperm") for key in drawn)
    return len({*keys}) == len(items) and in_no_order(keys)


def _seen(step: Step, ways: list[Way], source: Ref, path: list[Node], start: Ref, parts: _Parts) -> Smeared | None:
    shape = step.tape.shape(source)
    axes = [axis for axis, size in enumerate(shape[:2]) if size == parts.count]
    places = _places(step.tape, path, start, source)
    if not axes or places is None or len(shape) < 2:
        return None
    tags = parts.tags.reshape(-1)[places]
    is_whole = any(_is_clean(tags, axis, parts.count) for axis in range(len(shape)))
    for axis in axes:
        if _is_clean(tags, axis, parts.count) or (is_whole and not parts.are_samples):
            continue
        for node in reversed(path):
            if node.name not in RESHAPES or (is_whole and _is_whole_before(step.tape, path, node, start, parts)):
                continue
            meant = next(_meant(step, path, node, start, source, axis, parts), None)
            if meant is None:
                continue
            other, there = meant
            holds = _holds_samples(step, ways, source, axis) or _goes_with_samples(step, ways, source, axis, parts)
            if holds and _runs(step, source, places, there):
                return Smeared(source, axis, parts.count, node, other)
    return None


def _places(tape: Tape, path: list[Node], start: Ref, end: Ref, instead: dict[int, Run] | None = None) -> Tensor | None:
    """For each number of what comes out which number it was before; None if some were lost on the way."""
    shape = tape.shape(start)
    before = torch.arange(int(torch.tensor(shape).prod())).view(shape)
    try:
        places = replay(tape, [node.index for node in path], {start: before}, instead)[end]
    except Exception:
        return None
    return places.long() if places.numel() == before.numel() else None


def _is_clean(tags: Tensor, axis: int, count: int) -> bool:
    """Whether each place of an axis holds one item, and there are as many places as items."""
    if tags.shape[axis] != count:
        return False
    lines = tags.movedim(axis, 0).reshape(count, -1)
    return bool((lines == lines[:, :1]).all()) and len(lines[:, 0].unique()) == count  # type: ignore[no-untyped-call]


def _is_whole_before(tape: Tape, path: list[Node], node: Node, start: Ref, parts: _Parts) -> bool:
    """Whether in front of a reshape an axis counted the items already, so that it cuts nothing up."""
    given = node.parents[0]
    before = [other for other in path if other.index < node.index]
    places = _places(tape, before, start, given) if before else torch.arange(parts.tags.numel()).view(parts.tags.shape)
    if places is None:
        return True
    tags = parts.tags.reshape(-1)[places]
    return any(_is_clean(tags, axis, parts.count) for axis in range(tags.ndim))


def _meant(
    step: Step, path: list[Node], node: Node, start: Ref, end: Ref, axis: int, parts: _Parts
) -> Iterator[tuple[Alternative, Tensor]]:
    """What leaves item k in place k, and where each number comes to lie with it."""
    for other in (*cut_other_way(node, step.tape.shape(node.parents[0])), *turned_first(step, node)):
        places = _places(step.tape, path, start, end, other.instead) if other.kind != "factors" else None
        if places is None or places.shape != step.tape.shape(end):
            continue
        tags = parts.tags.reshape(-1)[places]
        line = torch.arange(parts.count).view([-1 if at == axis else 1 for at in range(tags.ndim)])
        if bool((tags == line).all()):
            yield other, places


def _holds_samples(step: Step, ways: list[Way], source: Ref, axis: int) -> bool:
    """Whether of the first two axes this one alone stays apart up to the loss."""
    known = next((way for way in ways if way.source == source), None)
    if known is not None:
        return known.apart == (axis,) and len(known.moves) == 2
    goals = [term.ref for term in step.terms]
    try:
        apart = [at for at in (0, 1) if is_apart(probe(step, source, at), goals)]
    except Exception:
        return False
    return apart == [axis]


def _goes_with_samples(step: Step, ways: list[Way], source: Ref, axis: int, parts: _Parts) -> bool:
    """Whether place k of a target meets sample k of an input, of which as many items were left whole."""
    if source not in step.targets and not any(ref in step.targets for ref, _ in _moved(step.tape, source)):
        return False
    for way in ways:
        if way.apart not in ((0,), (1,)) or step.tape.shape(way.source)[way.apart[0]] != parts.count:
            continue
        start, path = _way_to(step.tape, way.source)
        whole = _parts(step.tape, start)
        places = _places(step.tape, path, start, way.source)
        if whole is None or places is None or whole.count != parts.count:
            continue
        if _is_clean(whole.tags.reshape(-1)[places], way.apart[0], parts.count) and _meet(step, way, source, axis):
            return True
    return False


def _moved(tape: Tape, ref: Ref) -> Iterator[tuple[Ref, Node]]:
    return backwards(tape, ref, _MOVES, _HOPS, is_alone=True)


def _meet(step: Step, way: Way, target: Ref, axis: int) -> bool:
    """Whether what moves with each sample of an input moves with the same place of a target."""
    moves = way.moves[way.apart[0]]
    try:
        asked = probe(step, target, axis)
    except Exception:
        return False
    shares = [
        share_that_meets(one[term.ref], other[term.ref])
        for term in step.terms
        for one, other in zip(moves.moved, asked.moved, strict=False)
        if term.ref in one and term.ref in other
    ]
    return bool(shares) and all(share is not None and share == 1 for share in shares)


def _runs(step: Step, source: Ref, places: Tensor, there: Tensor) -> bool:
    """Whether the step runs with the numbers where they were meant to lie."""
    value = step.value(source)
    numbers = torch.empty_like(value).reshape(-1)
    numbers[places.reshape(-1)] = value.reshape(-1)
    try:
        step.changed(source, numbers[there])
    except Exception:
        return False
    return True
