"""Routings by agreement whose weights sum to one over what is added up: no item chooses where it goes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from shapecheck.capture.instruments.axes.contracted import Contraction, contraction
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternatives import axis_of, with_axis
from shapecheck.capture.instruments.trials.separation import separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import ancestors, refs_above
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import CONVERTS, NORMS
from shapecheck.findings import Fix

# What an output is scaled by its own length with, so that this says how many inputs agree.
_LENGTHS = NORMS | {"sqrt", "rsqrt", "pow", "square"}


def routed_along_inputs(look: Look) -> Iterator[Sighting]:
    """``c = softmax(b, 1); v = (c * u_hat).sum(1); b = b + (u_hat * v).sum(-1)`` for b of (sample, input, output).

    Each input makes a guess of its own at each output, and scores that begin alike grow with how well a guess agrees
    with what came out: they say to which output the input belongs. Where all outputs read the same values it is an
    attention, whose weights are shared out among what is read; and so it may be where nothing is made of how long an
    output is.
    """
    step = look.step
    rounds: list[list[Node]] = []
    for node in step.of_loss:
        if node.name == "softmax":
            known = next((found for found in rounds if node.repeats(found[0])), None)
            rounds.append([node]) if known is None else known.append(node)
    for found in rounds:
        summed = contraction(step, found[0]) if len(found) > 1 else None
        along = axis_of(found[0], len(step.tape.shape(found[0].parents[0])))
        if summed is None or along is None or summed.axis != along or not _begins_alike(step, found[0]):
            continue
        grown = [_is_grown(step, *pair) and _has_length(step, *pair) for pair in pairwise(found)]
        others = _outputs(look, found[-1], along)
        if all(grown) and len(others) == 1 and _has_own_values(step, summed, others[0]):
            yield _told(step, found, along, others[0])
            return


def _begins_alike(step: Step, node: Node) -> bool:
    scores = step.known(node.parents[0])
    return scores is not None and bool((scores == scores.reshape(-1)[0]).all())


def _is_grown(step: Step, node: Node, following: Node) -> bool:
    """Whether the scores of the next round are those of this one and something that this one has made."""
    before = origin(step.tape, node.parents[0], CONVERTS)[0]
    _, made = origin(step.tape, following.parents[0], CONVERTS)
    summands = {origin(step.tape, parent, CONVERTS)[0]: parent for parent in made.parents}
    if made.name != "add" or len(summands) != 2 or before not in summands:
        return False
    (agreement,) = (parent for ref, parent in summands.items() if ref != before)
    return node.ref in refs_above(step.tape, agreement, node.index)


def _has_length(step: Step, node: Node, following: Node) -> bool:
    """Whether what came out of a round was measured before the inputs were held against it."""
    between = (step.node(index) for index in ancestors(step.tape, [following.parents[0]], node.index))
    return any(made.name in _LENGTHS for made in between)


def _outputs(look: Look, node: Node, along: int) -> list[int]:
    """The axes of the scores that count neither what is added up nor the samples."""
    scores = node.parents[0]
    value = look.step.value(scores)
    samples = {
        axis
        for way in look.seen
        for at in way.apart
        if len(found := separate_axes(way.moves[at].masks(scores))) == 1
        for axis in found
    }
    return [
        axis
        for axis in range(value.ndim)
        # Of an axis along which nothing differs, such as that of the features, there is nothing to choose.
        if axis != along and axis not in samples and bool((value != value.narrow(axis, 0, 1)).any())
    ]


def _has_own_values(step: Step, summed: Contraction, output: int) -> bool:
    """Whether what is weighed differs from output to output."""
    if output not in summed.places:
        return False
    at = summed.places.index(output) - len(summed.places)
    if summed.letters is not None:
        operands = summed.node.args[0].replace(" ", "").split("->")[0].split(",")
        letters = summed.letters[0]
        mine = letters[at] if -at <= len(letters) else ""
        return bool(mine) and all(mine in operand for operand in operands)
    product = summed.node if summed.side is not None else step.node(summed.node.parents[0].node)
    shapes = [step.tape.shape(parent) for parent in product.parents]
    return all(-at <= len(shape) and shape[at] > 1 for shape in shapes)


def _told(step: Step, found: list[Node], along: int, output: int) -> Sighting:
    node, shape = found[0], step.tape.shape(found[0].parents[0])
    text = (
        f"the scores {shape} begin alike and grow in {len(found)} rounds by how well each guess agrees with what came "
        f"out of axis {output}; the weights sum to one along axis {along}, which is the one that is added up: each of "
        f"the {shape[output]} outputs is a mean of the {shape[along]} guesses, and none of these chooses an output"
    )
    runs = {each.index: with_axis(each, output) for each in found}
    fix = Fix(f"dim={output}", other_axis(node, output), tried(step, runs), "each input shares itself out")
    return sighted("routed_along_inputs", node, text, (fix,))


PROBE = Probe(
    "a routing lets each input choose among the outputs",
    routed_along_inputs,
)
