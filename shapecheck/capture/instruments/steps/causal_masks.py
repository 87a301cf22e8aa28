"""Masks that an attention is given and that leave later steps in sight: what they were meant to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.recording.replay import Run, ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ATTENTIONS, EQUALS, SAME_NUMBERS
from shapecheck.evidence import Span

_LOW = -1e3
_SCALED = "scaled_dot_product_attention"
_AT = {_SCALED: 3}
_CAUSAL_AT = 5
_HOPS = 8
_NOTS = frozenset(["bitwise_not", "logical_not", "bool"])
_MEETS = frozenset(["mul", "masked_fill", "where", "add", "div"])
Hidden = Callable[[Tensor], Tensor]


def mask_of(node: Node) -> Ref | None:
    """The mask of pairs of steps that an attention is given."""
    if node.name not in ATTENTIONS:
        return None
    at = _AT.get(node.name, len(node.args))
    given = node.argument(at, "attn_mask")
    return given if isinstance(given, Ref) else None


def causal_steps(step: Step, node: Node) -> int:
    """How many steps an attention goes over of which none sees a later one; 0 where this is not so."""
    if node.name == "softmax" and node.parents:
        shape = step.tape.shape(node.parents[0])
        is_square = len(shape) > 2 and shape[-1] == shape[-2]
        return shape[-1] if is_square and not bool(step.value(node.ref).triu(1).any()) else 0
    if node.name not in ATTENTIONS or not node.parents:
        return 0
    count = step.tape.shape(node.parents[0])[-2 if node.name == _SCALED else 0]
    if node.name == _SCALED and (node.kwargs.get("is_causal") or node.args[_CAUSAL_AT : _CAUSAL_AT + 1] == (True,)):
        return count
    hidden = _hidden(step, node, mask_of(node))
    if hidden is None or hidden.shape[-1] != count:
        return 0
    return count if bool((hidden | torch.ones_like(hidden).tril()).all()) else 0


def meant_instead(step: Step, nodes: list[Node]) -> tuple[str, dict[int, Run], Span | None] | None:
    """The change to the masks of attentions, as code, what to run, and where the first of them is made."""
    masks = [mask_of(node) for node in nodes]
    hidden = [_hidden(step, node, mask) for node, mask in zip(nodes, masks, strict=True) if mask is not None]
    if not hidden or len(hidden) != len(masks) or any(mask is None for mask in hidden) or masks[0] is None:
        return None
    is_upper = all(_is_upper(mask) for mask in hidden if mask is not None)
    change = _turned if is_upper else _with_later_hidden
    value = step.value(masks[0])
    title = _title(value, is_upper, _is_one_too_late(hidden[0]))
    place = _place(step, masks[0], hidden[0])
    triangle = _turned_triangle(step, masks[0], hidden[0], place) if is_upper else None
    place = triangle or place
    return title, {node.index: _with(node, change) for node in nodes}, place


def _title(mask: Tensor, is_upper: bool, is_late: bool) -> str:
    if is_upper:
        return "attn_mask=~mask" if mask.dtype == torch.bool else "attn_mask=mask.T"
    if is_late:
        return "diagonal=1 for triu, diagonal=0 for tril"
    if mask.is_floating_point() and not bool((mask < _LOW).any()):
        return "attn_mask=torch.full((t, t), float('-inf')).triu(1)"
    return "a mask that hides what torch.ones(t, t).triu(1) counts"


def _is_one_too_late(hidden: Tensor | None) -> bool:
    """Whether each step sees the one behind it, and none that is farther."""
    if hidden is None or hidden.shape[-1] < 3:
        return False
    return torch.equal(hidden, torch.ones_like(hidden).triu(2))


def _hidden(step: Step, node: Node, ref: Ref | None) -> Tensor | None:
    """Which pairs of a query and a key are hidden; None if there are not as many keys as queries."""
    if ref is None or ref in step.learned:
        return None
    mask = step.value(ref)
    return _pairs(mask, node) if mask.ndim >= 2 and mask.shape[-1] > 1 else None


def _pairs(mask: Tensor, node: Node) -> Tensor | None:
    size = mask.shape[-1]
    if mask.shape[-2] not in (1, size):
        return None
    hidden = mask < _LOW if mask.is_floating_point() else mask.bool() ^ (node.name == _SCALED)
    return hidden.expand(*hidden.shape[:-2], size, size)


def _is_upper(hidden: Tensor) -> bool:
    """Whether each step sees all later ones, and none of the earlier ones."""
    ones = torch.ones_like(hidden)
    return not bool((hidden & ones.triu(1)).any()) and bool((hidden | ones.triu(0)).all())


def _turned(hidden: Tensor) -> Tensor:
    return torch.ones_like(hidden).triu(1)


def _with_later_hidden(hidden: Tensor) -> Tensor:
    return hidden | torch.ones_like(hidden).triu(1)


def _with(node: Node, change: Hidden) -> Run:
    """The attention with other pairs hidden."""

    def other(mask: Tensor) -> Tensor:
        before = _pairs(mask, node)
        assert before is not None
        after = change(before)
        if mask.is_floating_point():
            kept = mask.expand(after.shape).masked_fill(before & ~after, 0.0)
            return kept.masked_fill(after, float("-inf"))
        return ~after if node.name == _SCALED else after

    def run(*args: Any, **kwargs: Any) -> Any:
        at = _AT.get(node.name, len(args))
        if len(args) > at:
            args = (*args[:at], other(args[at]), *args[at + 1 :])
        else:
            kwargs = kwargs | {"attn_mask": other(kwargs["attn_mask"])}
        if "is_causal" in kwargs:
            kwargs["is_causal"] = False
        return node.function(*args, **kwargs)  # type: ignore[misc]

    return run


def filled_at(step: Step, node: Node) -> Span | None:
    """Where the mask was made that the scores of a softmax have met; None if they met none of pairs of steps."""
    met = filled_by(step, node)
    return None if met is None else _place(step, met[1], step.value(Ref(met[0].index)) < _LOW)


def filled_by(step: Step, node: Node) -> tuple[Node, Ref] | None:
    """The operation in which the scores of a softmax meet a mask of pairs of steps, and that mask."""
    ref = node.parents[0]
    for _ in range(_HOPS):
        made = step.node(ref.node)
        shapes = {parent: step.tape.shape(parent) for parent in made.parents}
        square = [one for one, shape in shapes.items() if len(shape) > 1 and shape[-1] == shape[-2] > 1]
        masks = [one for one in square if one not in step.learned]
        if made.name in _MEETS and masks:
            return made, masks[0]
        before = [one for one in square if one in step.learned]
        if len(before) != 1 or made.name not in _MEETS | SAME_NUMBERS:
            return None
        ref = before[0]
    return None


def _place(step: Step, mask: Ref, hidden: Tensor | None) -> Span | None:
    """Where a mask was made, if it hides other keys from one query than from another, or nothing yet."""
    if hidden is None or (bool(hidden.any()) and bool((hidden == hidden[..., :1, :]).all())):
        return None
    return _made_at(step, mask, is_use=_is_upper(hidden))


def _turned_triangle(step: Step, mask: Ref, hidden: Tensor | None, place: Span | None) -> Span | None:
    """Where the triangle was cut that numbers were filled in by afterwards, in the function that made the mask.

    Where each step sees itself no other filling mends it: the triangle is the wrong one.
    """
    if hidden is None or not step.value(mask).is_floating_point() or bool(hidden.diagonal(dim1=-2, dim2=-1).any()):
        return None
    made = triangle_of(step, mask)
    codes = {node.spot.code for index in ancestors(step.tape, [mask], 0) if (node := step.node(index)).spot is not None}
    is_own = made is not None and made.spot is not None and len(codes) == 1 and place is not None
    return made.spot.span if is_own and made is not None and made.spot is not None else None


def triangle_of(step: Step, mask: Ref) -> Node | None:
    """The only operation that cut a triangle out, of all that a mask was made of."""
    made = [step.node(index) for index in ancestors(step.tape, [mask], 0)]
    found = [node for node in made if node.name in ("tril", "triu")]
    return found[0] if len(found) == 1 else None


def _made_at(step: Step, ref: Ref, is_use: bool) -> Span | None:
    """Where the numbers of a mask were made; of one that the model keeps and that is only read otherwise, where it is.

    What torch's own layers make of a mask on its way is no line of the user's.
    """
    last: Span | None = None
    passes = SAME_NUMBERS if is_use else SAME_NUMBERS | EQUALS | _NOTS
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if node.function is None or (is_use and node.index < step.first):
            return last
        in_layer = node.module is not None and type(node.module).__module__.startswith("torch.")
        if not in_layer and node.spot is not None:
            last = node.spot.span
        if not node.parents or not (in_layer or node.name in passes):
            return last
        ref = node.parents[-1] if in_layer else node.parents[0]
    return last
