"""Reductions of one function that all run along the samples: the same along another axis, which stays in its place."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.centred import KEEPS_STATISTIC
from shapecheck.capture.instruments.axes.reductions import REDUCTIONS, along, edited, one_axis, reduced_axes
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.instruments.trials.edits import all_apart
from shapecheck.capture.instruments.trials.sighting import other_axis
from shapecheck.capture.recording.replay import Run, descendants, refs_above
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, SOFTMAXES, SPREADS
from shapecheck.findings import Edit

# By these a tensor is shifted or scaled by statistics of its own, as a batch may well be.
_SHIFTS = frozenset(["sub", "rsub", "div", "lerp"])
_BLENDS = frozenset(["mul", "div", "add", "sub", "lerp"])

# So far back what is worked out twice is known to be the same.
_HOPS = 4


def reduced_together(step: Step, node: Node) -> Iterator[Alternative]:
    """All reductions along axis 0 in the function of one of them, or all its softmaxes, along another axis instead.

    Numerator and denominator of a mean, or both sides of a divergence, run along the same axis: one of them alone
    would leave the samples mixed. What was dropped is kept, or what is left would not meet the rest where it stood. A
    table that is reduced along both of its axes is meant to be, be it in turn or for two things.
    """
    if node.spot is None or _axis(step, node) != 0:
        return
    shape = step.tape.shape(node.parents[0])
    alike = [
        other
        for other in step.of_loss
        if other.spot is not None
        and other.spot.code is node.spot.code
        and (other.name in SOFTMAXES) == (node.name in SOFTMAXES)
        and _axis(step, other) == 0
        and step.tape.shape(other.parents[0]) == shape
    ]
    if len(shape) < 2 or any(shifts_source(step, other) for other in alike):
        return
    is_softmax = node.name in SOFTMAXES
    if len(alike) < 2 if is_softmax else not _meets_items(step, alike):
        # A softmax alone is tried as it is.
        return
    both = {_axis(step, other) for other in step.of_loss for one in alike if _is_like(step, one, other)}
    for new in range(1, len(shape)):
        if shape[new] > 1 and new not in both:
            runs = {one.index: _softmax(one, new) if is_softmax else along(one, new) for one in alike}
            yield Alternative("together", f"dim={new}{'' if is_softmax else ', keepdim=True'}", runs, 0, new)


def edited_together(step: Step, other: Alternative) -> tuple[Edit, ...]:
    """The edits of all of them; nothing where one does not stand there as a call, or two stand in each other's way."""
    nodes = list({node.spot.span: node for node in map(step.node, other.instead) if node.spot is not None}.values())
    new = other.new
    told = () if any(_drops(step, node) for node in nodes) else all_apart([other_axis(node, new) for node in nodes])
    return told or (edited(dict.fromkeys(nodes, new)) if isinstance(new, int) else ())


def shifts_source(step: Step, node: Node) -> bool:
    """Whether a statistic goes back into what it was taken of, which it shifts or scales.

    So does one that is blended with what was kept of the batches before.
    """
    source = node.parents[0]
    if any(other.name in SPREADS and source in other.parents for other in step.readers(source)):
        return True
    first, reached = _first(step, source), {*node.outs}
    for other in step.of_loss:
        if other.index <= node.index or reached.isdisjoint(other.parents):
            continue
        if other.name in _SHIFTS and first in [_first(step, ref) for ref in other.parents]:
            return True
        if other.name in KEEPS_STATISTIC or _is_blended(step, other, reached):
            reached |= {*other.outs}
    return False


def _is_blended(step: Step, node: Node, reached: set[Ref]) -> bool:
    """Whether a statistic is weighed, and added to what was neither learned in this step nor made of its samples."""
    rest = [ref for ref in node.parents if ref not in reached]
    if node.name not in _BLENDS or any(step.node(ref.node).kind == "parameter" for ref in rest):
        return False
    given = {one for ref in rest for one in refs_above(step.tape, ref, step.first)}
    return all(len(step.tape.shape(ref)) <= len(node.shapes[0]) for ref in rest) and given.isdisjoint(step.inputs)


def _first(step: Step, ref: Ref, hops: int = _HOPS) -> object:
    """What a tensor is but for its type; what is worked out twice in the same way is the same."""
    ref, made = origin(step.tape, ref, CONVERTS)
    if made.function is None or not hops:
        return ref
    args = tuple(_first(step, item, hops - 1) if isinstance(item, Ref) else repr(item) for item in made.args)
    return made.name, args, repr(made.kwargs), ref.out


def _meets_items(step: Step, alike: list[Node]) -> bool:
    """Whether what they leave comes back to something that still has all of the samples."""
    size = step.tape.shape(alike[0].parents[0])[0]
    reached = {out for node in alike for out in node.outs}
    made = descendants(step.tape, reached, [index for index in step.order if index in step.to_loss])
    for index in made:
        rest = [
            ref for ref in step.node(index).parents if ref not in reached and step.node(ref.node).kind != "parameter"
        ]
        if any(len(step.tape.shape(ref)) > 1 and step.tape.shape(ref)[0] == size for ref in rest):
            return True
        reached |= {*step.node(index).outs}
    return False


def _is_like(step: Step, one: Node, other: Node) -> bool:
    """Whether another operation of the kind works on the same tensor, or on what a table of its shape has become."""
    if other.name != one.name or not other.parents:
        return False
    first, second = one.parents[0], other.parents[0]
    is_table = one.name in SOFTMAXES | {"logsumexp"} and step.tape.shape(first) == step.tape.shape(second)
    return is_table or first == second


def _axis(step: Step, node: Node) -> int | None:
    """The one axis that it runs along."""
    if not node.parents:
        return None
    if node.name in SOFTMAXES:
        return one_axis(node.argument(1, "dim"), len(step.tape.shape(node.parents[0])))
    axes = reduced_axes(step, node) if node.name in REDUCTIONS and node.name not in SPREADS else ()
    return axes[0] if len(axes) == 1 else None


def _drops(step: Step, node: Node) -> bool:
    return node.name in REDUCTIONS and len(node.shapes[0]) < len(step.tape.shape(node.parents[0]))


def _softmax(node: Node, axis: int) -> Run:
    def run(values: object, *_: object, **kwargs: object) -> object:
        rest = {key: value for key, value in kwargs.items() if key not in ("dim", "input")}
        return node.function(values, axis, **rest)  # type: ignore[misc]

    return run
