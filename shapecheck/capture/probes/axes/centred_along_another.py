"""Numbers that are centred by what was found along one axis, and scaled by what was found along another."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.centred import KEEPS_STATISTIC, MEANS, Statistic, centre_of, statistic_of
from shapecheck.capture.instruments.axes.reductions import edited
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternatives import with_axis
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS, DEVIATIONS, EXTREMES
from shapecheck.findings import Fix


def centred_along_another(look: Look) -> Iterator[Sighting]:
    """``(x - x.mean(dim=1, keepdim=True)) / x.std(dim=0, keepdim=True)``, ``(x - low) / (high - low)``.

    Centre and scale are two numbers of the same group. Statistics of everything, or of more axes than the other one
    runs along, may be meant; so may a scale that is taken of what was centred before.
    """
    step, told = look.step, set[int]()
    first = step.tape.evaluated_from if look.before is None else min(step.first, look.before.last)
    for index in range(first, step.last):
        node = step.node(index)
        if node.name not in ("div", "mul") or len(node.parents) != 2 or node.spot is None:
            continue
        found = _pair(step, node)
        if found is None or not _are_apart(step, *found):
            continue
        centre, scale = found
        if scale.node.spot is not None and scale.node.spot.line not in told:
            told.add(scale.node.spot.line)
            yield _told(step, centre, scale)


def _pair(step: Step, node: Node) -> tuple[Statistic, Statistic] | None:
    """By what the first operand was centred, and by what of the same numbers it is scaled."""
    left, right = node.parents
    ref, made = origin(step.tape, left, CONVERTS)
    if node.name == "mul":
        is_inverse = origin(step.tape, right, CONVERTS | AXES_OF_ONE)[1].name == "rsqrt"
        scale = statistic_of(step, right, ("var",)) if is_inverse else None
        centre = centre_of(step, made, MEANS) if scale is not None else None
    elif made.name == "exp" and made.parents:
        # A softmax by hand: the largest of each group, and the total of the same group.
        scale = statistic_of(step, right, ("sum",))
        centre = centre_of(step, origin(step.tape, made.parents[0], CONVERTS)[1], frozenset(["max", "amax"]))
        return (centre, scale) if centre is not None and scale is not None and scale.source == ref else None
    else:
        scale = statistic_of(step, right, DEVIATIONS)
        centre = centre_of(step, made, MEANS) if scale is not None else None
        if scale is None and (centre := centre_of(step, made, EXTREMES)) is not None:
            return _of_range(step, centre, right)
    return (centre, scale) if centre is not None and scale is not None and scale.source == centre.source else None


def _of_range(step: Step, centre: Statistic, right: Ref) -> tuple[Statistic, Statistic] | None:
    """The centre, and that end of the range it is divided by which runs along another axis."""
    made = origin(step.tape, right, KEEPS_STATISTIC)[1]
    if made.name != "sub" or len(made.parents) != 2:
        return None
    for parent in made.parents:
        end = statistic_of(step, parent, EXTREMES)
        if end is not None and end.source == centre.source and _are_apart(step, centre, end):
            return centre, end
    return None


def _are_apart(step: Step, one: Statistic, other: Statistic) -> bool:
    shape = step.tape.shape(one.source)
    sizes = [max((shape[axis] for axis in each.axes if axis < len(shape)), default=1) for each in (one, other)]
    return not {*one.axes} & {*other.axes} and min(sizes) > 1


def _told(step: Step, centre: Statistic, scale: Statistic) -> Sighting:
    shape = step.tape.shape(centre.source)
    line = centre.node.spot.line if centre.node.spot is not None else 0
    text = (
        f"{shape} is centred by its {centre.node.name} along {_words(centre.axes)} (line {line}) and scaled by its "
        f"{scale.node.name} along {_words(scale.axes)}: each number is measured by the spread of other numbers than "
        "those that its centre was found among"
    )
    fixes = tuple(_fix(step, one, other) for one, other in ((scale, centre), (centre, scale)))
    return sighted("scaled_by_two_rules", scale.node, text, fixes, (centre.node,))


def _words(axes: tuple[int, ...]) -> str:
    return f"axis {axes[0]}" if len(axes) == 1 else f"the axes {axes}"


def _fix(step: Step, one: Statistic, other: Statistic) -> Fix:
    """One of them along the axis of the other: which is the right one, nothing says."""
    axis = other.axes[0] if len(other.axes) == 1 else other.axes
    edits = other_axis(one.node, axis) or (edited({one.node: axis}) if isinstance(axis, int) else ())
    verified = "no" if one.node.index not in step.order else tried(step, {one.node.index: with_axis(one.node, axis)})
    return Fix(f"dim={axis} of {one.node.name}", edits, verified)


PROBE = Probe(
    "centre and scale are those of the same numbers",
    centred_along_another,
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
    of_collected=True,
    # Where samples are mixed by it, that is told.
    turn=Turn.LAST,
)
