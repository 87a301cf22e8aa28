"""A mask of what a padding put in at the ends, turned round: keys that are real are hidden, and the others are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.masked_scores import LOW
from shapecheck.capture.instruments.padding.padding_masks import refilled
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.edits import as_primary, replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Edit, Fix

# Equal numbers that came another way differ by so much of what others differ by.
_EQUAL = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class _Hiding:
    """Scores, and the mask by which some of them are made low: where it is true, or where it is not."""

    mask: Ref
    scores: Ref
    is_for_hidden: bool

    def hidden(self, mask: Tensor) -> Tensor:
        """Which scores are made low."""
        return mask.bool() if self.is_for_hidden else ~mask.bool()


def only_padding_kept(step: Step) -> Iterator[Sighting]:
    """``masked_fill(windows(ones) == 1, low)``: ones that were padded with zeros as the keys were.

    Which places the padding put in is exact: with ones put in instead, the mask hides everything. Told only where it
    hides whole rows already, as in a window without an end, or where all keys that it leaves are the same to each
    query, as what was made of zeros is: one that has some key of its own to be left may be meant.
    """
    for node in step.nodes:
        found = _hiding(step, node) if node.index in step.to_loss and node.spot is not None else None
        if found is None or not _goes_into_softmax(step, node.ref):
            continue
        hidden = found.hidden(step.value(found.mask))
        whole = hidden.all(-1)
        pads = [at for at in ancestors(step.tape, [found.mask], step.first) if _puts_in(step, step.node(at))]
        if hidden.shape[-1] < 2 or not pads or bool(whole.all()):
            continue
        if not bool(whole.any()) and not _are_left_alike(step.value(found.scores), hidden):
            continue
        if bool((~hidden).all(-1).any()) or not _hides_all(step, found, pads):
            continue
        try:
            after = step.run_with({node.index: _refilled(node)})
        except RuntimeError:
            continue
        if not all(bool(after[term.ref].isfinite().all()) for term in step.terms if term.ref in after):
            continue
        shape = tuple(hidden.shape)
        told = f"the rows of the mask {shape} hide every real key, and leave"
        if bool(whole.any()):
            told = (
                f"{int(whole.sum())} of {whole.numel()} rows of the mask {shape} hide every key, and the others leave"
            )
        text = (
            f"{told} those alone that the padding has put in: with ones put in there instead, nothing would be left. A "
            "softmax of equal scores is uniform, and no query sees a real key"
        )
        title = "where(~mask, ...)" if node.name == "where" else "masked_fill(~mask, ...)"
        fix = Fix(title, _turned(step, node, found.mask), "call", "every row has real keys to look at")
        yield sighted("mask_turned_round", node, text, (fix,))
        return


def _hiding(step: Step, node: Node) -> _Hiding | None:
    """What makes scores low by a mask, where it does."""
    if node.name == "masked_fill" and len(node.args) > 2:
        found = _hides(step, node.args[1], node.args[0], node.args[2], is_for_hidden=True)
    elif node.name == "where" and len(node.args) == 3:
        mask, one, other = node.args
        found = _hides(step, mask, other, one, is_for_hidden=True) or _hides(
            step, mask, one, other, is_for_hidden=False
        )
    else:
        found = None
    return found


def _hides(step: Step, mask: Any, scores: Any, low: Any, *, is_for_hidden: bool) -> _Hiding | None:
    low = float(step.value(low)) if isinstance(low, Ref) and not step.tape.shape(low) else low
    is_low = isinstance(low, int | float) and low < LOW
    if not is_low or not isinstance(mask, Ref) or scores not in step.learned or not step.tape.shape(mask):
        return None
    return _Hiding(mask, scores, is_for_hidden)


def _refilled(node: Node) -> Run:
    if node.name == "masked_fill":
        return refilled()
    return lambda mask, *rest: torch.where(~mask, *rest)


def _goes_into_softmax(step: Step, ref: Ref) -> bool:
    readers = step.readers(ref)
    ndim = len(step.tape.shape(ref))
    return any(node.name == "softmax" and axis_of(node, ndim) == ndim - 1 for node in readers)


def _hides_all(step: Step, found: _Hiding, pads: list[int]) -> bool:
    """Whether a mask would hide everything if what it was made of went on where it was padded."""
    if any(not _is_one_number(step, step.node(at)) for at in pads):
        return False
    try:
        instead = {at: _going_on(step.node(at)) for at in pads}
        return bool(found.hidden(step.run_with(instead)[found.mask]).all())
    except (KeyError, RuntimeError):
        return False


def _is_one_number(step: Step, pad: Node) -> bool:
    value = step.value(pad.parents[0])
    return value.numel() > 0 and bool((value == value.reshape(-1)[0]).all())


def _puts_in(step: Step, node: Node) -> bool:
    """Whether it pads: by itself, or in front of cutting an image into patches."""
    if node.name == "pad":
        return True
    is_of_patches = node.name == "unfold" and len(step.tape.shape(node.parents[0])) == 4 and len(node.shapes[0]) == 3
    return is_of_patches and node.argument(3, "padding", default=0) not in (0, (0, 0))


def _are_left_alike(scores: Tensor, hidden: Tensor) -> bool:
    """Whether each row of scores is the same number wherever a mask leaves it, several times, and moves elsewhere."""
    hidden = hidden.expand(scores.shape)
    spread = _spread(scores, ~hidden)
    return bool(((~hidden).sum(-1) > 1).any()) and bool((spread <= _EQUAL * _spread(scores, hidden)).all())


def _spread(scores: Tensor, counted: Tensor) -> Tensor:
    """How far apart those scores of each row are that count."""
    highest, lowest = scores.masked_fill(~counted, float("-inf")), scores.masked_fill(~counted, float("inf"))
    return highest.amax(-1) - lowest.amin(-1)


def _going_on(node: Node) -> Run:
    """The same padding, with the one number that is there already put in."""

    def run(given: Tensor, *args: Any, **kwargs: Any) -> Any:
        value = given.reshape(-1)[0].item()
        if node.name == "pad":
            return torch.nn.functional.pad(given, node.argument(1, "pad"), value=value)
        sizes = node.argument(3, "padding")
        rows, columns = sizes if isinstance(sizes, tuple | list) else (sizes, sizes)
        padded = torch.nn.functional.pad(given, (columns, columns, rows, rows), value=value)
        without = (*args[:2], 0, *args[3:]) if len(args) > 2 else args
        return node.function(padded, *without, **{**kwargs, **({} if len(args) > 2 else {"padding": 0})})  # type: ignore[misc]

    return run


def _turned(step: Step, node: Node, mask: Ref) -> tuple[Edit, ...]:
    call = call_at(node)
    count = 3 if node.name == "where" else 2
    given = call.args[0] if call is not None and len(call.args) == count else None
    if given is None or node.spot is None or step.tape.dtype(mask) != torch.bool:
        return ()
    return replaced_text(node.spot.code.co_filename, given, f"~{as_primary(given)}")


PROBE = Probe(
    "a mask of what was padded leaves the real keys",
    lambda look: only_padding_kept(look.step),
)
