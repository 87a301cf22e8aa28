"""Distances between items that are measured along the items, in the place of their features."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.makers import FEATURES_LAST, maker
from shapecheck.capture.instruments.trials.alternatives import axis_of, with_axis
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, HANDS_ON, NORMS, SOFTMAXES, TOTALS
from shapecheck.findings import Fix

_SQUARES = frozenset(["pow", "square", "mul", "abs"])
_ROOTS = frozenset(["sqrt", "clamp", "clamp_min", "add"])
_HINGES = frozenset(["relu", "clamp", "clamp_min", "max", "maximum"])
_SCALES = frozenset(["neg", "mul", "div", "sqrt", "pow"])
_HOPS = 6


def distances(look: Look) -> Iterator[Sighting]:
    """A distance that is taken along the axis of the items: there is one for each feature, and none for an item."""
    step = look.step
    for node in step.of_loss:
        if not node.parents or node.name not in NORMS | TOTALS:
            continue
        gap = _difference(step, node)
        axis = axis_of(node, len(step.tape.shape(node.parents[0]))) if gap is not None else None
        if gap is None or axis is None:
            continue
        seen = _to_centre(step, node, gap, axis) or _of_pairs(step, node, gap, axis) or _of_three(look, node, gap, axis)
        if seen is not None:
            yield seen
            return


def _difference(step: Step, node: Node) -> Node | None:
    """The difference of two tensors of which a norm is taken, or the squares are added up."""
    made = step.node(node.parents[0].node)
    if node.name in TOTALS:
        if made.name not in _SQUARES or len(set(made.parents)) != 1:
            return None
        made = step.node(made.parents[0].node)
    is_shifted = made.name == "add" and len(made.parents) == 1
    made = step.node(made.parents[0].node) if is_shifted else made
    return made if made.name == "sub" and len(made.parents) == 2 else None


def _to_centre(step: Step, node: Node, gap: Node, axis: int) -> Sighting | None:
    """How far items are from their centre, compared with a margin: the centre is the mean along that same axis."""
    items, centre = gap.parents
    shape = gap.shapes[0]
    if len(shape) < 2 or step.tape.shape(items) != shape or _mean_axis(step, centre, items) != axis:
        return None
    if not _is_hinged(step, node):
        return None
    new = 1 - axis if len(shape) == 2 else len(shape) - 1
    if new == axis or shape[new] < 2 or shape[axis] < 2:
        return None
    text = (
        f"the centre is the mean of {shape} along axis {axis}, so that axis holds the items that have it for their "
        f"centre; the distance is taken along axis {axis} as well. That is one number for each of the {shape[new]} "
        "features, which grows with the number of items, and a margin is compared with it"
    )
    return sighted("distance_along_items", node, text, (_fix(step, node, new),))


def _mean_axis(step: Step, centre: Ref, items: Ref) -> int | None:
    """The axis along which a tensor is the mean of another one, behind what only moves axes."""
    _, node = origin(step.tape, centre, HANDS_ON | {"expand", "expand_as"})
    is_of_items = node.name == "mean" and node.parents[:1] == (items,)
    return axis_of(node, len(step.tape.shape(items))) if is_of_items else None


def _is_hinged(step: Step, node: Node) -> bool:
    """Whether a number is taken off, and only what is left above zero counts."""
    for _ in range(_HOPS):
        readers = step.readers(node)
        if len(readers) != 1:
            return False
        reader = readers[0]
        if reader.name == "sub":
            is_first = bool(reader.args) and reader.args[0] == node.ref
            after = step.readers(reader)
            return is_first and len(after) == 1 and after[0].name in _HINGES
        if reader.name not in _ROOTS:
            return False
        node = reader
    return False


def _of_pairs(step: Step, node: Node, gap: Node, axis: int) -> Sighting | None:
    """The distances of each item of one tensor to each of another, added up over one of the two: scores of classes."""
    shape = gap.shapes[0]
    if len(shape) < 3:
        return None
    one, other = ((1,) * (len(shape) - len(sizes)) + sizes for sizes in map(step.tape.shape, gap.parents))
    pairs = [at for at, size in enumerate(shape) if size > 1 and (one[at] == 1) != (other[at] == 1)]
    both = [at for at in range(len(shape)) if one[at] == other[at] > 1]
    if axis not in pairs or len(pairs) != 2 or not both or both[-1] != len(shape) - 1:
        return None
    if one[pairs[0]] == one[pairs[1]] or not _is_compared(step, node):
        return None
    new = both[-1]
    text = (
        f"the differences {shape} are those of {shape[pairs[0]]} items to {shape[pairs[1]]} others, of "
        f"{shape[new]} features each; added up along axis {axis} they are no distance of one item to one other, and "
        f"what is compared afterwards are {shape[new]} features"
    )
    return sighted("distance_along_items", node, text, (_fix(step, node, new),))


def _of_three(look: Look, node: Node, gap: Node, axis: int) -> Sighting | None:
    """The distance of items to what is like them, less that to what is not, of which a margin leaves what counts.

    Both are taken of rows that a layer made, and along the rows: one number for each feature of all items together.
    """
    step, shape, new = look.step, gap.shapes[0], len(gap.shapes[0]) - 1
    if len(shape) != 2 or axis == new or min(shape) < 2 or not all(_holds_features(look, ref) for ref in gap.parents):
        return None
    if node.name == "mean":
        # A mean over the items may be a margin of its own for each feature.
        return None
    meets = _less_another(step, node)
    others = (other for other in step.of_loss if other.index > node.index)
    for other in others if meets is not None and _is_cut_at_zero(step, meets) else ():
        if not other.parents or other.name not in NORMS | TOTALS or _less_another(step, other) is not meets:
            continue
        apart = _difference(step, other)
        if apart is None or apart.shapes[0] != shape or axis_of(other, len(shape)) != axis:
            continue
        if len({*gap.parents} & {*apart.parents}) != 1:
            continue
        text = (
            f"two distances of the same {shape[axis]} items, to what is like them and to what is not, are taken along "
            f"axis {axis} of {shape}, which holds the items: that is one number for each of the {shape[new]} features "
            "of all items together, and a margin is compared with these"
        )
        runs = {one.index: with_axis(one, new) for one in (node, other)}
        is_one_line = node.spot is not None and other.spot is not None and node.spot.line == other.spot.line
        edits = () if is_one_line else (*other_axis(node, new), *other_axis(other, new))
        fix = Fix(f"dim={new}", edits, tried(step, runs), "there is one distance for each item")
        return sighted("distance_along_items", node, text, (fix,))
    return None


def _holds_features(look: Look, ref: Ref) -> bool:
    """Whether a layer made the last axis, and beside it are samples.

    What has as many numbers as before may hold the nodes of a graph there, and its channels beside them.
    """
    step, made = look.step, maker(look.step, ref)
    if made is None or made.name not in FEATURES_LAST:
        return False
    read = {parent for at in ancestors(step.tape, [ref], step.first) for parent in step.node(at).parents}
    sources = [source for source in step.inputs if source in read]
    is_made = [step.tape.shape(source)[-1:] != step.tape.shape(ref)[-1:] for source in sources]
    return all(one or look.batch_axes.get(source) == 0 for one, source in zip(is_made, sources, strict=True))


def _less_another(step: Step, node: Node) -> Node | None:
    """The difference of a distance and another tensor, behind what makes a root of it."""
    for _ in range(_HOPS):
        readers = step.readers(node, to_loss=True)
        if len(readers) != 1:
            return None
        node = readers[0]
        if node.name == "sub" and len(node.parents) == 2:
            return node
        if node.name not in _ROOTS | {"pow"} or len(node.parents) != 1:
            return None
    return None


def _is_cut_at_zero(step: Step, node: Node) -> bool:
    """Whether only what is left above zero counts, behind a number that is added or taken off."""
    for _ in range(_HOPS):
        readers = step.readers(node, to_loss=True)
        if len(readers) != 1 or len(readers[0].parents) != 1:
            return False
        node = readers[0]
        if node.name in _HINGES | {"softplus"}:
            return True
        if node.name not in ("add", "sub", "rsub", "neg"):
            return False
    return False


def _is_compared(step: Step, node: Node) -> bool:
    """Whether it is a score for each of several: a softmax or a loss of classes reads it, or the least is taken."""
    for _ in range(_HOPS):
        readers = step.readers(node)
        if any(reader.name in SOFTMAXES | CLASS_LOSSES | {"argmin"} for reader in readers):
            return True
        if len(readers) != 1 or readers[0].name not in _SCALES or len(readers[0].parents) != 1:
            return False
        node = readers[0]
    return False


def _fix(step: Step, node: Node, new: int) -> Fix:
    outcome = "there is one distance for each item"
    return Fix(f"dim={new}", other_axis(node, new), tried(step, {node.index: with_axis(node, new)}), outcome)


PROBE = Probe(
    "distances are measured along the features",
    distances,
)
