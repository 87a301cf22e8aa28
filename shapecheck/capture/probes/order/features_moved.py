"""A reshape that puts the features along another axis, where the layer behind it looks for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from math import prod

from shapecheck.capture.instruments.axes.features_axis import CONVOLUTIONS, followed, made_along, uncut
from shapecheck.capture.instruments.rows.recuts import orders_into, permuted
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted, turned_before
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import (
    CHANNEL_NORMS,
    CLASS_LOSSES,
    CONVERTS,
    CUTS,
    FLAG_LOSSES,
    RECURRENT,
    VIEWS,
)
from shapecheck.findings import Fix

# Losses for which the last axis may hold classes; for others, such as mse_loss, no axis does.
_OF_CLASSES = CLASS_LOSSES | FLAG_LOSSES


@dataclass(frozen=True, slots=True)
class _Move:
    """A reshape behind which an axis of the features' size stands elsewhere."""

    node: Node
    before: int
    after: int


def features_moved(look: Look) -> Iterator[Sighting]:
    """``maps.view(b, h * w, c)`` of what a convolution made, in front of a layer that reads the last axis.

    The size of the features goes to another place, as if the axes had changed places; their numbers stay where they
    were. Which axis holds them is said by the layer that made them, and where they are looked for by the one behind.
    """
    step = look.step
    order = _way(step)
    made = {Ref(i): axis for i in order if (axis := made_along(step.node(i))) is not None}
    drawn = _drawn(step, order)
    features = followed(step.tape, made | _of_images(step, drawn), order)
    told: set[int] = set()
    tables = (_moves(step, _of_tables(step, order, axis), order) for axis in (1, 2))
    for move in chain(_moves(step, features, order), *tables):
        line = move.node.spot.line if move.node.spot is not None else -1
        reader = _reader(step, move, order)
        if reader is None or line in told:
            continue
        told.add(line)
        yield _told(step, move, reader, move.node.parents[0] in drawn)
    for node in _exchanged(step, drawn, order):
        if node.spot is not None and node.spot.line not in told:
            told.add(node.spot.line)
            yield _told_of_data(step, node)
    for node, axis in _rows_of_steps(step, features, order):
        if node.spot is not None and node.spot.line not in told:
            told.add(node.spot.line)
            yield _told_of_steps(step, node, axis)
    for node in _split(step, features, order):
        yield _told_of_classes(step, node)
        return


def _way(step: Step) -> list[int]:
    """All that leads to the loss, also from before the step: a data set may have cut its items itself."""
    return [i for i in ancestors(step.tape, [step.loss], 0) if step.node(i).function is not None]


def _drawn(step: Step, order: list[int]) -> set[Ref]:
    """Data, and what a script made of data alone."""
    found = {ref for index in order for ref in step.node(index).parents if _is_data(step, ref)}
    for node in map(step.node, order):
        if found.issuperset(node.parents):
            found |= set(node.outs)
    return found


def _of_images(step: Step, drawn: set[Ref]) -> dict[Ref, int]:
    """Data with four axes, of which the last one may hold channels: whether it does, a convolution behind it says.

    What the script put together may be such data, but not what it cut into these axes.
    """
    return {
        ref: 3 for ref in drawn if len(step.tape.shape(ref)) == 4 and (_is_data(step, ref) or not _is_cut(step, ref))
    }


def _of_tables(step: Step, order: list[int], axis: int) -> dict[Ref, int]:
    """Data with three axes, steps and features in either order: which axis holds these, a layer behind it says.

    What was cut into these axes by the script may as well be cut into others.
    """
    data = {ref for index in order for ref in step.node(index).parents if _is_data(step, ref)}
    return {ref: axis for ref in data if len(step.tape.shape(ref)) == 3 and not _is_cut(step, ref)}


def _is_cut(step: Step, ref: Ref) -> bool:
    """Whether the script cut it into its axes, be it as an array of numpy."""
    sizes = step.tape.shape(ref)[1:]
    return step.node(ref.node).name in CUTS or step.tape.cut_from.get(ref.node, sizes) != sizes


def _is_data(step: Step, ref: Ref) -> bool:
    node = step.node(ref.node)
    return ref in step.inputs or (node.function is None and node.kind != "parameter")


