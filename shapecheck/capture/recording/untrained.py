"""What a script asks of a model that it never trains: a model that was loaded, or that is only looked at."""

from __future__ import annotations

from torch import nn

from shapecheck.capture.recording.evaluated import added_up
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Root, Tape


def first_batch(tape: Tape, first: int) -> Step | None:
    """The calls up to that which asks the first of the models the same for the next batch, with what was measured.

    Args:
        tape: The tape.
        first: The node at which the first call begins.
    """
    roots = _asked(tape, first)
    models = [root for root in roots if has_parameters(root.module)]
    again = next((root for root in models[1:] if _is_same_call(root, models[0])), None)
    last = again.first if again is not None else len(tape.nodes)
    begun = tuple(root for root in roots if root.last <= last)
    if not begun:
        return None
    tape.escaped.update(added_up(tape, first, last))
    return Step(tape, first, last, begun[0].outputs[0], begun)


def all_batches(tape: Tape, first: int) -> Step | None:
    """All of the calls, as a step without a loss."""
    roots = _asked(tape, first)
    return Step(tape, first, len(tape.nodes), roots[-1].outputs[0], roots) if roots else None


def _asked(tape: Tape, first: int) -> tuple[Root, ...]:
    """The calls that have returned something, if the script makes clear that none of them trains."""
    roots = tuple(root for root in tape.roots if root.first >= first and root.last >= 0 and root.outputs)
    return () if any(_may_train(root.module, root) for root in roots) else roots


def _may_train(module: nn.Module, root: Root) -> bool:
    return root.graded and root.training and has_parameters(module)


def _is_same_call(one: Root, other: Root) -> bool:
    places = [root.spot.place if root.spot is not None else None for root in (one, other)]
    return one.module is other.module and places[0] == places[1]
