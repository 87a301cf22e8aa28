"""Steps that a packed sequence does not have, and that a loss asks for all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.left_out import LeftOut
from shapecheck.capture.instruments.padding.padded import Padding
from shapecheck.capture.instruments.padding.padding_asked import Ignoring, ignoring
from shapecheck.capture.instruments.padding.unpacked import UNPACKS, ends_of, unpacked
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.targets_of_terms import is_made_of_lengths, met_in
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import Values
from shapecheck.capture.recording.step import Step, Term
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ALIKE, CONVERTS, IMAGES, ZEROS
from shapecheck.findings import Fix

_TINY = 1e-6


def packed_ends_asked_for(step: Step) -> Iterator[Sighting]:
    """Padded outputs of a packed layer that a term of the loss holds against the filler of the targets.

    Behind the length that it was packed with, a sequence has no output but the filler that torch puts there: whatever
    is asked of it, nothing but a bias can learn. What the loss reads is seen by putting other numbers there: a mask, a
    label that is ignored and a weight of zero leave the terms as they were.
    """
    for node in step.of_loss:
        if node.name != UNPACKS:
            continue
        padding = unpacked(step, node)
        after = _with_other_ends(step, node) if padding is not None else None
        for term in step.terms if padding is not None and after is not None else ():
            if padding is None or after is None:
                continue
            if _asks(step, term, padding, after):
                yield _told(step, term, padding, "the targets hold nothing but filler")
                return
            if _asks_the_same_of_all(step, term, padding, after):
                yield _told(
                    step, term, padding, "they are one and the same, whatever the sequences: all there is filler"
                )
                return


def _with_other_ends(step: Step, node: Node) -> Values | None:
    out, hidden = node.ref, ends_of(step, node)
    value = step.value(out).detach().clone()
    generator = torch.Generator().manual_seed(1)
    value[hidden] = torch.randn(value[hidden].shape, generator=generator).to(value)
    try:
        return step.changed(out, value)
    except (RuntimeError, IndexError, ValueError):
        return None


def _asks(step: Step, term: Term, padding: Padding, after: Values) -> bool:
    """Whether a term has numbers for the steps behind the ends, of these alone, and its targets are filler there."""
    base = step.run()[term.ref]
    ends = _ends_in(step, term, padding, after)
    hidden = ends.along(tuple(base.shape)) if ends is not None else None
    if ends is None or hidden is None:
        return False
    rest = base[hidden]
    is_much = int((rest.abs() > _TINY * float(base.abs().amax())).sum()) * 2 >= rest.numel()
    targets = [ref for ref in met_in(step, term) if ref not in step.learned] if is_much else []
    return bool(targets) and all(_is_filler(step, ref, padding, ends) for ref in targets)


def _ends_in(step: Step, term: Term, padding: Padding, after: Values) -> LeftOut | None:
    """Where a term moves with what stands behind the ends, if that are the ends alone.

    The steps may have been cut at either end on their way to the loss.
    """
    base = step.run()[term.ref]
    if term.ref not in after or not base.is_floating_point() or after[term.ref].shape != base.shape:
        return None
    moved = difference(base, after[term.ref])
    for cut in _cuts_of(padding):
        ends = LeftOut(step.node(term.node), cut, padding.time, padding.why)
        hidden = ends.along(tuple(base.shape))
        if hidden is not None and torch.equal(moved.reshape(*hidden.shape, -1).any(-1), hidden):
            return ends
    return None


def _cuts_of(padding: Padding) -> Iterator[Tensor]:
    """The steps as they are, and without those at one end: what is held against the next step has one less."""
    hidden, axis = padding.hidden, padding.time
    yield hidden
    yield from (hidden.narrow(axis, at, hidden.shape[axis] - 1) for at in (0, 1))


def _asks_the_same_of_all(step: Step, term: Term, padding: Padding, after: Values) -> bool:
    """Whether a term asks one thing of all steps, and gets one number behind all ends, as it is made of filler there.

    Such targets tell the steps that there are from others, say, by a net that is given both.
    """
    base = step.run()[term.ref]
    ends = _ends_in(step, term, padding, after)
    hidden = ends.along(tuple(base.shape)) if ends is not None else None
    if hidden is None:
        return False
    rows = base.reshape(hidden.numel(), -1)
    behind, before = rows[hidden.reshape(-1)], rows[~hidden.reshape(-1)]
    if len(behind) < 2 or not len(before) or bool(torch.isclose(before, before[:1]).all()):
        return False
    is_filler = bool(torch.isclose(behind, behind[:1]).all()) and bool((behind[0].abs() > _TINY).all())
    if not is_filler:
        return False
    targets = [ref for ref in met_in(step, term) if ref not in step.learned]
    made_of = {*step.node(term.node).parents, *step.node(term.ref.node).parents}
    told = [origin(step.tape, ref, CONVERTS, first=step.first)[1] for ref in made_of]
    is_said = any(made.name in IMAGES & ALIKE - ZEROS for made in told)
    return bool(targets or is_said) and all(_is_one_for_all(step, ref, hidden) for ref in targets)


def _is_one_for_all(step: Step, target: Ref, hidden: Tensor) -> bool:
    """Whether a target says one thing of all steps, and says something."""
    value = step.known(target)
    if value is None or value.numel() % hidden.numel():
        return False
    rows = value.reshape(hidden.numel(), -1)
    return bool((rows == rows[:1]).all()) and bool(rows[0].any())


def _is_filler(step: Step, target: Ref, padding: Padding, ends: LeftOut) -> bool:
    """Whether a target is one and the same behind all ends, and says something of the steps in front of them.

    Where each sequence has it as its last step already, it says of the end that it goes on, as a gate does.
    """
    value = step.known(target)
    if value is None:
        return False
    shape = tuple(value.shape)
    hidden, last = ends.along(shape), ends.along(shape, ends.last)
    if hidden is None or last is None:
        return False
    rows = value.reshape(hidden.numel(), -1)
    masks = (hidden, last, ~(hidden | last))
    behind, ends_in, before = ((rows == rows[hidden.reshape(-1)][0, 0])[mask.reshape(-1)] for mask in masks)
    if not bool(behind.all()) or bool(before.all()) or bool(ends_in.all()):
        return False
    return not is_made_of_lengths(step, padding, target)


def _told(step: Step, term: Term, padding: Padding, said: str) -> Sighting:
    node = step.node(term.node)
    count = int(padding.hidden.sum())
    text = (
        f"{count} of {padding.hidden.numel()} steps are behind the end of their sequence: {padding.why}, so the layer "
        f"has no output for them. With other numbers in these alone, the terms of {node.name} move there, and "
        f"{said}"
    )
    known: Ignoring | None = next((one for one in ignoring(step, padding) if one.node is node), None)
    if known is None:
        return sighted("packed_ends_asked_for", node, text, (Fix("the mean of the steps that there are", (), "no"),))
    outcome = "the loss asks for them no more"
    seen = sighted("packed_ends_asked_for", known.node, text, (Fix(known.title, known.edits, "call", outcome),))
    return seen if known.place is None else replace(seen, span=known.place)


PROBE = Probe(
    "a loss asks for no steps that a packed sequence does not have",
    lambda look: packed_ends_asked_for(look.step),
    # Where padding is told of that an embedding or a mask declares, that is said first.
    turn=Turn.LAST,
)
