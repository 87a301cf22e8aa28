"""Places that were found along one axis, and by which something is picked along another."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.alternatives import axis_of, with_axis
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, GATHERS, SORTS
from shapecheck.findings import Fix

_SEEKS = SORTS | {"argmax", "argmin", "max", "min"}
_VOTES = _SEEKS | GATHERS | {"sum", "mean", "softmax", "log_softmax", "cumsum"}


def place_along_another(look: Look) -> Iterator[Sighting]:
    """``gain.gather(1, score.argsort(dim=0))``, and ``labels[similarities.topk(k, dim=0).indices]``.

    A place that is the third of one axis says nothing of another one. With ``gather`` both lie in tensors of the same
    shape, so the two axes can be held against each other. Numbers that stand in brackets pick rows of something that
    has as many of them as another axis of what was searched, and not as many as the one that was.
    """
    step, told = look.step, set[int]()
    first = step.tape.evaluated_from if look.before is None else min(step.first, look.before.last)
    for index in range(first, step.last):
        node = step.node(index)
        for sought, along, other in _mismatches(step, node) if node.spot is not None and node.parents else ():
            if sought.spot is not None and sought.spot.line not in told:
                told.add(sought.spot.line)
                yield _told(step, sought, node, along, other, first)


def _mismatches(step: Step, node: Node) -> Iterator[tuple[Node, int, int]]:
    """What sought the places, the axis along which it did, and that along which its numbers pick."""
    if node.name in GATHERS and len(node.parents) == 2:
        shape, axis = step.tape.shape(node.parents[0]), _picked_along(step, node)
        found = _sought(step, node.parents[1], keeps_axes=True)
        if found is not None and axis is not None and step.tape.shape(found[0].parents[0]) == shape:
            sought, along = found
            if along != axis and shape[axis] > 1 < shape[along]:
                yield sought, along, axis
    elif node.name == "__getitem__" and len(node.args) > 1:
        yield from _in_brackets(step, node)


def _in_brackets(step: Step, node: Node) -> Iterator[tuple[Node, int, int]]:
    shape = step.tape.shape(node.parents[0])
    parts = [part for part in node.index_parts if part is not None]
    for at, part in enumerate(parts):
        found = _sought(step, part, keeps_axes=False) if isinstance(part, Ref) and Ellipsis not in parts[:at] else None
        if found is None or at >= len(shape):
            continue
        sought, along = found
        sizes = step.tape.shape(sought.parents[0])
        others = [axis for axis, size in enumerate(sizes) if axis != along and size == shape[at]]
        if len(sizes) == 2 and sizes[along] != shape[at] and len(others) == 1 and sizes[along] > 1 < shape[at]:
            yield sought, along, others[0]


def _picked_along(step: Step, node: Node) -> int | None:
    ndim = len(step.tape.shape(node.parents[0]))
    given = node.argument(1 if node.name == "gather" else 2, "dim")
    return given % ndim if isinstance(given, int) and -ndim <= given < ndim else None


def _sought(step: Step, ref: Ref, *, keeps_axes: bool) -> tuple[Node, int] | None:
    """What found the places that some numbers are, with all its axes still there if that is asked, and along which."""
    if not step.node(ref.node).shapes:
        return None
    through = CONVERTS if keeps_axes else CONVERTS | {"view", "reshape", "flatten", "squeeze", "unsqueeze"}
    *_, (made, node) = backwards(step.tape, ref, through)
    if node.name not in _SEEKS or len(node.parents) != 1 or made.out != len(node.shapes) - 1:
        return None
    if node.name in ("max", "min") and len(node.shapes) != 2:
        return None
    ndim = len(step.tape.shape(node.parents[0]))
    along = _along(step, node, ndim)
    is_whole = not keeps_axes or len(node.shapes[0]) == ndim
    return (node, along) if along is not None and is_whole else None


def _along(step: Step, node: Node, ndim: int) -> int | None:
    if node.name in SORTS:
        default = ndim - 1
        given = node.argument(2 if node.name == "topk" else 1, "dim", default=default)
        if isinstance(given, bool):
            given = node.kwargs.get("dim", default)
        return given % ndim if isinstance(given, int) and -ndim <= given < ndim else None
    axes = reduced_axes(step, node) if node.name in ("max", "min") else ()
    return axes[0] if len(axes) == 1 else axis_of(node, ndim)


def _told(step: Step, sought: Node, node: Node, along: int, other: int, first: int) -> Sighting:
    shape = step.tape.shape(sought.parents[0])
    line = node.spot.line if node.spot is not None else 0
    is_gathered = node.name in GATHERS
    text = (
        f"{sought.name} says places along axis {along} of {shape}, of which there are {shape[along]}, and "
        f"{node.name if is_gathered else 'the index'} in line {line} picks by them "
        + (f"along axis {other}" if is_gathered else f"from {shape[other]} items, as many as axis {other} has")
    )
    verified = tried(step, {sought.index: with_axis(sought, other)}) if sought.index in step.order else "no"
    fixes = [(sought, Fix(f"dim={other} of {sought.name}", other_axis(sought, other), verified))]
    if is_gathered:
        fixes.append((node, Fix(f"dim={along} of {node.name}", other_axis(node, along), "no")))
        if _votes(step, (sought, node), along, first) > _votes(step, (sought, node), other, first):
            fixes.reverse()
    return sighted("place_found_along_another_axis", fixes[0][0], text, tuple(fix for _, fix in fixes))


def _votes(step: Step, pair: tuple[Node, Node], axis: int, first: int) -> int:
    """How many other operations of the same function run along an axis of tensors of as many axes."""
    ndim = len(step.tape.shape(pair[0].parents[0]))
    codes = [one.spot.code for one in pair if one.spot is not None]
    others = (node for node in map(step.node, range(first, step.last)) if node.name in _VOTES and node not in pair)
    return sum(
        1
        for node in others
        if node.parents and node.spot is not None and node.spot.code in codes
        if len(step.tape.shape(node.parents[0])) == ndim
        if (_picked_along(step, node) if node.name in GATHERS else _along(step, node, ndim)) == axis
    )


PROBE = Probe(
    "places pick along the axis that they were found along",
    place_along_another,
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
    of_collected=True,
    turn=Turn.LAST,
)
