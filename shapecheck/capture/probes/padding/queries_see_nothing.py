"""Masks of an attention that were made without any data, and that leave several queries no key at all."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ATTENTIONS
from shapecheck.findings import Fix

# The first query may see nothing where each is to see those before it alone.
_FEWEST = 2


def queries_see_nothing(look: Look) -> Iterator[Sighting]:
    """``torch.ones(t, s).tril(heads - t)`` in the place of ``tril(s - t)``: the diagonal begins rows too late.

    Padding may leave a query without keys, which nobody asks then; a mask that is only counted out has none.
    """
    step = look.step
    if look.before is not None:
        return
    for node in step.of_loss:
        mask = node.argument(3, "attn_mask") if node.name == "scaled_dot_product_attention" else None
        mask = node.kwargs.get("attn_mask") if node.name in ATTENTIONS and mask is None else mask
        if not isinstance(mask, Ref) or len(step.tape.shape(mask)) != 2 or not _is_counted_out(step, mask):
            continue
        value = step.known(mask)
        hidden = _hidden(node, value) if value is not None else None
        rows = int(hidden.all(-1).sum()) if hidden is not None else 0
        if rows < _FEWEST:
            continue
        made = _made(step, mask)
        text = (
            f"the mask {step.tape.shape(mask)} hides all keys from {rows} of its {step.tape.shape(mask)[0]} queries: "
            "what they make of nothing is no number, or zero"
        )
        fix = Fix("a diagonal from which each query sees itself", (), "no")
        yield sighted("queries_see_nothing", made if made is not None else node, text, (fix,))
        return


def _hidden(node: Node, mask: Tensor) -> Tensor:
    if mask.dtype == torch.bool:
        return ~mask if node.name == "scaled_dot_product_attention" else mask
    return mask == float("-inf")


def _is_counted_out(step: Step, mask: Ref) -> bool:
    nodes = [step.node(index) for index in ancestors(step.tape, [mask], 0)]
    return bool(nodes) and all(step.node(ref.node).function is not None for node in nodes for ref in node.parents)


def _made(step: Step, mask: Ref) -> Node | None:
    """The last operation of the script that made it."""
    nodes = [step.node(index) for index in ancestors(step.tape, [mask], 0)]
    return next((node for node in reversed(nodes) if node.spot is not None), None)


PROBE = Probe(
    "a mask that is counted out leaves each query a key",
    queries_see_nothing,
)
