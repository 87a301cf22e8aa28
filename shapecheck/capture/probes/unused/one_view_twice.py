"""A model that is called twice with the same part of a batch, while another part of it is read by nobody."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from torch import nn

from shapecheck.capture.instruments.rows.views import meet
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Ref, Root
from shapecheck.capture.recording.vocabulary import CONVERTS, DROPS, NOISE, RANDOM
from shapecheck.findings import Fix

_DRAWS = RANDOM | NOISE | DROPS
# The parts of one batch are put together one after the other.
_BESIDE = 8


def one_view_twice(step: Step) -> Iterator[Sighting]:
    """Two calls with one input whose results are held against each other, beside a part of the batch that nobody reads.

    With dropout, or other noise, the same input twice is two views of it, and may be meant. So may two losses of one
    prediction: there the results never meet item by item.
    """
    calls = [root for root in step.roots if step.first <= root.first < root.last and len(root.inputs) == 1]
    for one, other in combinations(calls, 2):
        is_same = one.module is other.module and one.inputs == other.inputs and has_parameters(one.module)
        if not is_same or other.spot is None or not _is_exact(step, other) or not meet(step, one, other):
            continue
        for unread in _unread(step, one.inputs[0]):
            shape = step.tape.shape(unread)
            text = (
                f"the model is called twice with the same tensor, {shape}, and returns the same twice; what is held "
                f"against each other is equal from the start. The batch holds another {shape} of the same samples, "
                "which nothing reads"
            )
            fix = Fix("the other part of the batch", (), "no")
            yield Sighting("one_view_twice", other.spot.span, text, type(one.module).__name__, (fix,))
            return


def _is_exact(step: Step, root: Root) -> bool:
    if any(isinstance(module, nn.modules.dropout._DropoutNd) and module.p > 0 for module in root.module.modules()):
        return False
    return not any(step.node(index).name in _DRAWS for index in range(root.first, root.last))


def _unread(step: Step, source: Ref) -> Iterator[Ref]:
    """What a loader put together of the same samples in the shape of a source, and what nobody reads."""
    tape, (own, _) = step.tape, origin(step.tape, source, CONVERTS)
    draw = tape.drawn.get(own.node)
    if draw is None:
        return
    for index, other in tape.drawn.items():
        ref = Ref(index)
        is_beside = other.rows == draw.rows and other.data == draw.data and abs(index - own.node) < _BESIDE
        is_alike = tape.shape(ref) == tape.shape(source) and tape.dtype(ref) == tape.dtype(own)
        if ref != own and is_beside and is_alike and not _is_read(step, ref):
            yield ref


def _is_read(step: Step, ref: Ref) -> bool:
    """Whether something is made of it, but for its like on another device or of another type."""
    for node in step.tape.nodes[ref.node + 1 : step.last]:
        if ref in node.parents and (node.name not in CONVERTS or _is_read(step, node.ref)):
            return True
    return False


PROBE = Probe(
    "a model that is called twice is not given the same part of a batch twice",
    lambda look: one_view_twice(look.step),
)
