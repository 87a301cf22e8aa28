"""Masks of an attention that were made without any data, and that leave several queries no key at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.named_sizes import axes_by_name
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ATTENTIONS
from shapecheck.findings import Fix
from shapecheck.reading.applied import size_asked, told_to
from shapecheck.reading.sources import walk

# The first query may see nothing where each is to see those before it alone.
_FEWEST = 2
_TRIANGLES = frozenset(["tril", "triu"])


def queries_see_nothing(look: Look) -> Iterator[Sighting]:
    """``torch.ones(t, s).tril(heads - t)`` in the place of ``tril(s - t)``: the diagonal begins rows too late.

    Padding may leave a query without keys, which nobody asks then; a mask that is only counted out has none. And a
    number of steps that may not be seen yet may be chosen, where a diagonal that is worked out of sizes was not.
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
        made = _cut(step, mask)
        if made is None or hidden is None or not _is_asked(step, node, hidden.all(-1)):
            continue
        text = (
            f"the mask {step.tape.shape(mask)} hides all keys from {rows} of its {step.tape.shape(mask)[0]} queries: "
            "what they make of nothing is no number, or zero"
        )
        fix = Fix("a diagonal from which each query sees itself", (), "no")
        yield sighted("queries_see_nothing", made, text, (fix,))
        return


def _is_asked(step: Step, node: Node, rows: Tensor) -> bool:
    """Whether the loss hears of what such queries make; the first steps may be cut off behind an attention."""
    losses = []
    for filler in (0.0, 1.0):
        value = step.value(node.ref).clone()
        value.transpose(0, -2 if node.name == "scaled_dot_product_attention" else 0)[rows] = filler
        after = step.changed(node.ref, value).get(step.loss)
        if after is not None:
            losses.append(after)
    return len(losses) > 1 and not torch.equal(*losses)


def _hidden(node: Node, mask: Tensor) -> Tensor:
    if mask.dtype == torch.bool:
        return ~mask if node.name == "scaled_dot_product_attention" else mask
    return mask == float("-inf")


def _is_counted_out(step: Step, mask: Ref) -> bool:
    nodes = [step.node(index) for index in ancestors(step.tape, [mask], 0)]
    return bool(nodes) and all(step.node(ref.node).function is not None for node in nodes for ref in node.parents)


def _cut(step: Step, mask: Ref) -> Node | None:
    """What cuts a mask along a diagonal that is worked out of sizes."""
    for node in map(step.node, ancestors(step.tape, [mask], 0)):
        call = call_at(node) if node.name in _TRIANGLES else None
        told = told_to(call)[:1] if call is not None else []
        given = [*told, *(each.value for each in call.keywords if each.arg == "diagonal")] if call is not None else []
        if node.spot is not None and given:
            known = axes_by_name(node.spot.code.co_filename, node.spot.line)
            parts = [part for value in given for part in walk(value)]
            if any(size_asked(part) is not None or (isinstance(part, ast.Name) and part.id in known) for part in parts):
                return node
    return None


PROBE = Probe(
    "a mask that is counted out leaves each query a key",
    queries_see_nothing,
)
