"""Guesses of the next symbol that a measure holds against the symbol which the model was given."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root, Tape
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, CONVERTS, CUTS, SOFTMAXES
from shapecheck.findings import Fix

_KEEPS = CONVERTS | CUTS | SOFTMAXES | frozenset(["transpose", "permute", "mT", "cpu", "argmax", "max", "float"])
_HOPS = 12


def unshifted_in_measure(step: Step) -> Iterator[Sighting]:
    """``model(ids).argmax(-1) == ids`` where the loss holds ``logits[:, :-1]`` against ``ids[:, 1:]``."""
    tape = step.tape
    asked = {
        (id(root.module), shift)
        for node in tape.nodes[: step.last]
        if node.graded and node.name in CLASS_LOSSES and len(node.parents) > 1
        for root, shift in _pairs(tape, node.parents[0], node.parents[1])
    }
    shifted = {module for module, shift in asked if shift == 1 and (module, 0) not in asked}
    for node in step.recorded if shifted else ():
        if node.name != "eq" or len(node.parents) != 2 or node.index in step.to_loss:
            continue
        for guess, labels in (node.parents, node.parents[::-1]):
            if any(id(root.module) in shifted and not shift for root, shift in _pairs(tape, guess, labels)):
                text = (
                    "the loss holds what is said at step k against the symbol at step k + 1, and the measure against "
                    "that at step k, which the model was given: it counts how often the model repeats what it reads"
                )
                fix = Fix("guess[:, :-1] == ids[:, 1:]", (), "no")
                yield sighted("unshifted_in_measure", node, text, (fix,))
                return


def _pairs(tape: Tape, said: Ref, asked: Ref) -> Iterator[tuple[Root, int]]:
    """The model that has said something, if it is held against what it was given, and by how many steps later."""
    one, other = _begins(tape, said), _begins(tape, asked)
    if one is None or other is None:
        return
    for root in reversed(tape.roots):
        if root.first <= one[0].node < root.last:
            if other[0] in root.inputs or other[0] in root.named.values():
                yield root, other[1] - one[1]
            return


def _begins(tape: Tape, ref: Ref) -> tuple[Ref, int] | None:
    """What something was cut out of along the steps, of (batch_size, seq_length, ...), and at which step it begins."""
    start, is_cut = 0, False
    for _ in range(_HOPS):
        node = tape.nodes[ref.node]
        if node.name == "__getitem__" and not is_cut and len(node.args) > 1:
            first = _first_step(node)
            if first is None:
                return None
            start, is_cut = first, True
        elif node.name not in _KEEPS or len(node.parents) != 1 or not tape.shape(node.parents[0]):
            break
        ref = node.parents[0]
    return ref, start


def _first_step(node: Node) -> int | None:
    """At which step a slice begins that takes all rows: ``[:, 1:]`` at 1, ``[..., :-1, :]`` and ``[:, :-1]`` at 0."""
    parts = list(node.index_parts)
    if parts[:1] == [Ellipsis]:
        parts = [slice(None), *parts[1:]] if len(parts) > 2 else []
    if len(parts) < 2 or parts[0] != slice(None) or not isinstance(parts[1], slice):
        return None
    begin = parts[1].start or 0
    rest = all(part == slice(None) for part in parts[2:])
    return begin if rest and type(begin) is int and begin >= 0 and parts[1].step in (None, 1) else None


PROBE = Probe(
    "a measure asks for the next symbol where the loss does",
    lambda look: unshifted_in_measure(look.step),
    needs_no_run=True,
    in_evaluation=True,
)
