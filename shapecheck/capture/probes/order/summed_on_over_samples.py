"""Targets that are cumulated from sample to sample, where the steps of each sample were to be cumulated."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.axes.woven import Weave
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import CELLS, RECURRENT
from shapecheck.findings import Fix

_CUMULATES = frozenset(["cumsum", "cumprod", "logcumsumexp", "cummax", "cummin"])


def summed_on_over_samples(look: Look) -> Iterator[Sighting]:
    """``level.cumsum(0)`` as the target of a recurrent model, which keeps the items of axis 0 apart and walks axis 1.

    What axis 0 holds are samples then, unless nothing walks: steps in front may well be read one by one, and what comes
    to each of them be summed up from the end.
    """
    step = look.step
    if look.before is not None or not any(node.name in RECURRENT | CELLS for node in step.of_loss):
        return
    walked = [(way, axis) for way in look.seen if (axis := _samples(way)) is not None]
    above = {node.index for ref in step.targets for node in _cumulating(step, ancestors(step.tape, [ref], 0))}
    above |= {node.index for node in _cumulating(step, [*step.to_loss]) if step.learned.isdisjoint(node.parents)}
    for node in map(step.node, sorted(above)):
        shape = step.tape.shape(node.parents[0])
        along = axis_of(node, len(shape))
        for way, axis in walked if along is not None and len(shape) > 1 else ():
            if along is not None and _is_one(look.weave, node, along, way, axis):
                others = [at for at, size in enumerate(shape) if at != along and size > 1]
                text = (
                    f"{node.name} of {shape} runs along axis {along}, whose items the model keeps apart while it walks "
                    f"along axis {1 - axis} of {step.tape.shape(way.source)}: what is asked of a sample was made of "
                    "those before it as well"
                )
                fixes = tuple(Fix(f"dim={at}", other_axis(node, at), "no") for at in others[:1])
                yield sighted("grown_over_samples", node, text, fixes)
                return


def _samples(way: Way) -> int | None:
    """The axis of an input whose items stay apart, where those of the other one do not."""
    is_known = len(way.moves) == 2 and len(way.apart) == 1
    return way.apart[0] if is_known else None


def _cumulating(step: Step, order: list[int]) -> Iterator[Node]:
    return (node for node in map(step.node, order) if node.name in _CUMULATES and node.spot is not None)


def _is_one(weave: Weave, node: Node, along: int, way: Way, axis: int) -> bool:
    ends = weave.of(node.parents[0])[along].whole, weave.of(way.source)[axis].whole
    return None not in ends and len({weave.first_of(end.origin) for end in ends if end is not None}) == 1


PROBE = Probe(
    "no target of a recurrent model is cumulated over the samples",
    summed_on_over_samples,
    turn=Turn.LAST,
)
