"""Statistics over the samples that are taken off in front of layers and put on again behind: those of each meant."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from shapecheck.capture.instruments.axes.features_axis import followed, is_turned
from shapecheck.capture.instruments.axes.reductions import REDUCTIONS, along, edited, reduced_axes
from shapecheck.capture.instruments.axes.windows import goes_on, steps_axis
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import RECURRENT
from shapecheck.findings import Fix

_SCALES = frozenset(["sub", "div", "mul", "add", "addcmul", "rsub", "lerp"])
# Behind these another place of a row stands where the place stood that a statistic was taken of.
_MIXES = frozenset(
    ["linear", "matmul", "mm", "bmm", "einsum", "addmm", "baddbmm", "conv1d", "conv2d", "lstm", "gru", "rnn_tanh",
     "rnn_relu", "multi_head_attention_forward"]
)  # fmt: skip
_OUTCOME = "each sample keeps to itself"


def put_back(step: Step, node: Node) -> Iterator[Alternative]:
    """All statistics of one tensor along one axis, along another one of its axes instead.

    Statistics of a batch are meant as often as not: a normalisation that is learned has its own scale and shift behind
    it. But who takes them off before the layers and puts them on again behind these means those of each sample.
    """
    axes = reduced_axes(step, node)
    if len(axes) != 1 or node.spot is None:
        return
    source = node.parents[0]
    shape = step.tape.shape(source)
    time = steps_axis(step.tape, source)
    if len(shape) < 2 or (len(shape) == 2 and time is None) or time == axes[0]:
        return
    alike = _alike(step, node, axes)
    if not _are_put_back(step, source, alike):
        return
    for new in [time] if time is not None else [axis for axis in range(len(shape)) if axis != axes[0]]:
        runs = {one.index: along(one, new) for one in alike}
        yield Alternative("put_back", f"dim={new}, keepdim=True", runs, axes[0], new)


def is_of_samples(step: Step, node: Node, other: Alternative, *, holds_samples: bool) -> bool:
    """Whether the same place of two samples has nothing in common, and the other axis is time.

    That is so in windows of one series, and in sequences that come in no order. But what reads a row and is asked for
    the same row may well take off what all rows have in common, and so may who has one sensor at each place.
    """
    source = node.parents[0]
    if steps_axis(step.tape, source) is not None:
        return True
    is_known = holds_samples or (isinstance(other.new, int) and goes_on(step.tape, source, other.new, step.order))
    return is_known and bool(step.targets) and other.new in [*_walked(step, source)]


def _walked(step: Step, source: Ref) -> Iterator[int]:
    """The axes that a layer reads as time: it walks or slides along them, or reads them where the features were."""
    later = [index for index in step.order if index > source.node]
    for axis in range(len(step.tape.shape(source))):
        held = followed(step.tape, {source: axis}, later, through_layers=True)
        for node in map(step.node, later):
            ref = node.parents[0] if node.parents else None
            if ref in held and _walks(step, node, ref, held[ref]):
                yield axis
                break


def _walks(step: Step, node: Node, ref: Ref, axis: int) -> bool:
    last = len(step.tape.shape(ref)) - 1
    if node.name in RECURRENT:
        return len(node.args) == 9 and axis == int(node.args[8] is True)
    return axis == last and (node.name == "conv1d" or (node.name == "linear" and is_turned(step.tape, ref)))


def told_of_put_back(step: Step, other: Alternative) -> Sighting:
    """What is said of them, at the first one."""
    nodes = [step.node(index) for index in sorted(other.instead)]
    names = " and ".join(dict.fromkeys(node.name for node in nodes))
    text = (
        f"{names} of {step.tape.shape(nodes[0].parents[0])} run along axis {other.old}, which holds the samples; what "
        "the layers return is scaled back by them, so each sample is given the level of the others in its batch"
    )
    assert isinstance(other.new, int)
    fix = Fix(other.title, edited(dict.fromkeys(nodes, other.new)), "call", _OUTCOME)
    return sighted("reduced_along_batch", nodes[0], text, (fix,))


def _alike(step: Step, node: Node, axes: tuple[int, ...]) -> list[Node]:
    """All statistics in the same function along the same axis of tensors of the same shape."""
    shape = step.tape.shape(node.parents[0])
    return [
        one
        for one in step.nodes
        if one.name in REDUCTIONS
        and one.spot is not None
        and node.spot is not None
        and one.spot.code is node.spot.code
        and reduced_axes(step, one) == axes
        and step.tape.shape(one.parents[0]) == shape
    ]


def _are_put_back(step: Step, source: Ref, statistics: list[Node]) -> bool:
    """Whether they are taken off a tensor, and put on what layers made of the rest."""
    numbers = {out for one in statistics for out in one.outs}
    sizes = {one.shapes[0] for one in statistics}
    shape = step.tape.shape(source)
    wide: set[Ref] = {source}
    taken: set[Ref] = set()
    mixed: set[Ref] = set()
    for node in step.nodes:
        parents = set(node.parents)
        outs = set(node.outs)
        if not parents or node.index in {one.index for one in statistics}:
            continue
        if parents <= numbers | wide and not parents & numbers and node.shapes[0] == shape:
            wide |= outs
        if parents & mixed:
            if node.name in _SCALES and parents & numbers:
                return True
            mixed |= outs
        elif parents & taken:
            is_mixed = node.name in _MIXES and any(parent in step.learned for parent in parents)
            (mixed if is_mixed else taken).update(outs)
        elif parents & numbers and parents & wide and node.name in _SCALES:
            taken |= outs
        elif parents & numbers and (node.shapes[0] in sizes or (parents <= numbers and _leaves_steps(node))):
            if any(_is_kept_elsewhere(step, ref) for ref in parents - numbers):
                return False
            numbers |= outs
    return False


def _leaves_steps(node: Node) -> bool:
    """Whether it picks no single step but the first, which is the only one of what is reduced along the steps.

    What is put back on a forecast is cut to its length, from the first step on.
    """
    if node.name == "select":
        return node.args[2:] == (0,)
    if node.name != "__getitem__":
        return True
    index = node.index_parts
    return all(part == 0 or _is_beginning(part) for part in index if part is not None)


def _is_beginning(part: object) -> bool:
    return isinstance(part, slice) and part.start in (None, 0)


def _is_kept_elsewhere(step: Step, ref: Ref) -> bool:
    """Whether it is a table that is neither learned nor made of this batch, such as a mean that runs along."""
    return ref not in step.learned and prod(step.tape.shape(ref)) > 1
