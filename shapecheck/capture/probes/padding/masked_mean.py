"""Means over what a mask has set to zero: the padding adds nothing, and is counted all the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from math import isclose, prod
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.padding_masks import is_of_padding, rows_of, time_in
from shapecheck.capture.instruments.padding.told_as_it_is import is_told_as_it_is
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, node_at, replaced_call, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import DISTANCES, MAGNITUDES, SCALES, SHIFTS
from shapecheck.findings import Edit, Fix

_POOL = "adaptive_avg_pool1d"
_CARRIES = SHIFTS | {"mul", "div", "neg"}
# How many operations in front of a mean are looked through.
_MOST = 200


@dataclass(frozen=True, slots=True, eq=False)
class _Masked:
    """What is zero where a mask says so.

    Args:
        node: What reads the mask.
        mask: The mask.
        hides: Whether it is one for what becomes zero.
    """

    node: Node
    mask: Ref
    hides: bool = False


def masked_mean(step: Step) -> Iterator[Sighting]:
    """A mean of a product with a mask of sequences of different lengths.

    What is told beside the loss counts where the loss itself divides by what the same mask keeps.
    """
    for node in step.nodes:
        if not _is_mean(node) or node.spot is None or len(node.parents) != 1:
            continue
        is_told = node.index not in step.to_loss
        if is_told and not is_told_as_it_is(step.tape, node):
            continue
        masked = _masked(step, node.parents[0]) if node.parents[0] in step.learned else None
        if masked is None or not is_of_padding(step, masked.mask, hides=masked.hides):
            continue
        if is_told and not _divides_by(step, masked.mask):
            continue
        mask, shape = masked.mask, step.tape.shape(node.parents[0])
        value = 1 - step.value(mask).int() if masked.hides else step.value(mask)
        if not _runs_along_time(node, shape, value):
            continue
        if len(shape) > 2 and not _reaches_the_end(value):
            continue
        if not _is_scaled_again(step, node, mask) and not _is_scaled_before(step, node, masked):
            base = step.run_with(None)[node.ref]
            after = step.run_with({node.index: _over_the_rest(node, value)})[node.ref]
            text = (
                f"{int((value == 0).sum())} of the {value.numel()} positions are zero by the mask, and the mean "
                "divides by their number as well: the more padding, the smaller the result"
            )
            outcome = f"{_number(base)} here becomes {_number(after)}"
            edits = _edited(node, masked) if value.numel() == prod(shape) else ()
            fix = Fix("(values * mask).sum() / mask.sum()", edits, "call", outcome)
            yield sighted("padding_in_mean", node, text, (fix,))
            return


def masked_loss(step: Step) -> Iterator[Sighting]:
    """``F.mse_loss(values * mask, targets * mask)``: the difference is zero in padding, and the mean counts it."""
    for node in step.all_of_loss:
        if node.name not in DISTANCES or node.kwargs.get("reduction", "mean") != "mean" or len(node.parents) < 2:
            continue
        if step.tape.shape(node.parents[0]) != step.tape.shape(node.parents[1]) or node.spot is None:
            continue
        given = [_masked(step, ref) for ref in node.parents[:2] if ref in step.learned]
        first, each = given[0] if given else None, step.run().get(node.ref)
        if first is None or each is None or any(one is None or one.mask != first.mask for one in given):
            continue
        if any(first.mask not in _made_of(step, ref, step.first) for ref in node.parents[:2]):
            # Targets that are zero there by themselves: nobody masked anything for the loss.
            continue
        value = 1 - step.value(first.mask).int() if first.hides else step.value(first.mask)
        kept = _spread(value, tuple(each.shape))
        if not is_of_padding(step, first.mask, hides=first.hides) or kept is None or bool((each * (1 - kept)).any()):
            continue
        is_scaled = _is_scaled_again(step, node, first.mask) or _is_scaled_before(step, node, first)
        if is_scaled or (each.ndim > 2 and not _reaches_the_end(value)):
            continue
        text = (
            f"{int((value == 0).sum())} of the {value.numel()} positions are zero on both sides by the mask, and the "
            f"mean that {node.name} takes divides by their number as well: the more padding, the smaller the result"
        )
        outcome = f"{_number(each.mean())} here becomes {_number(each.sum() / kept.sum())}"
        fix = Fix("reduction='sum', over the number of what the mask keeps", (), "call", outcome)
        yield sighted("padding_in_mean", node, text, (fix,))
        return


def _spread(value: Tensor, shape: tuple[int, ...]) -> Tensor | None:
    """A mask over all that it keeps or hides."""
    value = value.reshape(*value.shape, *[1] * (len(shape) - value.ndim)) if value.ndim == 2 else value
    return value.expand(shape).int() if value.ndim == len(shape) else None


def _masked(step: Step, ref: Ref, known: dict[Ref, _Masked | None] | None = None) -> _Masked | None:
    """What sets some of its numbers to zero, itself or in all that was added up to them.

    Args:
        step: The step.
        ref: The tensor.
        known: What was found already: a tensor that is read twice doubles what lies in front of it otherwise.
    """
    known = {} if known is None else known
    if ref not in known:
        # Nothing so far away is what a mean was meant to leave out, and the way there may be a loop of any length.
        known[ref] = _made_zero(step, ref, known) if len(known) < _MOST else None
    return known[ref]


def _made_zero(step: Step, ref: Ref, known: dict[Ref, _Masked | None]) -> _Masked | None:
    node = step.node(ref.node)
    given, learned = node.args, [parent for parent in node.parents if parent in step.learned]
    if step.is_leaf(ref) or not learned:
        return None
    if node.name == "masked_fill" and len(given) > 2 and isinstance(given[1], Ref):
        return _Masked(node, given[1], hides=True) if _is_zero(step, given[2]) else None
    if node.name == "where" and len(given) > 2 and isinstance(given[0], Ref):
        blank = [_is_zero(step, item) for item in given[1:3]]
        return _Masked(node, given[0], hides=blank[0]) if blank[0] != blank[1] else None
    if node.name == "mul":
        for factor in node.parents:
            mask = _zeros_and_ones(step, factor) if factor not in step.learned else None
            if mask is not None:
                return _Masked(node, mask)
    if node.name in MAGNITUDES or (node.name in ("sum", "mean") and _runs_behind_time(step, node)):
        is_power = node.name != "pow" or (isinstance(given[-1], int | float) and given[-1] > 0)
        return _masked(step, learned[0], known) if is_power and len(node.parents) == 1 else None
    parts = [_masked(step, part, known) for part in learned] if node.name in _CARRIES else []
    if node.name == "mul":
        parts = [part for part in parts if part is not None]
    first = parts[0] if parts else None
    same = first is not None and all(part is not None and part.mask == first.mask for part in parts)
    return first if same and (node.name not in SHIFTS or len(learned) == 2) else None


def _zeros_and_ones(step: Step, factor: Ref) -> Ref | None:
    """A factor that is zero or one everywhere; it may stand in a product."""
    if step.tape.shape(factor) == ():
        return None
    value = step.value(factor)
    if are_truths(value):
        return factor
    node = step.node(factor.node)
    if step.is_leaf(factor) or node.name != "mul":
        return None
    return next((mask for part in node.parents if (mask := _zeros_and_ones(step, part)) is not None), None)


def _is_zero(step: Step, item: Any) -> bool:
    if isinstance(item, Ref):
        return item not in step.learned and not bool(step.value(item).any())
    return isinstance(item, int | float) and item == 0


def _runs_behind_time(step: Step, node: Node) -> bool:
    """Whether it leaves the first two axes as they are."""
    return node.shapes[0][:2] == step.tape.shape(node.parents[0])[:2] and len(node.shapes[0]) > 1


def _is_mean(node: Node) -> bool:
    """Whether it is a mean, or a pool that leaves one number of each channel."""
    return node.name == "mean" or (node.name == _POOL and node.shapes[0][-1] == 1)


def _runs_along_time(node: Node, shape: tuple[int, ...], mask: Tensor) -> bool:
    """Whether it runs along the steps or the samples that the mask is one for, all of them."""
    known = (0, time_in(mask))
    if any(axis >= len(shape) or shape[axis] != mask.shape[axis] for axis in known):
        return False
    axes = -1 if node.name == _POOL else node.argument(1, "dim")
    if axes is None:
        return True
    axes = axes if isinstance(axes, tuple | list) else (axes,)
    return any(isinstance(axis, int) and axis % len(shape) in known for axis in axes)


def _reaches_the_end(value: Tensor) -> bool:
    """Whether the longest sequence has no padding: then how much the others have depends on their batch."""
    rows = rows_of(value)
    if rows is None:
        return False
    # Sorted by their lengths, samples may look like steps.
    laid = [kept for kept in (rows.bool(), rows.bool().t()) if bool((_starts(kept) == 1).all())]
    return bool(laid) and all(bool(kept.all(1).any()) for kept in laid)


def _starts(kept: Tensor) -> Tensor:
    """How many runs there are in each row."""
    return (kept.int().diff(dim=1, prepend=kept.new_zeros(len(kept), 1).int()) > 0).sum(1)


def _is_scaled_again(step: Step, node: Node, mask: Ref) -> bool:
    """Whether what the mask says comes in once more behind the mean."""
    behind = set(descendants(step.tape, {node.ref}, sorted(step.to_loss)))
    for index in behind:
        other = step.node(index)
        if other.name in SCALES and any(_is_share(step, item, mask) for item in other.args):
            return True
        for parent in other.parents:
            # What was averaged may stand beside its mean once more, as where a variance is reckoned.
            is_beside = parent in step.learned and other.name not in SCALES
            if parent.node in behind or parent == node.ref or is_beside:
                continue
            made = {parent, *_made_of(step, parent, step.first)}
            if mask in made or any(_says_the_same(step, part, mask) for part in made):
                return True
    return False


def _says_the_same(step: Step, ref: Ref, mask: Ref) -> bool:
    """Whether it is a mask of its own that keeps, or hides, the same, or how much of each sequence that is."""
    rows = rows_of(step.value(mask))
    if rows is None or ref in step.learned or prod(step.tape.shape(ref)) not in (*rows.shape, rows.numel()):
        return False
    value = step.known(ref)
    if value is None:
        return False
    value, rows = value.reshape(-1).double(), rows.double()
    if len(value) == rows.numel():
        alike = [rows.reshape(-1), rows.t().reshape(-1)]
        return any(torch.equal(value, one) or torch.equal(value, 1 - one) for one in alike)
    for axis, size in enumerate(rows.shape):
        count = rows.sum(axis)
        for one in (count, size - count, count / size, 1 - count / size):
            if value.shape == one.shape and torch.allclose(value, one, rtol=1e-5):
                return True
    return False


def _is_share(step: Step, item: Any, mask: Ref) -> bool:
    """Whether it is a number that says how much the mask keeps, as such or of all, or the other way round."""
    value = step.value(mask)
    kept = float((value != 0).sum())
    if not isinstance(item, int | float) or isinstance(item, bool) or not 0 < kept < value.numel():
        return False
    return any(isclose(item, one, rel_tol=1e-5) for one in (kept, kept / value.numel(), value.numel() / kept))


def _is_scaled_before(step: Step, node: Node, masked: _Masked) -> bool:
    """Whether what is averaged was multiplied or divided by how much the mask leaves, or by how long the rows are."""
    made = {Ref(masked.node.index)}
    inner = ancestors(step.tape, [node.parents[0]], masked.node.index)
    factors = [part for part in masked.node.parents if part not in step.learned and part != masked.mask]
    # The mask may stand in a product of its own.
    factors += [part for factor in factors for part in step.node(factor.node).parents if part != masked.mask]
    for index in sorted(inner):
        parents = step.node(index).parents
        if made & {*parents}:
            made.add(Ref(index))
            factors += [part for part in parents if part not in made and part not in step.learned]
    own = _made_of(step, masked.mask)
    # What has one number for each row, such as lengths.
    rows = {part for part in own if len(step.tape.shape(part)) == 1 and not step.node(part.node).parents}
    for factor in factors:
        others = _made_of(step, factor)
        is_product = step.node(factor.node).name == "mul" and masked.mask in step.node(factor.node).parents
        if not is_product and (masked.mask in others or (rows & others and others != own)):
            return True
    return False


def _made_of(step: Step, ref: Ref, first: int = 0) -> set[Ref]:
    return {part for index in ancestors(step.tape, [ref], first) for part in step.node(index).parents}


def _divides_by(step: Step, mask: Ref) -> bool:
    """Whether something on the way to the loss is divided by how much a mask keeps."""
    for node in (node for node in step.all_of_loss if node.name == "div"):
        for part in (ref for ref in node.parents[1:] if ref not in step.learned):
            made = step.node(part.node)
            if made.name == "sum" and (mask in made.parents or _says_the_same(step, made.parents[0], mask)):
                return True
    return False


def _over_the_rest(node: Node, mask: Tensor) -> Run:
    def run(values: Tensor, *args: Any, **kwargs: Any) -> Any:
        # What was added up behind the steps has an axis less than the mask.
        rows = mask.reshape(mask.shape[: values.ndim]) if mask.ndim > values.ndim else mask
        share = node.function(rows.to(values.dtype).expand(values.shape), *args, **kwargs)  # type: ignore[misc]
        return node.function(values, *args, **kwargs) / share  # type: ignore[misc]

    return run


def _edited(node: Node, masked: _Masked) -> tuple[Edit, ...]:
    """The edit that divides by what the mask leaves, where both stand in one function."""
    product = masked.node
    call, written = call_at(node), node_at(product, ast.BinOp)
    if call is None or node.spot is None or product.spot is None or node.spot.code is not product.spot.code:
        return ()
    if not isinstance(written, ast.BinOp) or not isinstance(written.op, ast.Mult):
        return ()
    if masked.mask not in product.parents:
        return ()
    factor = written.left if product.parents[0] == masked.mask else written.right
    is_method = isinstance(call.func, ast.Attribute) and len(call.args) == len(node.args) - 1
    if not isinstance(factor, ast.Name | ast.Attribute) or not isinstance(call.func, ast.Attribute) or not is_method:
        return ()
    along = ", ".join([*map(ast.unparse, call.args), *map(ast.unparse, call.keywords)])
    values = ast.unparse(call.func.value)
    values = values if isinstance(call.func.value, ast.Name | ast.Attribute | ast.Call) else f"({values})"
    text = f"{values}.sum({along}) / {ast.unparse(factor)}.sum({along})"
    whole = ast.unparse(call)
    is_alone = node.spot.statement.strip() in (f"return {whole}",) or node.spot.statement.endswith(f" = {whole}")
    return replaced_call(node, text if is_alone else f"({text})")


def _number(value: Tensor) -> str:
    return f"{float(value):.4g}" if value.numel() == 1 else f"a first value of {float(value.reshape(-1)[0]):.4g}"


PROBE = Probe(
    "no mean divides by what a mask leaves out",
    lambda look: (*masked_mean(look.step), *masked_loss(look.step)),
)
