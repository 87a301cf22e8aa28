"""A mask of what a padding put in at the ends, turned round: keys that are real are hidden, and the others are kept."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.masked_scores import LOW
from shapecheck.capture.instruments.padding.padding_masks import refilled
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Edit, Fix


def only_padding_kept(step: Step) -> Iterator[Sighting]:
    """``masked_fill(windows(ones) == 1, low)``: ones that were padded with zeros as the keys were.

    Which places the padding put in is exact: with ones put in instead, the mask hides everything. Told only where it
    hides whole rows already, as in a window without an end: one that has some key of its own to be left may be meant.
    """
    for node in step.nodes:
        mask = _mask(step, node) if node.index in step.to_loss and node.spot is not None else None
        if mask is None or not _goes_into_softmax(step, node.ref):
            continue
        hidden = step.value(mask).bool()
        whole = hidden.all(-1)
        pads = [at for at in ancestors(step.tape, [mask], step.first) if step.node(at).name == "pad"]
        if hidden.shape[-1] < 2 or not pads or not bool(whole.any()) or bool(whole.all()):
            continue
        if bool((~hidden).all(-1).any()) or not _hides_all(step, mask, pads):
            continue
        try:
            after = step.run_with({node.index: refilled()})
        except RuntimeError:
            continue
        if not all(bool(after[term.ref].isfinite().all()) for term in step.terms if term.ref in after):
            continue
        text = (
            f"{int(whole.sum())} of {whole.numel()} rows of the mask {tuple(hidden.shape)} hide every key, and the "
            "others leave those alone that the padding has put in: with ones put in there instead, nothing would be "
            "left. A softmax of equal scores is uniform, and no query sees a real key"
        )
        fix = Fix("masked_fill(~mask, ...)", _turned(step, node, mask), "call", "every row has real keys to look at")
        yield sighted("mask_turned_round", node, text, (fix,))
        return


def _mask(step: Step, node: Node) -> Ref | None:
    """What scores are made low by, where it is one."""
    if node.name != "masked_fill" or len(node.args) < 3 or not isinstance(node.args[1], Ref):
        return None
    low, mask = node.args[2], node.args[1]
    low = float(step.value(low)) if isinstance(low, Ref) and not step.tape.shape(low) else low
    is_low = isinstance(low, int | float) and low < LOW
    return mask if is_low and node.args[0] in step.learned and step.tape.shape(mask) else None


def _goes_into_softmax(step: Step, ref: Ref) -> bool:
    readers = step.readers(ref)
    ndim = len(step.tape.shape(ref))
    return any(node.name == "softmax" and axis_of(node, ndim) == ndim - 1 for node in readers)


def _hides_all(step: Step, mask: Ref, pads: list[int]) -> bool:
    """Whether a mask would hide everything if what it was made of went on where it was padded."""
    if any(not _is_one_number(step, step.node(at)) for at in pads):
        return False
    try:
        return bool(step.run_with(dict.fromkeys(pads, _going_on))[mask].bool().all())
    except (KeyError, RuntimeError):
        return False


def _is_one_number(step: Step, pad: Node) -> bool:
    value = step.value(pad.parents[0])
    return value.numel() > 0 and bool((value == value.reshape(-1)[0]).all())


def _going_on(given: Tensor, pad: tuple[int, ...], *_: Any, **__: Any) -> Tensor:
    return torch.nn.functional.pad(given, pad, value=given.reshape(-1)[0].item())


def _turned(step: Step, node: Node, mask: Ref) -> tuple[Edit, ...]:
    call = call_at(node)
    given = call.args[0] if call is not None and len(call.args) == 2 else None
    if given is None or node.spot is None or step.tape.dtype(mask) != torch.bool:
        return ()
    is_plain = isinstance(given, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
    text = ast.unparse(given) if is_plain else f"({ast.unparse(given)})"
    return replaced_text(node.spot.code.co_filename, given, f"~{text}")


PROBE = Probe(
    "a mask of what was padded leaves the real keys",
    lambda look: only_padding_kept(look.step),
)
