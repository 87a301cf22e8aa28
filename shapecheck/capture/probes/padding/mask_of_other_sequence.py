"""Masks that hide keys of an attention where another sequence than that of the keys has its padding."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.masked_scores import LOW, masked_scores, sources_of
from shapecheck.capture.instruments.padding.padded import Padding, paddings
from shapecheck.capture.instruments.tensors.read_twice import given_at, is_part_of
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import Spot, span_of, statement_at
from shapecheck.findings import Edit, Fix
from shapecheck.reading.edits import expression

_HOPS = 8


def masks_of_other_sequences(step: Step) -> Iterator[Sighting]:
    """``memory_key_padding_mask=tgt_padding``: the keys come from one sequence, the mask was made of another one.

    It runs where both are filled up to one length. Which positions are padding is known of both: the mask says so of
    the sequence that no key comes from, and something else than what holds for that of the keys.
    """
    known: list[Padding] | None = None
    for node in step.of_loss:
        if not node.parents:
            continue
        found = _hidden_keys(step, node)
        if found is None:
            continue
        hidden, masks, key, place = found
        of_mask, of_key = sources_of(step, masks), sources_of(step, [key])
        if not of_mask or not of_key or of_mask & of_key:
            continue
        known = [*paddings(step)] if known is None else known
        own = [padding for padding in known if sources_of(step, [padding.source]) <= of_key]
        others = [padding for padding in known if not sources_of(step, [padding.source]) & of_key]
        fitting = [padding for padding in own if padding.along_last().shape == hidden.shape]
        if any(torch.equal(padding.along_last(), hidden) for padding in own) or not fitting:
            continue
        if any(torch.equal(padding.along_last(), hidden) for padding in others):
            yield _told(step, hidden, fitting[0], masks[0], place)
            return


def _hidden_keys(step: Step, node: Node) -> tuple[Tensor, list[Ref], Ref, Node] | None:
    """Which keys of each sample are hidden from all queries: the mask, what it was made of, the keys, and where."""
    given = node.kwargs.get("key_padding_mask")
    if node.name == "multi_head_attention_forward" and isinstance(given, Ref):
        value = step.value(given)
        hidden = value < LOW if value.is_floating_point() else value.bool()
        return (hidden, [given], node.parents[1], node) if hidden.ndim == 2 and given not in step.learned else None
    found = masked_scores(step, node)
    if found is None:
        return None
    low, masks, _, key, place = found
    if low.ndim < 3 or not bool(low.any()) or bool((low != low[..., :1, :]).any()):
        return None
    rows = low[..., 0, :]
    rows = rows.reshape(rows.shape[0], -1, rows.shape[-1])
    return (rows[:, 0], masks, key, place) if bool((rows == rows[:, :1]).all()) else None


def _told(step: Step, hidden: Tensor, own: Padding, mask: Ref, place: Node) -> Sighting:
    real = int((hidden & ~own.along_last()).sum())
    left = int((own.along_last() & ~hidden).sum())
    text = (
        f"the mask hides {int(hidden.sum())} of {hidden.numel()} keys, just where another sequence has its padding: "
        f"{real} of them are no padding of the sequence that the keys come from, and {left} that are stay in sight"
    )
    names = _names_of(step, mask)
    call, given = _handed(names, place)
    name = _name_of(step, own, call)
    edits: tuple[Edit, ...] = ()
    if given is not None and name is not None and call is not None:
        edits = replaced_text(call.code.co_filename, given, name)
    fix = Fix(f"{name or 'the padding of the sequence of the keys'} as the mask here", edits, "no")
    seen = sighted("mask_of_other_sequence", place, text, (fix,))
    if call is None:
        return seen
    return replace(seen, span=call.span if given is None else span_of(call.code.co_filename, given))


def _names_of(step: Step, mask: Ref) -> dict[str, Spot]:
    """The names that a mask was given on its way."""
    found: dict[str, Spot] = {}
    for _ in range(_HOPS):
        node = step.node(mask.node)
        if node.spot is not None:
            found |= dict.fromkeys(given_at(node.spot), node.spot)
        if step.is_leaf(mask) or not node.parents:
            break
        mask = next((ref for ref in node.parents if not step.is_leaf(ref)), node.parents[0])
    return found


def _handed(names: dict[str, Spot], place: Node) -> tuple[Spot | None, ast.Name | None]:
    """The frame in which the mask was made and handed on, and its name there."""
    codes = {spot.code for spot in names.values()}
    spot = place.spot
    while spot is not None and spot.code not in codes:
        spot = spot.caller
    statement = statement_at(spot.code.co_filename, spot.line) if spot is not None else None
    if spot is None or statement is None:
        return None, None
    calls = [item for item in ast.walk(statement) if isinstance(item, ast.Call) and _is_at(spot, item)]
    read = [
        (word.arg or "", word.value)
        for call in calls
        for word in [*(ast.keyword(None, value) for value in call.args), *call.keywords]
        if isinstance(word.value, ast.Name) and word.value.id in names
    ]
    of_memory = [value for name, value in read if "memory" in name]
    chosen = of_memory if len(of_memory) == 1 else [value for _, value in read]
    return spot, chosen[0] if len(chosen) == 1 and isinstance(chosen[0], ast.Name) else None


def _is_at(spot: Spot, call: ast.Call) -> bool:
    span = spot.span
    return is_part_of(spot, call) and (call.lineno, call.col_offset) == (span.line, span.column)


def _name_of(step: Step, own: Padding, call: Spot | None) -> str | None:
    """What the function calls the padding of the sequence of the keys."""
    wanted = own.along_last()
    for node in step.nodes if call is not None else ():
        if node.spot is None or call is None or node.spot.code is not call.code or node.dtypes != (torch.bool,):
            continue
        names = given_at(node.spot)
        if len(names) == 1 and node.shapes[0] == tuple(wanted.shape) and torch.equal(step.value(node.ref), wanted):
            statement = statement_at(node.spot.code.co_filename, node.spot.line)
            value = expression(node.spot.span.text)
            if statement is not None and value is not None:
                return names[0]
    return None


PROBE = Probe(
    "masks of an attention are those of the sequence that its keys come from",
    lambda look: masks_of_other_sequences(look.step),
)
