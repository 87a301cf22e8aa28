"""Masks that leave nothing out although the rows are padded: the padding counts, and a mask of it is not made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.classes import ignored_label
from shapecheck.capture.instruments.padding.filled import filled_by_script
from shapecheck.capture.instruments.padding.padded import axis_that_fits, compared, runs_out
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import Spot
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, CONVERTS
from shapecheck.findings import Fix

# So many rows must end early, and in so many places: fewer may end in one symbol by chance.
_FEWEST_ROWS, _FEWEST_LENGTHS = 3, 3
_WHOLE = frozenset(["ones", "ones_like", "new_ones", "full", "full_like", "new_full"])
_ITEMS = frozenset(["stack", "cat", "pad_sequence", "__getitem__", "unsqueeze", "index_select"])


def mask_leaves_nothing_out(step: Step) -> Iterator[Sighting]:
    """``ids += [0] * (size - len(ids)); mask[:len(ids)] = 1``: the mask is as long as what was padded.

    Symbols show where they end; of numbers it is known where the script itself has filled up what had ended. Their mask
    may stand for frames of several of them each.
    """
    for source in step.inputs:
        value = step.value(source)
        hidden = _filled(step, source) if value.is_floating_point() else _ends(value)
        if hidden is None or compared(step, source):
            continue
        other = _other(value, hidden)
        if not any_term_moved(step, step.run(), step.changed_together({source: other})):
            continue
        for mask in _constant(step, hidden, of_frames=value.is_floating_point()):
            said = step.value(mask)
            if _made(step, mask).name in _WHOLE and _is_told(step, value, hidden):
                continue
            frames = hidden.reshape(len(hidden), said.numel() // len(hidden), -1).all(-1)
            better = (frames if _hides(said) else ~frames).reshape(said.shape).to(said.dtype)
            try:
                without = step.changed_together({mask: better})
                moved = any_term_moved(step, without, step.changed_together({mask: better, source: other}))
            except RuntimeError:
                continue
            if not moved and any_term_moved(step, step.run(), without):
                yield _told(step, mask, hidden, said, source)
                return


def _filled(step: Step, source: Ref) -> Tensor | None:
    """Where there is nothing in rows of numbers that end in several places, because the script has filled them up."""
    hidden = filled_by_script(step, source) if len(step.tape.shape(source)) in (2, 3) else None
    if hidden is None or tuple(hidden.shape) != step.tape.shape(source)[:2] or not runs_out(hidden):
        return None
    counts = hidden.sum(1)
    is_behind = bool((hidden.int().diff(dim=1) >= 0).all()) and int((counts > 0).sum()) >= _FEWEST_ROWS
    return hidden if is_behind and len({*counts.tolist()}) >= _FEWEST_LENGTHS else None


def _ends(value: Tensor) -> Tensor | None:
    """Where rows of symbols end in a run of one symbol that stands nowhere else; None where they do not."""
    if value.is_floating_point() or value.ndim != 2 or value.dtype == torch.bool or not value.numel():
        return None
    hidden = value == value[:, -1].mode().values
    time = axis_that_fits(hidden, runs_out)
    counts = hidden.sum(1)
    is_behind = time == 1 and bool((hidden.int().diff(dim=1) >= 0).all())
    if not is_behind or int((counts > 0).sum()) < _FEWEST_ROWS or len({*counts.tolist()}) < _FEWEST_LENGTHS:
        return None
    return hidden


def _is_told(step: Step, value: Tensor, hidden: Tensor) -> bool:
    """Whether a model has to tell what fills the rows up: who asks for a blank and writes ones means both."""
    filler = int(value[hidden][0])
    for node in step.recorded:
        if node.name in CLASS_LOSSES and node.index in step.to_loss and len(node.parents) > 1:
            labels = step.known(node.parents[1])
            is_of_each = labels is not None and labels.numel() >= len(hidden) * (hidden.shape[1] - 1)
            if labels is not None and is_of_each and ignored_label(node) != filler and bool((labels == filler).any()):
                return True
    return False


def _other(value: Tensor, hidden: Tensor) -> Tensor:
    """The same rows with symbols of theirs in the place of what fills them up."""
    if value.is_floating_point():
        changed = value.clone()
        changed[hidden] = 1.0 - 0.5 * changed[hidden]
        return changed
    known = value[~hidden].unique()  # type: ignore[no-untyped-call]
    places = torch.arange(value.numel()).reshape(value.shape) % len(known)
    return torch.where(hidden, known[places], value)


def _constant(step: Step, hidden: Tensor, *, of_frames: bool) -> Iterator[Ref]:
    """The tensors with a number for each position that is the same for all: what a mask says that hides nothing.

    Args:
        step: The step.
        hidden: (batch_size, seq_length), where there is nothing.
        of_frames: Whether it may have one for several positions each.
    """
    read = [parent for node in step.nodes for parent in node.parents if parent not in step.learned]
    for ref in dict.fromkeys(read):
        sizes = [size for size in step.tape.shape(ref) if size > 1]
        is_of_rows = len(sizes) == 2 and sizes[0] == len(hidden)
        if not is_of_rows or hidden.shape[1] % sizes[1] or ref in step.inner:
            continue
        if sizes[1] != hidden.shape[1] and not of_frames:
            continue
        value = step.known(ref)
        if value is None or not are_truths(value) or bool((value != value.reshape(-1)[0]).any()):
            continue
        # Zeros are a start for what is added up; as a mask they hide nothing where they say yes or no.
        if not _hides(value) or value.dtype == torch.bool:
            yield ref


def _hides(value: Tensor) -> bool:
    """Whether a mask says yes for what it hides, which none is."""
    return not bool(value.reshape(-1)[0])


def _told(step: Step, mask: Ref, hidden: Tensor, value: Tensor, source: Ref) -> Sighting:
    made = _made(step, mask)
    rows, count = int(hidden.any(1).sum()), int(hidden.sum())
    ends = "end in a run of one symbol" if not step.tape.dtype(source).is_floating_point else "were filled up"
    text = (
        f"{rows} of {len(hidden)} rows {ends}, {count} positions in all, and the mask "
        f"says {int(value.reshape(-1)[0])} of each of them as of all others: with other content in these positions "
        "alone, the loss changed; with a mask that leaves them out, it did not"
    )
    fix = Fix("a mask made of the lengths before the padding", (), "call", "the padding has no influence any more")
    seen = sighted("mask_leaves_nothing_out", made, text, (fix,))
    before = _filled_before(step, source, made)
    return seen if before is None else replace(seen, span=before.span)


def _filled_before(step: Step, source: Ref, mask: Node) -> Spot | None:
    """Where rows were filled up, in the function that then made their mask of what they had become."""
    row = step.node(source.node)
    while row.name in CONVERTS | _ITEMS and row.parents and row.name != "pad_sequence":
        row = step.node(row.parents[0].node)
    filled = [*row.spot.with_callers()] if row.spot is not None and row.name in ("pad", "cat", "hstack") else []
    for around in mask.spot.with_callers() if mask.spot is not None else ():
        at = next((one for one in filled if one.code is around.code), None)
        if at is not None:
            return at if at.line < around.line else None
    return None


def _made(step: Step, mask: Ref) -> Node:
    """What filled a mask, of a batch that of its first row."""
    tape, ref = step.tape, mask
    node = tape.nodes[ref.node]
    while node.name in CONVERTS | _ITEMS and node.parents:
        node = tape.nodes[node.parents[0].node]
    return node if node.spot is not None else next(each for each in step.nodes if mask in each.parents)


PROBE = Probe(
    "a mask leaves out what fills rows up",
    lambda look: mask_leaves_nothing_out(look.step),
)
