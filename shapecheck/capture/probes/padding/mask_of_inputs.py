"""A mask that is cut like the inputs and says which targets count: behind the end of each row a filler counts."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from math import prod
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.classes import ignored_label
from shapecheck.capture.instruments.padding.filler_of_inputs import filler_of_inputs
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CLASS_LOSSES, CONVERTS, CUTS, EQUALS, PICKS_BY_MASK
from shapecheck.findings import Edit, Fix

_SAME = CONVERTS | CUTS | AXES_OF_ONE
_MEETS = frozenset(["mul", "bitwise_and", "logical_and", "__getitem__", "masked_select"])
_FILLS = frozenset(["masked_fill", "where", "__setitem__"])
_SUMS = frozenset(["sum", "count_nonzero"])
# So many rows must end before the last step: of fewer it may be chance that all of them end in one symbol.
_FEWEST_ROWS = 3


def masks_of_inputs(step: Step, ignored: Collection[int] = ()) -> Iterator[Sighting]:
    """Masks of which a target one step later is asked for.

    Where a row has a symbol for its end, nothing is to be learned behind it. A filler that itself stands for the end
    is rightly asked for once in each row; such rows have no symbol of their own. One that the losses of all steps
    before ignored was never learned, so nobody meant to ask for it; nor one that the same mask hides wherever a model
    is given it, in a script that speaks of no end.

    Args:
        step: The step.
        ignored: The labels that were ignored.
    """
    told: set[Ref] = set()
    yield from _ignored_like_inputs(step)
    for node, target, mask in _counted(step):
        labels, counted = step.known(target), step.known(mask)
        if mask in told or labels is None or counted is None or labels.ndim != 2 or labels.is_floating_point():
            continue
        if counted.numel() != labels.numel() or not are_truths(counted):
            continue
        counted = counted.reshape(labels.shape).bool()
        behind = ignored if _is_summed(step, mask) else ()
        for time in (1, 0):
            turned = (labels, counted) if time else (labels.t(), counted.t())
            hidden = filler_of_inputs(step, node, *turned) if node.index in step.to_loss else None
            blank = {hidden} if hidden is not None and _is_learned(step, node, labels, hidden) else set[int]()
            filler = _filler_behind_the_end(*turned, {*behind, *blank})
            if filler is not None:
                told.add(mask)
                why = "behind the symbol that closes the row"
                if filler in behind:
                    why = "which the loss ignores in training"
                elif filler in blank:
                    why = "which the same mask hides wherever the model is given it"
                rows = int(turned[1].sum(1).lt(turned[1].shape[1]).sum())
                text = (
                    f"in each of the {rows} rows that end early, the mask counts one target that is {filler}, {why}: "
                    f"along axis {time} it is cut as the inputs are, and the targets lie one step later"
                )
                yield _told(step, node, target, mask, filler, text)
                break


def _ignored_like_inputs(step: Step) -> Iterator[Sighting]:
    """Labels that the loss ignores, by a mask that is cut like the inputs: one filler in each row is none of them."""
    for node in step.recorded:
        if node.name not in CLASS_LOSSES or node.index not in step.to_loss or len(node.parents) < 2:
            continue
        whole, filled = origin(step.tape, node.parents[1], _SAME)
        labels = step.known(whole)
        is_masked = filled.name in _FILLS and any(step.tape.dtype(ref) == torch.bool for ref in filled.parents)
        if not is_masked or len(filled.parents) < 2 or labels is None or labels.ndim != 2 or labels.is_floating_point():
            continue
        counted = labels != ignored_label(node)
        for time in (1, 0):
            turned = (labels, counted) if time else (labels.t(), counted.t())
            hidden = filler_of_inputs(step, node, *turned, is_label=False)
            filled_up = turned[0].where(turned[1], torch.tensor(hidden or 0))
            if hidden is None or _filler_behind_the_end(filled_up, turned[1], {hidden}) is None:
                continue
            text = (
                f"the mask that makes labels {ignored_label(node)}, which the loss ignores, leaves one {hidden} "
                f"at the end of each row, and hides {hidden} wherever the model is given it: along axis {time} it is "
                "cut as the inputs are, and the targets lie one step later"
            )
            masks = [ref for ref in filled.parents if step.tape.dtype(ref) == torch.bool]
            target = next(ref for ref in filled.parents if ref not in masks)
            yield _told(step, filled, target, masks[0], hidden, text)
            return


def _is_learned(step: Step, node: Node, labels: Tensor, filler: int) -> bool:
    """Whether the loss moves with what is said of the targets that are filler: nothing else leaves these out."""
    if node.name in CLASS_LOSSES and ignored_label(node) == filler:
        return False
    if prod(node.shapes[0]) != labels.numel():
        # They were picked by the mask, and all that was picked counts.
        return True

    def run(*args: Any, **kwargs: Any) -> Any:
        made = node.function(*args, **kwargs)  # type: ignore[misc]
        return torch.where(labels.reshape(made.shape) == filler, made * 2 + 1, made)

    return any_term_moved(step, step.run(), step.run_with({node.index: run}))


def _ignored_in_training(step: Step) -> set[int]:
    """The labels that every loss over classes left out of which a model has learned."""
    losses = (node for node in step.tape.nodes[: step.first] if node.name in CLASS_LOSSES and node.graded)
    found = [{ignored_label(node)} for node in losses]
    return set.intersection(*found) if found else set()


def _is_summed(step: Step, mask: Ref) -> bool:
    """Whether it is asked how many a mask counts; else what it counts too much may be left out otherwise."""
    own = origin(step.tape, mask, CONVERTS)[0]
    sums = (node for node in step.recorded if node.name in _SUMS and node.parents)
    return any(origin(step.tape, node.parents[0], CONVERTS)[0] == own for node in sums)


def _counted(step: Step) -> Iterator[tuple[Node, Ref, Ref]]:
    """What says something of each target, the targets, and a mask that what it says meets or was picked by."""
    for node in step.recorded:
        if node.name not in CLASS_LOSSES | EQUALS | {"gather"} or len(node.parents) < 2:
            continue
        for target in node.parents[:2]:
            if target in step.learned:
                continue
            for ref, made in backwards(step.tape, target, _SAME | PICKS_BY_MASK, first=step.first):
                if made.name in PICKS_BY_MASK and len(made.parents) == 2 and made.index >= step.first:
                    yield node, origin(step.tape, made.parents[0], _SAME)[0], made.parents[1]
                elif ref == target or made.name in PICKS_BY_MASK:
                    continue
            if len(step.tape.shape(node.ref)):
                whole = origin(step.tape, target, _SAME)[0]
                yield from ((node, whole, mask) for mask in _met(step, node))


def _met(step: Step, node: Node) -> Iterator[Ref]:
    """The masks that the numbers of a node meet first."""
    reached = {node.ref}
    for other in map(step.node, range(node.index + 1, step.last)):
        if not any(ref in reached for ref in other.parents):
            continue
        if other.name in _SAME | {"neg"}:
            reached.add(other.ref)
        elif other.name in _MEETS and len(other.parents) == 2:
            yield from (ref for ref in other.parents if ref not in reached and ref not in step.learned)


def _filler_behind_the_end(labels: Tensor, counted: Tensor, ignored: Collection[int]) -> int | None:
    """The filler of which one counts behind the end of each row; else None.

    The rows end in one symbol each, or the filler is one of those that a loss ignored.
    """
    fillers = labels[~counted]
    if not fillers.numel() or bool((fillers != fillers[0]).any()):
        return None
    filler, size = int(fillers[0]), labels.shape[1]
    lengths = counted.sum(1)
    ended = lengths < size
    is_run = torch.equal(counted, torch.arange(size) < lengths[:, None])
    if (
        not is_run
        or int(ended.sum()) < _FEWEST_ROWS
        or int(lengths.min()) < 2
        or int(lengths.min()) == int(lengths.max())
    ):
        return None
    rows = torch.arange(len(labels))[ended]
    last, end = labels[rows, lengths[ended] - 1], labels[rows, lengths[ended] - 2]
    if bool((last != filler).any()):
        return None
    if filler in ignored:
        return filler if not bool((labels[torch.arange(size) < lengths[:, None] - 1] == filler).any()) else None
    before = torch.arange(size) < lengths[:, None] - 2
    if bool((end != end[0]).any()) or int(end[0]) == filler:
        return None
    real = labels[before & ended[:, None]]
    return None if bool(((real == end[0]) | (real == filler)).any()) else filler


def _told(step: Step, node: Node, target: Ref, mask: Ref, filler: int, text: str) -> Sighting:
    made = _cut(step, mask)
    edits, is_tried = _like_target(step, made, target)
    title = f"the mask of targets != {filler}"
    if edits:
        title = edits[0].replacement.strip()
    outcome = "no target counts that is filler" if is_tried else ""
    fix = Fix(title, edits, "call" if is_tried else "no", outcome)
    return sighted("mask_of_inputs", made if made.spot is not None else node, text, (fix,))


def _cut(step: Step, mask: Ref) -> Node:
    """What cut the mask out of a longer one, or made it."""
    _, made = origin(step.tape, mask, CONVERTS | CUTS)
    asked = step.known(made.parents[0]) if made.name in EQUALS and len(made.parents) == 1 else None
    # What asks a mask where it is 0 is as long as that.
    return _cut(step, made.parents[0]) if asked is not None and are_truths(asked) else made


def _like_target(step: Step, made: Node, target: Ref) -> tuple[tuple[Edit, ...], bool]:
    """The edit that cuts the mask as the targets were cut, and whether only they are counted then."""
    _, other = origin(step.tape, target, CONVERTS | CUTS)
    if made.name != "__getitem__" or other.name != "__getitem__" or made.spot is None:
        return (), False
    before = [step.tape.shape(node.parents[0]) for node in (made, other)]
    one, two = node_at(made, ast.Subscript), node_at(other, ast.Subscript)
    if before[0] != before[1] or not isinstance(one, ast.Subscript) or not isinstance(two, ast.Subscript):
        return (), False
    edits = replaced_text(made.spot.code.co_filename, one, ast.unparse(ast.Subscript(one.value, two.slice)))
    whole, labels = step.known(made.parents[0]), step.known(target)
    if whole is None or labels is None:
        # It was put together before the step began.
        return edits, False
    try:
        counted = whole[other.args[1]].bool()
    except (IndexError, TypeError):
        return (), False
    fillers = labels[~counted] if counted.shape == labels.shape else labels[:0]
    is_real = bool(fillers.numel()) and not bool((labels[counted] == fillers[0]).any())
    return (edits, True) if is_real and bool((fillers == fillers[0]).all()) else ((), False)


PROBE = Probe(
    "a mask of targets is cut like the targets",
    lambda look: masks_of_inputs(look.step, _ignored_in_training(look.step) if look.before is None else ()),
    in_evaluation=True,
)
