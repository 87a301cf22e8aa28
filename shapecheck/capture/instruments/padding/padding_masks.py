"""Masks that an attention was given of the padding: none, or one that is turned round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.compared_masks import compared_for
from shapecheck.capture.instruments.padding.padded import Padding
from shapecheck.capture.instruments.steps.ended_rows import ends_at_a_token
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.evidence import Span
from shapecheck.findings import Edit

# So many steps of a sequence differ from the one before, where those that do not are told apart as what fills it up.
_MOVES = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Remedy:
    """A change that could leave the padding out.

    Args:
        kind: What is wrong, if it does.
        node: Where.
        title: The change as code.
        instead: Node -> what to run there.
        text: What stands there now, in words.
        is_exact: Whether what stands there is wrong by itself: a mask that hides all but the padding.
        edits: The change to the source, where it is known.
        counted: The padding that is to count no more then, where it is not all of it.
        place: What is to be changed, where it is not the node.
    """

    kind: str
    node: Node
    title: str
    instead: dict[int, Run]
    text: str
    is_exact: bool = False
    edits: tuple[Edit, ...] = ()
    counted: Padding | None = None
    place: Span | None = None


def is_of_padding(step: Step, ref: Ref, *, hides: bool = False) -> bool:
    """Whether it is one for a run of steps of each row, of different lengths, and a target or input ends there.

    Args:
        step: The step.
        ref: The mask.
        hides: Whether it is one for what is left out, and zero in the run.
    """
    value = step.value(ref)
    value = 1 - value.int() if hides else value
    rows = rows_of(value) if are_truths(value) else None
    if rows is None or rows.shape[0] < 2 or rows.shape[1] < 3:
        return False
    for is_turned in (False, True):
        kept = rows.bool().t() if is_turned else rows.bool()
        counts = kept.sum(1)
        starts = (kept.int().diff(dim=1, prepend=torch.zeros(len(kept), 1, dtype=torch.int)) > 0).sum(1)
        if bool((starts != 1).any()) or len(set(counts.tolist())) < 2:
            continue
        behind = (kept.flip(1).int().cumsum(1) == 0).flip(1)
        if not bool(behind.any()):
            continue
        ended = int(behind.any(1).sum())
        is_long = ended > 1 and int(behind.sum()) >= 2 * ended
        if _is_empty(step, behind.t() if is_turned else behind, ref, is_long) or ends_at_a_token(step.tape, ref):
            return True
        if _stands_still(step, behind, is_turned):
            return True
    return False


def time_in(value: Tensor) -> int:
    """Which axis of a mask goes along the steps: the last one where it has one row for all the channels between."""
    return 2 if value.ndim == 3 and value.shape[1] == 1 < value.shape[2] else 1


def rows_of(value: Tensor) -> Tensor | None:
    """A mask as (batch_size, seq_length), or as it lies if steps are first; None if it says more than that."""
    if value.ndim == 3 and value.shape[1] > 1 and bool((value == value[..., :1]).all()):
        # The same was laid beside each of the features.
        value = value[..., :1]
    time = time_in(value)
    is_plain = value.ndim > 1 and value.numel() == value.shape[0] * value.shape[time]
    return value.reshape(value.shape[0], value.shape[time]) if is_plain else None


def _is_empty(step: Step, behind: Tensor, mask: Ref, is_long: bool) -> bool:
    """Whether some input or target holds one value only where the mask has ended, and others elsewhere.

    Tokens that are read and asked for may be cut out of one tensor; of these each cut is looked at, where there is more
    behind the end of a row than the one token that ends it by chance.
    """
    cuts = [ref for ref in step.compared if is_long and not step.tape.dtype(ref).is_floating_point]
    for ref in [*step.inputs, *step.targets, *cuts]:
        if ref == mask:
            continue
        value = step.value(ref)
        if value.ndim == 3 and value.shape[:2] != behind.shape == (value.shape[0], value.shape[2]):
            value = value.transpose(1, 2)
        if value.shape[:2] != behind.shape and value.numel() == behind.numel():
            value = value.reshape(behind.shape)
        if value.shape[:2] == behind.shape and value.dtype != torch.bool:
            inside, rest = value[behind], value[~behind]
            if bool((inside == inside.reshape(-1)[0]).all()) and len(rest.unique()) > 2:  # type: ignore[no-untyped-call]
                return True
    return False


def _stands_still(step: Step, behind: Tensor, is_turned: bool) -> bool:
    """Whether each row of some input or target repeats its last step where the mask has ended, and moves before."""
    for ref in [*step.inputs, *step.targets]:
        rows = step.value(ref)
        if rows.ndim < 2 or not rows.is_floating_point():
            continue
        rows = rows.transpose(0, 1) if is_turned else rows
        if rows.shape[:2] != behind.shape or int(behind.sum()) < 3:
            continue
        moves = (rows[:, 1:] != rows[:, :-1]).reshape(len(rows), behind.shape[1] - 1, -1).any(2)
        is_still = ~moves[behind[:, 1:]]
        if bool(is_still.all()) and bool(moves[~behind[:, 1:]].float().mean() > _MOVES):
            return True
    return False


def turned(step: Step, padding: Padding, nodes: list[Node]) -> Iterator[Remedy]:
    """Masks that hide just what is no padding, each kind with its complement."""
    given = [node for node in nodes if _is_turned(step, padding, node, "key_padding_mask", hides=True)]
    if given:
        text = "the mask hides what is no padding, and leaves the padding: True means hidden here"
        runs = {node.index: hiding(node, padding) for node in given}
        yield _of_attentions(step, given, "key_padding_mask", runs, text)
    scaled = [node for node in nodes if _is_turned(step, padding, node, "attn_mask", hides=False)]
    if scaled:
        text = "the mask keeps the padding alone: in this function True means that a step is seen"
        runs = {node.index: _complemented(node, "attn_mask") for node in scaled}
        yield _of_attentions(step, scaled, "attn_mask", runs, text)
    for node in nodes:
        if node.name == "masked_fill" and len(node.args) > 2 and isinstance(node.args[1], Ref):
            low = node.args[2]
            if isinstance(low, int | float) and low < -1e3 and _says(step, padding, node.args[1], False):
                text = "what is no padding is filled with minus infinity, and the padding is left"
                made = compared_for(step, {node.index: node.args[1]}) or (node, "masked_fill(~mask, ...)", ())
                place, title, edits = made
                yield Remedy("mask_turned_round", place, title, {node.index: refilled()}, text, edits=edits)
        elif padding.is_said and node.name == "mul" and len(node.parents) == 2:
            factor = next((ref for ref in node.parents if _says(step, padding, ref, True)), None)
            if factor is not None and not any(_keeps(step, padding, other) for other in nodes):
                text = "what is multiplied by the mask is nothing but the padding"
                at = node.parents.index(factor)
                yield Remedy("mask_turned_round", node, "h * (1 - mask)", {node.index: weighted(at)}, text)


def _of_attentions(step: Step, nodes: list[Node], name: str, runs: dict[int, Run], text: str) -> Remedy:
    """The complement of a mask, where it is given to attentions; or where it was made for them alone."""
    made = compared_for(step, {node.index: node.kwargs[name] for node in nodes})
    if made is None:
        return Remedy("mask_turned_round", nodes[0], f"{name}=~mask", runs, text, is_exact=True)
    return Remedy("mask_turned_round", made.node, made.title, runs, text, is_exact=True, edits=made.edits)


def is_open(step: Step, node: Node, padding: Padding) -> bool:
    """Whether an attention over the padded sequence was given no mask of padding."""
    if node.name != "multi_head_attention_forward" or node.kwargs.get("key_padding_mask") is not None:
        return False
    keys = step.tape.shape(node.args[1])
    return len(keys) == 3 and keys[:2] == tuple(padding.along_last().t().shape)


def hiding(node: Node, padding: Padding) -> Run:
    """The same attention with the padding hidden."""

    def run(query: Tensor, key: Tensor, *args: Any, **kwargs: Any) -> Any:
        hidden: Tensor = padding.along_last()
        mask = kwargs.get("attn_mask")
        if mask is not None and mask.is_floating_point():
            hidden = torch.zeros(hidden.shape, dtype=mask.dtype).masked_fill(hidden, float("-inf"))
        kwargs = kwargs | {"key_padding_mask": hidden if key.shape[0] == hidden.shape[1] else None}
        return node.function(query, key, *args, **kwargs)  # type: ignore[misc]

    return run


def _keeps(step: Step, padding: Padding, node: Node) -> bool:
    """Whether something is multiplied by the mask as it should be: then its complement has a purpose of its own."""
    if node.name == "masked_fill" and len(node.args) > 1 and isinstance(node.args[1], Ref):
        return _says(step, padding, node.args[1], True)
    return node.name == "mul" and any(_says(step, padding, ref, False) for ref in node.parents)


def _is_turned(step: Step, padding: Padding, node: Node, name: str, hides: bool) -> bool:
    wanted = "multi_head_attention_forward" if hides else "scaled_dot_product_attention"
    mask = node.kwargs.get(name) if node.name == wanted else None
    return isinstance(mask, Ref) and _says(step, padding, mask, not hides)


def _says(step: Step, padding: Padding, ref: Ref, is_padding: bool) -> bool:
    """Whether a mask is True, or one, just where there is padding, or just where there is none."""
    value = step.value(ref)
    sizes = [size for size in value.shape if size > 1]
    if sizes != list(padding.hidden.shape) and sizes != list(padding.hidden.shape)[::-1]:
        return False
    if value.is_floating_point():
        low = float(value.min())
        if low == float("-inf"):
            value = value == low
        elif not are_truths(value):
            return False
    flat = value.reshape(sizes).bool()
    hidden = padding.hidden if is_padding else ~padding.hidden
    return torch.equal(flat, hidden) or torch.equal(flat, hidden.t())


def _complemented(node: Node, name: str) -> Run:
    return lambda *args, **kwargs: node.function(*args, **kwargs | {name: ~kwargs[name].bool()})  # type: ignore[misc]


def refilled() -> Run:
    """The same filling of what the mask leaves."""

    def run(values: Tensor, mask: Tensor, low: float) -> Tensor:
        return values.masked_fill(~mask.bool(), low)

    return run


def weighted(at: int) -> Run:
    """The same product with a mask, one of its two factors, turned round."""

    def run(*args: Any, **_: Any) -> Any:
        factors = list(args)
        factors[at] = 1 - factors[at].to(factors[1 - at].dtype)
        return factors[0] * factors[1]

    return run
