"""Measures that read another step of what a model returns than the loss does, for the same labels."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.classes import origin_of
from shapecheck.capture.instruments.padding.padded import paddings
from shapecheck.capture.instruments.steps.front_filled import front_filled
from shapecheck.capture.instruments.steps.last_steps import last_steps
from shapecheck.capture.instruments.steps.picked import index_of_steps
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, EQUALS, GUESSES
from shapecheck.findings import Fix

_PICKS = frozenset(["__getitem__", "select", "gather", "take_along_dim", "narrow"])
_SAME = frozenset(["detach", "clone", "to", "contiguous", "cpu", "softmax", "log_softmax", "sigmoid", "data"])
# A loss reads what a model has returned within so many operations.
_NEAR = 40
_THROUGH = GUESSES | frozenset(
    ["__getitem__", "select", "squeeze", "unsqueeze", "view", "reshape", "softmax", "to", "detach"]
)


def step_measured_elsewhere(step: Step) -> Iterator[Sighting]:
    """``criterion(out[rows, lengths - 1], y)`` and ``out[:, -1].argmax(1) == y``.

    Either reads one step of each row alone: who reads several asks what is known when.
    """
    for root in step.roots:
        for output in root.outputs:
            if len(step.tape.shape(output)) == 3 and step.tape.dtype(output).is_floating_point:
                if root.graded and any(output in node.parents for node in step.all_of_loss):
                    yield from _in_step(step, output)
                else:
                    yield from _in_evaluation(step, root, output)


def _in_step(step: Step, output: Ref) -> Iterator[Sighting]:
    readers = _readers_of(step, _same_steps(step, output))
    learned = [node for node in readers if node.index in step.to_loss]
    measured = [node for node in readers if node.index not in step.to_loss]
    if len(learned) != 1 or len(measured) != 1:
        return
    of_loss, of_measure = (_step_of_each_row(step, node) for node in (learned[0], measured[0]))
    labels = _labels_of_loss(step, learned[0])
    if of_loss is None or of_measure is None or labels is None or not _meets(step, measured[0], labels):
        return
    others = int((of_loss != of_measure).sum())
    if others and (_is_of_each(of_loss) or _is_of_each(of_measure) or _are_the_ends(step, output, of_loss, of_measure)):
        text = (
            f"the loss reads step {_said(of_loss)} of the rows of what the model returns, the measure step "
            f"{_said(of_measure)}, and both hold it against the same labels: of {others} of {len(of_loss)} rows it is "
            "another step"
        )
        yield sighted("step_measured_elsewhere", measured[0], text, (Fix("read the step that the loss reads"),))


def _is_of_each(steps: Tensor) -> bool:
    return len(set(steps.tolist())) > 1


def _are_the_ends(step: Step, output: Ref, one: Tensor, other: Tensor) -> bool:
    """Whether one is the first step and the other the last: what is known halfway may be asked on purpose."""
    shape = step.tape.shape(output)
    size = shape[1] if len(one) == shape[0] else shape[0]
    return {int(one[0]), int(other[0])} == {0, size - 1}


def _in_evaluation(step: Step, root: Root, output: Ref) -> Iterator[Sighting]:
    """Training has read a step of each row's own, and the evaluation the last of all; or it is the other way round."""
    measured = [node for node in _readers_of(step, _same_steps(step, output)) if node.index not in step.to_loss]
    is_own = _reads_own_steps(step, root, output)
    if len(measured) != 1 or is_own is None or next(_equals(step, measured[0]), None) is None:
        return
    if not is_own:
        yield from _from_the_front(step, measured[0])
    for padding in paddings(step) if is_own else ():
        if not padding.is_behind:
            continue
        for remedy in last_steps(step, padding, measured):
            text = (
                "the loss has read a step of each row that is counted for it alone, and the measure reads the last "
                f"step of all: {remedy.text}"
            )
            fix = Fix(remedy.title, remedy.edits, "no")
            yield sighted("step_measured_elsewhere", remedy.node, text, (fix,))
            return


def _from_the_front(step: Step, read: Node) -> Iterator[Sighting]:
    """The steps of rows that are filled up in front, counted as if they were filled up behind."""
    at = _step_of_each_row(step, read)
    for rows in front_filled(step) if at is not None else ():
        if at is None or not any(torch.equal(at, rows.lengths - less) for less in (0, 1)):
            continue
        base, after = step.run(), step.changed(rows.source, rows.changed(step.value(rows.source)))
        if read.ref in base and not bool(difference(base[read.ref], after.get(read.ref, base[read.ref])).any()):
            text = (
                f"the rows are filled up in front and end at step {rows.size - 1}, where the loss has read them; the "
                f"measure counts their {int(rows.lengths.min())} to {int(rows.lengths.max())} steps from the front: "
                "with other data in the last steps alone, what it reads stays as it was"
            )
            yield sighted("step_measured_elsewhere", read, text, (Fix("[:, -1]", (), "no"),))
            return


