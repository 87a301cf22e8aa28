"""Targets that a script blanks by the mask of the padding, with a class that stands elsewhere as well: they count."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.classes import ignored_label
from shapecheck.capture.instruments.padding.left_out import LeftOut, hiding, is_filled_behind
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, CUTS, FLAG_LOSSES, HANDS_ON, TURNS
from shapecheck.findings import Fix

_SAME = HANDS_ON | CUTS | TURNS
# What makes a number 0 where a mask says so; of these masks say what is kept.
_KEEPS = frozenset(["mul", "bitwise_and", "logical_and", "where"])
_FILLS = frozenset(["masked_fill", "__setitem__"])
_BLANKS = _KEEPS | _FILLS
_ASKS = CLASS_LOSSES | FLAG_LOSSES | {"gather"}
_HOPS = 12


def blanked_and_asked(step: Step) -> Iterator[Sighting]:
    """Losses over all positions whose targets were made one class wherever a mask hides the ends of sequences.

    Nothing but one filler is read there, and what is asked there moves the loss: no mask leaves it out behind it.
    """
    for node in step.all_of_loss:
        if node.name not in _ASKS or len(node.parents) < 2 or node.parents[1] in step.learned:
            continue
        for made, out in _blanked(step, node.parents[1]) if node.parents[0] in step.learned else ():
            filler = _filler(step, node, out)
            is_said = filler is not None and not _is_blanked_as_well(step, node.parents[0], out)
            if is_said and is_filled_behind(step, out, node.parents[0]) and _counts(step, node, out):
                assert filler is not None
                yield _told(node, made, out, filler)
                return


def _blanked(step: Step, target: Ref) -> Iterator[tuple[Node, LeftOut]]:
    """What blanked targets by a mask of the ends of sequences, with where that is."""
    ref = target
    for _ in range(_HOPS):
        *_, (_, node) = backwards(step.tape, ref, _SAME)
        masks = node.parents[1:2] if node.name in _FILLS else node.parents[: 1 if node.name == "where" else 2]
        for mask in masks if node.name in _BLANKS else ():
            for out in hiding(step, node, mask, is_kept=node.name in _KEEPS):
                yield node, out
                return
        if node.name not in _BLANKS or not node.parents:
            return
        ref = node.parents[1 if node.name == "where" and len(node.parents) > 1 else 0]


def _filler(step: Step, node: Node, out: LeftOut) -> float | None:
    """What is asked for in all of the padding and elsewhere as well; None where it is a sign of its own, or ignored.

    One that stands elsewhere at the ends of sequences alone is their end, and may well be asked for behind it.
    """
    value = step.known(node.parents[1])
    shape = tuple(value.shape) if value is not None else ()
    hidden, last = out.along(shape), out.along(shape, out.last)
    if value is None or hidden is None or last is None or node.kwargs.get("weight") is not None:
        return None
    inside, rest = value[hidden], value[~hidden & ~last]
    filler = inside.reshape(-1)[0]
    if not bool((inside == filler).all()) or not bool((rest == filler).any()) or bool((rest == filler).all()):
        return None
    if node.name in CLASS_LOSSES and (value.is_floating_point() or int(filler) == ignored_label(node)):
        return None
    return float(filler)


def _is_blanked_as_well(step: Step, scores: Ref, out: LeftOut) -> bool:
    """Whether the scores are all the same in the padding: then nothing that a model says is held against anything."""
    value = step.known(scores)
    for each in (value, value.movedim(1, -1) if value is not None and value.ndim > 2 else None):
        hidden = out.along(tuple(each.shape)) if each is not None else None
        if each is not None and hidden is not None:
            inside = each[hidden]
            return bool((inside == inside.reshape(-1)[0]).all())
    return True


def _counts(step: Step, node: Node, out: LeftOut) -> bool:
    """Whether the loss moves with what is asked in the padding alone."""
    target = node.parents[1]
    value = step.value(target)
    hidden = out.along(tuple(value.shape))
    assert hidden is not None
    try:
        after = step.changed(target, _asked_otherwise(value, hidden))
    except (RuntimeError, IndexError, ValueError):
        return False
    return any_term_moved(step, step.run(), after)


def _asked_otherwise(value: Tensor, hidden: Tensor) -> Tensor:
    """The same targets with another one of those that occur in the padding."""
    filler = value[hidden].reshape(-1)[0]
    rest = value[~hidden]
    other = rest[rest != filler][0]
    changed = value.clone()
    changed[hidden] = torch.full_like(changed[hidden], other.item())
    return changed


def _told(node: Node, made: Node, out: LeftOut, filler: float) -> Sighting:
    line = f" in line {made.spot.line}" if made.spot is not None else ""
    text = (
        f"{int(out.hidden.sum())} of {out.hidden.numel()} positions lie behind the end of their sequence; {made.name}"
        f"{line} makes their targets {filler:g}, which is asked for elsewhere as well, and each of them has a term of "
        "its own in the loss"
    )
    if node.name in CLASS_LOSSES and not node.shapes[0]:
        ignored = ignored_label(node)
        title = f"{ignored} for the targets of padding, which the loss ignores"
    else:
        title = "the mean of what the mask keeps, such as each[mask].mean()"
    return sighted("padding_asked_for", node, text, (Fix(title, (), "no"),))


PROBE = Probe(
    "no target that a mask of padding has blanked counts",
    lambda look: blanked_and_asked(look.step),
    turn=Turn.LAST,
)