def _moves(step: Step, features: dict[Ref, int], order: list[int]) -> Iterator[_Move]:
    for index in order:
        node = step.node(index)
        if node.name not in VIEWS or not node.parents or node.parents[0] not in features or node.spot is None:
            continue
        before, after, axis = step.tape.shape(node.parents[0]), node.shapes[0], features[node.parents[0]]
        size = before[axis]
        places = [at for at, other in enumerate(after) if other == size]
        if size < 2 or uncut(before, after, axis) is not None or before.count(size) != 1:
            continue
        # The other sizes come in their order, so this is what a turned tensor would have looked like. Where another
        # one is as large, such as that of a batch, the layer behind it says which of them is meant.
        yield from (_Move(node, axis, at) for at in places if orders_into(before, after, axis, at) is not None)


def _reader(step: Step, move: _Move, order: list[int]) -> Node | None:
    """The layer that reads the axis of that size for its features."""
    held = followed(step.tape, {Ref(move.node.index): move.after}, [i for i in order if i > move.node.index])
    for index in order:
        node = step.node(index)
        if not node.parents or node.parents[0] not in held or index <= move.node.index:
            continue
        if held[node.parents[0]] == _read_along(step, node):
            return None if _may_be_folded(step, move) else node
    return None


def _may_be_folded(step: Step, move: _Move) -> bool:
    """Whether it may as well put several steps together in one, with the features of all of them side by side."""
    before, after = step.tape.shape(move.node.parents[0]), move.node.shapes[0]
    is_table = _is_data(step, move.node.parents[0]) and len(before) == len(after) == 3
    return is_table and move.after == 2 and after[2] % before[2] == 0 and before[1] % after[1] == 0


def _read_along(step: Step, node: Node) -> int | None:
    """The axis that a layer reads for features."""
    shape = step.tape.shape(node.parents[0])
    ndim = len(shape)
    if node.name == "conv2d" and ndim == 4 and shape[1] == 1 and len(node.parents) > 1:
        # A single channel, as of words that lie row by row: a kernel as long as an axis reads all of that at once.
        kernel = step.tape.shape(node.parents[1])
        whole = [axis for axis in (2, 3) if kernel[axis] == shape[axis] > 1]
        return whole[0] if len(whole) == 1 else None
    if node.name == "linear" or node.name in RECURRENT:
        return ndim - 1
    if node.name in CHANNEL_NORMS and ndim > 2:
        return 1
    return 1 if node.name in CONVOLUTIONS and ndim == int(node.name[-2]) + 2 else None


def _exchanged(step: Step, drawn: set[Ref], order: list[int]) -> Iterator[Node]:
    """Reshapes that exchange two sizes of data: rows of the one length can be neither cut nor joined to the other."""
    for node in map(step.node, order):
        if node.name not in VIEWS or not node.parents or node.index < step.first:
            continue
        source, _ = origin(step.tape, node.parents[0], CONVERTS, first=step.first)
        before, after = step.tape.shape(source), tuple(size for size in node.shapes[0] if size > 1)
        if source not in drawn or not _is_data(step, source) or _is_cut(step, source) or len(before) != 3:
            continue
        low, high = sorted(before[1:])
        if low > 1 and high % low and after == (before[0], before[2], before[1]) and before[0] > 1:
            yield node


def _told_of_data(step: Step, node: Node) -> Sighting:
    before, after = step.tape.shape(node.parents[0]), node.shapes[0]
    text = (
        f"the data {before} has rows of {before[2]}; {node.name} to {after} exchanges two sizes and turns nothing: a "
        f"row of {before[1]} holds pieces of several of them"
    )
    return sighted("features_reshaped", node, text, (_fix(step, node, (0, 2, 1), after),))


def _rows_of_steps(step: Step, features: dict[Ref, int], order: list[int]) -> Iterator[tuple[Node, int]]:
    """Maps with their channels in front, put into as many rows as an axis behind them has items, for its steps."""
    for index in order:
        node = step.node(index)
        source = node.parents[0] if node.parents else None
        if node.name not in VIEWS or source not in features or features[source] != 1 or node.spot is None:
            continue
        before, after = step.tape.shape(source), node.shapes[0]
        axes = [axis for axis, size in enumerate(before) if len(after) == 3 and size == after[1]]
        if len(before) < 4 or len(axes) != 1 or axes[0] < 2 or after[0] != before[0] or min(before[1], after[1]) < 2:
            continue
        if _is_walked(step, Ref(index), [i for i in order if i > index]):
            yield node, axes[0]