def _reads_own_steps(step: Step, root: Root, output: Ref) -> bool | None:
    """Whether the one step of each row that was trained has a number for each; None if it was not one step."""
    tape, at = step.tape, root.outputs.index(output)
    for other in reversed(tape.roots):
        if other.module is not root.module or not other.graded or other.last > root.first or len(other.outputs) <= at:
            continue
        given = other.outputs[at]
        nodes = tape.nodes[other.last : other.last + _NEAR]
        readers = [node for node in nodes if given in node.parents and node.graded]
        if len(readers) != 1 or readers[0].name not in _PICKS or len(readers[0].shapes[0]) > 3:
            return None
        return any(index_of_steps(readers[0], time) is not None for time in (0, 1))
    return None


def _labels_of_loss(step: Step, read: Node) -> Ref | None:
    """The labels that a loss over classes holds what was read against."""
    behind = set(descendants(step.tape, {read.ref}, sorted(step.to_loss)))
    found = [node for node in step.all_of_loss if node.index in behind and node.name in CLASS_LOSSES]
    return origin_of(step, found[0].parents[1]) if len(found) == 1 and len(found[0].parents) > 1 else None


def _meets(step: Step, read: Node, labels: Ref) -> bool:
    """Whether guesses of what was read are held against these labels."""
    return any(origin_of(step, ref) == labels for ref in _equals(step, read))


def _equals(step: Step, read: Node) -> Iterator[Ref]:
    """What the likeliest classes of what was read are compared with."""
    for node in step.tape.nodes[read.index + 1 : step.last]:
        for guess, other in (
            (node.parents, node.parents[::-1]) if node.name in EQUALS and len(node.parents) == 2 else ()
        ):
            way = [made for _, made in backwards(step.tape, guess, _THROUGH, first=read.index + 1)]
            if way[-1] is read and any(made.name in GUESSES for made in way):
                yield other


def _said(steps: Tensor) -> str:
    numbers = sorted(set(steps.tolist()))
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"


def _same_steps(step: Step, output: Ref) -> set[Ref]:
    """An output, and what was made of it number by number or in each step for itself."""
    known = {output}
    for node in step.tape.nodes[output.node + 1 : step.last]:
        if node.name in _SAME and node.parents[:1] and node.parents[0] in known:
            known.add(node.ref)
    return known


def _readers_of(step: Step, known: set[Ref]) -> list[Node]:
    """What reads any of these and makes something else of it."""
    nodes = step.tape.nodes[min(ref.node for ref in known) + 1 : step.last]
    return [node for node in nodes if not known.isdisjoint(node.parents) and node.ref not in known]


def _step_of_each_row(step: Step, node: Node) -> Tensor | None:
    """(batch_size,): the step of each row that a node takes whole, in the order of the rows; None if it does not."""
    shape = step.tape.shape(node.parents[0]) if node.parents and node.name in _PICKS else ()
    known = {ref: value for ref in node.parents[1:] if (value := step.value_of_input(ref)) is not None}
    if len(shape) != 3 or len(known) < len(set(node.parents[1:])):
        return None
    numbers = torch.arange(torch.Size(shape).numel()).reshape(shape)
    try:
        found = replay(step.tape, [node.index], {node.parents[0]: numbers}, known=known)[node.ref]
    except (KeyError, RuntimeError):
        return None
    found = found.reshape(-1, numbers.shape[-1]) if found.numel() % numbers.shape[-1] == 0 else found
    if found.ndim != 2 or not torch.equal(found, found[:, :1] + torch.arange(numbers.shape[-1])):
        return None
    places = found[:, 0] // numbers.shape[-1]
    for batch in (0, 1):
        size, steps = numbers.shape[batch], numbers.shape[1 - batch]
        rows, at = (places // steps, places % steps) if batch == 0 else (places % size, places // size)
        if len(places) == size and torch.equal(rows, torch.arange(size)):
            return at
    return None


PROBE = Probe(
    "a measure reads the steps that the loss reads",
    lambda look: step_measured_elsewhere(look.step),
    in_evaluation=True,
)
