"""One of several calls of a network that is given what it is asked for, where the others are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, DISTANCES, FEATURE_LAYERS, HANDS_ON
from shapecheck.findings import Fix


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What a loss holds a prediction against.

    Args:
        node: The loss.
        given: What the prediction was made of.
        target: What it is held against.
        layer: The first layer that read what it was made of.
    """

    node: Node
    given: Ref
    target: Ref
    layer: Node

    @property
    def is_own(self) -> bool:
        """Whether what was given is asked for."""
        return self.given == self.target


def given_its_target(look: Look) -> Iterator[Sighting]:
    """``mse_loss(net(query[1]), query[1])`` beside ``mse_loss(net(x), y)``: to hand on what it reads is enough there.

    Who rebuilds what it is given does so in all of its calls, or of things that have nothing else to be told of: the
    target was made of what is like that which the other calls are given. What is held against several predictions, as
    an image is that is to come back unchanged as well, is given on purpose.
    """
    step = look.step
    if look.before is not None:
        return
    nodes = [node for node in step.recorded if node.name in DISTANCES and len(node.parents) > 1]
    asked = [one for node in nodes if (one := _asked(step, node)) is not None]
    for own in (one for one in asked if one.is_own):
        alike = [one for one in asked if one.layer.repeats(own.layer) and not one.node.repeats(own.node)]
        if alike and not any(one.is_own or one.target == own.target for one in alike) and _has_input(step, own, alike):
            text = (
                f"the network is given {step.tape.shape(own.given)}, and the loss holds what it says against the same "
                "tensor; elsewhere in this step it is given one tensor and held against another"
            )
            yield sighted("given_its_target", own.node, text, (Fix("the input in the place of the target", (), "no"),))
            return


def _has_input(step: Step, own: _Asked, others: list[_Asked]) -> bool:
    """Whether a target was made of something as large that is like what other calls are given, and is given to none."""
    rows, given = step.tape.shape(own.target)[:1], {one.given for one in others}
    nodes = [step.node(index) for index in ancestors(step.tape, [own.target], 0)]
    refs = {ref for node in nodes for ref in node.parents} - {own.target, *given}
    parts = [ref for ref in refs if step.tape.shape(ref)[:1] == rows]
    return any(_are_alike(step, ref, other) for ref in parts for other in given)


def _are_alike(step: Step, one: Ref, other: Ref) -> bool:
    """Whether two tensors were made by the same call of the script, or are pieces of one."""
    nodes = [step.node(ref.node) for ref in (one, other)]
    sources = [origin(step.tape, ref, HANDS_ON)[0] for ref in (one, other)]
    return nodes[0].repeats(nodes[1]) or (sources[0] == sources[1] and sources[0] not in (one, other))


def _asked(step: Step, node: Node) -> _Asked | None:
    predicted, target = node.parents[:2]
    made = [made for _, made in backwards(step.tape, predicted, None, first=step.first)]
    layers = [one for one in made if one.name in FEATURE_LAYERS]
    if not layers or target in step.learned:
        return None
    given, held = (origin(step.tape, ref, CONVERTS)[0] for ref in (layers[-1].parents[0], target))
    return _Asked(node, given, held, layers[-1])


PROBE = Probe(
    "no call of a network is given what it is asked for, where others are not",
    given_its_target,
    needs_no_run=True,
    turn=Turn.LAST,
)