def _is_walked(step: Step, rows: Ref, order: list[int]) -> bool:
    """Whether a layer goes along the rows as along steps."""
    held = followed(step.tape, {rows: 1}, order, through_layers=True)
    for node in map(step.node, order):
        axis = held.get(node.parents[0]) if node.parents else None
        if axis is None or len(step.tape.shape(node.parents[0])) != 3:
            continue
        if node.name in RECURRENT and len(node.args) == 9 and axis == (1 if node.args[8] else 0):
            return True
        if (node.name == "multi_head_attention_forward" and axis < 2) or (node.name == "conv1d" and axis == 2):
            return True
    return False


def _told_of_steps(step: Step, node: Node, axis: int) -> Sighting:
    before, after = step.tape.shape(node.parents[0]), node.shapes[0]
    order = (0, axis, *(at for at in range(1, len(before)) if at != axis))
    text = (
        f"{before} has the {before[1]} channels of a convolution in front of its axis of {before[axis]}; {node.name} "
        f"to {after} makes as many rows, along which a layer goes, and turns nothing: a row holds one channel of "
        "several steps, where it was to hold all channels of one"
    )
    return sighted("features_reshaped", node, text, (_fix(step, node, order, after),))


def _split(step: Step, features: dict[Ref, int], order: list[int]) -> Iterator[Node]:
    """Reshapes that make a part of a convolution's channels the last axis, which a loss takes for the classes."""
    for index in order:
        node = step.node(index)
        source = node.parents[0] if node.parents else None
        if node.name not in VIEWS or source not in features or features[source] != 1 or node.spot is None:
            continue
        before, after = step.tape.shape(source), node.shapes[0]
        classes = after[-1]
        if len(before) < 4 or classes < 2 or before[1] % classes or classes in (*before[1:],) or len(after) < 2:
            continue
        if classes == prod(before[2:]):
            # The whole map of each channel in a row: nothing was cut apart.
            continue
        held = followed(step.tape, {Ref(index): len(after) - 1}, [i for i in order if i > index])
        for other in (step.node(i) for i in order if i > index and step.node(i).name in _OF_CLASSES):
            ref = other.parents[0]
            if ref in held and held[ref] == len(step.tape.shape(ref)) - 1:
                yield node
                break


def _told_of_classes(step: Step, node: Node) -> Sighting:
    before, after = step.tape.shape(node.parents[0]), node.shapes[0]
    order = (0, *range(2, len(before)), 1)
    text = (
        f"axis 1 of {before} holds the {before[1]} channels of a convolution, {after[-1]} of which belong together, "
        f"and the loss takes the last axis of {after} for these. {node.name} turns nothing: it puts {after[-1]} "
        "neighbouring positions of one channel there"
    )
    return sighted("features_reshaped", node, text, (_fix(step, node, order, after),))


def _fix(step: Step, node: Node, order: tuple[int, ...], after: tuple[int, ...]) -> Fix:
    title = f"permute({', '.join(map(str, order))}) before the reshape"
    try:
        if node.index < step.first:
            raise LookupError("it was cut before the step began")
        step.run_with({node.index: permuted(order, after)})
        verified = True
    except Exception:
        verified = False
    outcome = "the features of each position stay together" if verified else ""
    return Fix(title, turned_before(node, order), "call" if verified else "no", outcome)


def _told(step: Step, move: _Move, reader: Node, is_data: bool) -> Sighting:
    node = move.node
    before, after = step.tape.shape(node.parents[0]), node.shapes[0]
    order = orders_into(before, after, move.before, move.after) or ()
    place = "last" if move.before == len(before) - 1 else "in front of the last one"
    whose = f"stands {place} in the data" if is_data else "holds the features, by the layer that made them"
    text = (
        f"axis {move.before} of {before} {whose}, and {reader.name} reads "
        f"axis {move.after} of {after} for features. {node.name} turns nothing: each row that is read holds pieces of "
        "several positions"
    )
    return sighted("features_reshaped", node, text, (_fix(step, node, order, after),))


PROBE = Probe(
    "the features stand where the layer behind a reshape reads them",
    features_moved,
    turn=Turn.FIRST,
)
