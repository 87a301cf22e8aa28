"""What a script measures of a model between two steps of its training, without a word and without gradients."""

from __future__ import annotations

from shapecheck.capture.recording.evaluated import added_up
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import REDUCING, Step, has_parameters
from shapecheck.capture.recording.tape import Root
from shapecheck.capture.recording.vocabulary import EQUALS

_MEASURES = REDUCING | EQUALS


def measured_between(step: Step) -> Step | None:
    """The first batch that is measured in front of a step's own work; None if there is none.

    Rounds of few batches are through before anybody waits for an evaluation: it lies in front of the next step then. A
    teacher, a target or a rollout is asked so as well, but the loss is made of what these return, or nothing is held
    against anything.
    """
    tape = step.tape
    own = next((root for root in step.roots if root.graded and has_parameters(root.module)), None)
    asked = [root for root in step.roots if own is not None and root.first < own.first and _is_asked(step, root)]
    if own is None or not asked:
        return None
    first, later = asked[0], [root for root in asked[1:] if root.module is asked[0].module]
    last = min([root.first for root in later] + [own.first])
    measured = [ref for ref in {*tape.escaped, *added_up(tape, step.first, last)} if step.first <= ref.node < last]
    inside = range(first.first, last)
    for ref in measured:
        made = ancestors(tape, [ref], step.first)
        if any(index in inside and tape.nodes[index].name in _MEASURES for index in made):
            tape.escaped.update(measured)
            return Step(tape, step.first, last, first.outputs[0], (first,))
    return None


def _is_asked(step: Step, root: Root) -> bool:
    """Whether a model that was trained before is asked without gradients, and the loss is not made of the answer."""
    if root.graded or root.last < 0 or not root.outputs or not has_parameters(root.module):
        return False
    before = (other for other in step.tape.roots if other.last <= step.first and other.graded)
    has_learned = any(other.module is root.module for other in before)
    return has_learned and not any(index in step.to_loss for index in range(root.first, root.last))
