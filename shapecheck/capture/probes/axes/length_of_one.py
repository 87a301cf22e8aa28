"""Numbers that are scaled or shifted by what was measured along an axis of one: each by itself alone."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.axes_of_one import is_put_there
from shapecheck.capture.instruments.axes.reductions import REDUCTIONS, along, edited, one_axis, reduced_axes
from shapecheck.capture.instruments.axes.unit_norms import along as with_dim
from shapecheck.capture.instruments.axes.unit_norms import axis_of_length
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternatives import with_axis
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import CONVERTS, SQUARES
from shapecheck.findings import Fix

_BACK = frozenset(["mul", "div", "sub", "rsub"])
_SIZES = SQUARES | {"abs"}


def lengths_of_one(step: Step) -> Iterator[Sighting]:
    """``n = (x ** 2).sum(-1, keepdim=True); n / (1 + n) * x / n.sqrt()`` where axis -1 of ``x`` was added by hand.

    What is measured is each number by itself, so that nothing of a vector is left but the signs. It must come back to
    what it was measured of; the size of single numbers may be asked for.
    """
    told = set[int]()
    for node in step.of_loss:
        if node.name == "cosine_similarity" and (sizes := _cosine_of_one(step, node)) is not None:
            yield _told_of_cosine(step, node, sizes)
            continue
        axis = _measured_along(step, node)
        if axis is None or node.spot is None or node.spot.line in told:
            continue
        source = node.parents[0]
        shape = step.tape.shape(source)
        if len([size for size in shape[1:] if size > 1]) == 0 or not is_put_there(step, source, axis):
            continue
        if node.name != "normalize" and not _comes_back(step, node):
            continue
        told.add(node.spot.line)
        yield _told(step, node, axis, shape)


def _cosine_of_one(step: Step, node: Node) -> list[tuple[int, ...]] | None:
    """The shapes of both sides of a cosine where one has a single number for all of those of the other.

    An axis that was left at its default is told of elsewhere.
    """
    if len(node.parents) != 2 or node.argument(2, "dim") is None:
        return None
    shapes = [step.tape.shape(ref) for ref in node.parents]
    ndim = max(map(len, shapes))
    axis = one_axis(node.argument(2, "dim", default=1), ndim)
    if axis is None or min(map(len, shapes)) < ndim:
        return None
    sizes = sorted(shape[axis] for shape in shapes)
    one = next((ref for ref in node.parents if step.tape.shape(ref)[axis] == 1), None)
    if one is None or not is_put_there(step, one, axis):
        return None
    others = [at for at in range(1, ndim) if at != axis and len({shape[at] for shape in shapes}) == 1]
    return shapes if sizes[0] == 1 < sizes[1] and any(shapes[0][at] > 1 for at in others) else None


def _told_of_cosine(step: Step, node: Node, shapes: list[tuple[int, ...]]) -> Sighting:
    axis = one_axis(node.argument(2, "dim", default=1), len(shapes[0]))
    text = (
        f"cosine_similarity of {shapes[0]} and {shapes[1]} runs along axis {axis}, where one side has one number: it "
        "stands for all numbers of the other side, and its own length is its size"
    )
    same = [at for at in range(1, len(shapes[0])) if at != axis and shapes[0][at] == shapes[1][at] > 1]
    runs: dict[int, Run] = {node.index: with_dim(node, same[-1])}
    said = -1 if same[-1] == len(shapes[0]) - 1 else same[-1]
    fix = Fix(f"dim={said}", other_axis(node, said), tried(step, runs), "what is measured are vectors")
    return sighted("length_of_one", node, text, (fix,))


def _measured_along(step: Step, node: Node) -> int | None:
    """The axis of one, of several axes, that a statistic or a normalisation runs along alone."""
    if not node.parents or len(step.tape.shape(node.parents[0])) < 3:
        return None
    shape = step.tape.shape(node.parents[0])
    if node.name == "normalize":
        axis = axis_of_length(node, len(shape))
    else:
        axes = reduced_axes(step, node) if node.name in REDUCTIONS else ()
        axis = axes[0] if len(axes) == 1 else None
    return axis if axis is not None and shape[axis] == 1 else None


def _comes_back(step: Step, node: Node) -> bool:
    """Whether what was measured shifts or scales the numbers that it was measured of."""
    source = node.parents[0]
    squared = step.node(source.node)
    bases = {origin(step.tape, source, CONVERTS)[0]}
    if squared.name in _SIZES and len({*squared.parents}) == 1:
        bases = {origin(step.tape, squared.parents[0], CONVERTS)[0]}
    sizes, reached = {step.tape.shape(source), node.shapes[0]}, {*node.outs}
    for other in step.of_loss:
        if other.index <= node.index or reached.isdisjoint(other.parents):
            continue
        rest = [origin(step.tape, ref, CONVERTS)[0] for ref in other.parents if ref not in reached]
        if other.name in _BACK and bases & {*rest}:
            return True
        if other.shapes[0] in sizes and not any(ref in step.learned and ref not in bases for ref in rest):
            reached |= {*other.outs}
    return False


def _told(step: Step, node: Node, axis: int, shape: tuple[int, ...]) -> Sighting:
    text = (
        f"{node.name} runs along axis {axis} of {shape}, which was added and holds one number: each number is measured "
        "by itself, and then scaled by that, so that vectors do not keep their directions"
    )
    fixes = []
    near = sorted((other for other in range(1, len(shape)) if shape[other] > 1), key=lambda other: abs(other - axis))
    for other in near:
        run: Run = with_axis(node, other) if node.name == "normalize" else along(node, other)
        verified = tried(step, {node.index: run})
        if verified == "call":
            said = other if axis < len(shape) - 1 else other - len(shape)
            edits = other_axis(node, said) or edited({node: said})
            fixes.append(Fix(f"dim={said}", edits, verified, "what is measured are vectors"))
    return sighted("length_of_one", node, text, tuple(fixes[:1]))


PROBE = Probe(
    "what scales vectors is measured along more than one number",
    lambda look: lengths_of_one(look.step),
)
