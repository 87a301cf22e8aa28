"""Sums over what a mask leaves of sequences, divided by the number of all positions, which the script has counted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import span_of
from shapecheck.findings import Edit, Fix

_ADDS = frozenset(["add", "neg", "stack", "cat"])
_LEAST_STEPS = 3
_HOPS = 400


@dataclass(frozen=True, slots=True, eq=False)
class _Masked:
    """A sum of a product with a mask."""

    node: Node
    product: Node
    mask: Ref


def filler_counted(step: Step) -> Iterator[Sighting]:
    """``(losses * mask).sum() / labels.numel()``, at once or added up step by step."""
    for node in step.of_loss:
        if node.name != "div" or node.shapes[0] != () or len(node.args) < 2:
            continue
        divisor = _number(step, node.args[1])
        sums = _sums(step, node.parents[0]) if divisor is not None and node.parents else []
        total = sum(step.value(one.mask).numel() for one in sums)
        if not sums or divisor != total or not all(_weighs_each(step, one) for one in sums):
            continue
        left_out = sum(int((step.value(one.mask) == 0).sum()) for one in sums)
        if not 0 < left_out < total or not _ends_rows(step, sums) or _is_used_again(step, node, sums):
            continue
        if _is_by_a_setting(node):
            continue
        yield _told(node, sums, left_out, total)
        return


def _number(step: Step, divisor: object) -> float | None:
    """A number that was given, or a tensor of one number that nothing learned is in."""
    if isinstance(divisor, Ref):
        if divisor in step.learned or step.tape.shape(divisor) != ():
            return None
        return float(step.value(divisor))
    return float(divisor) if isinstance(divisor, int | float) else None


def _sums(step: Step, number: Ref) -> list[_Masked]:
    """The sums that a number was added up of; none if anything else is in it."""
    found: list[_Masked] = []
    seen: set[Ref] = set()
    open_refs = [number]
    while open_refs and len(seen) < _HOPS:
        ref = open_refs.pop()
        if ref in seen:
            continue
        seen.add(ref)
        node = step.node(ref.node)
        if ref.node < step.first or ref not in step.learned:
            return []
        one = _masked(step, node)
        if one is not None:
            found.append(one)
        elif node.name in _ADDS or (node.name == "sum" and step.node(node.parents[0].node).name in _ADDS):
            open_refs += [parent for parent in node.parents if parent in step.learned]
        else:
            return []
    return sorted(found, key=lambda one: one.node.index)


def _masked(step: Step, node: Node) -> _Masked | None:
    if node.name != "sum" or node.shapes[0] != () or len(node.parents) != 1:
        return None
    product = step.node(node.parents[0].node)
    if product.name != "mul" or len(product.parents) != 2:
        return None
    mask = next((ref for ref in product.parents if ref not in step.learned), None)
    return _Masked(node, product, mask) if mask is not None else None


def _weighs_each(step: Step, one: _Masked) -> bool:
    value = step.value(one.mask)
    return tuple(value.shape) == one.product.shapes[0] and bool((value >= 0).all())


def _ends_rows(step: Step, sums: list[_Masked]) -> bool:
    """Whether the mask is zero where rows of different lengths have ended, and the longest of them fills the batch."""
    values = [step.value(one.mask) for one in sums]
    if len(values) >= _LEAST_STEPS and values[0].ndim == 1 and len({value.shape for value in values}) == 1:
        return _is_padding(torch.stack(values, 1))
    if len(values) != 1:
        return False
    return any(_is_padding(rows) or _is_padding(rows.t()) for rows in _as_rows(step, sums[0].mask, values[0]))


def _as_rows(step: Step, mask: Ref, value: Tensor) -> Iterator[Tensor]:
    """The mask with a row for each sequence: as it is, or as what it was made of lies."""
    if value.ndim == 2:
        yield value
    elif value.ndim == 1:
        above = {mask, *(parent for at in ancestors(step.tape, [mask], step.first) for parent in step.node(at).parents)}
        for ref in above:
            shape = step.tape.shape(ref)
            if len(shape) == 2 and shape[0] * shape[1] == value.numel() and min(shape) > 1:
                yield value.reshape(shape)


def _is_padding(rows: Tensor) -> bool:
    """Whether each row is kept up to some step, and not all up to the same one."""
    if rows.shape[0] < 2 or rows.shape[1] < _LEAST_STEPS:
        return False
    kept = rows != 0
    counts = kept.sum(1)
    if rows.shape[0] == rows.shape[1] == len(set(counts.tolist())):
        # A triangle, such as of all pairs.
        return False
    is_run = bool((kept == (torch.arange(rows.shape[1], device=rows.device) < counts[:, None])).all())
    return is_run and bool(counts.min() > 0) and len(set(counts.tolist())) > 1 and int(counts.max()) == rows.shape[1]


def _is_used_again(step: Step, node: Node, sums: list[_Masked]) -> bool:
    """Whether what the mask says comes in once more behind the division."""
    masks = {one.mask.node for one in sums}
    for index in step.to_loss:
        if index <= node.index:
            continue
        for parent in step.node(index).parents:
            if parent not in step.learned and masks & {parent.node, *ancestors(step.tape, [parent], step.first)}:
                return True
    return False


def _is_by_a_setting(node: Node) -> bool:
    """Whether what it divides by is written with a setting, ``len(x) * config.longest``: the same for every batch."""
    division = node_at(node, ast.BinOp)
    if not isinstance(division, ast.BinOp) or not isinstance(division.op, ast.Div):
        return False
    asked = {id(call.func) for call in ast.walk(division.right) if isinstance(call, ast.Call)}
    settings = [item for item in ast.walk(division.right) if isinstance(item, ast.Attribute) and id(item) not in asked]
    return any(item.attr != "shape" for item in settings)


def _told(node: Node, sums: list[_Masked], left_out: int, total: int) -> Sighting:
    text = (
        f"{left_out} of {total} positions weigh nothing in the sum, by the mask, and the sum is divided by {total}: "
        "the more padding, the smaller the result"
    )
    title = "divide by the sum of the mask"
    one = sums[0]
    for place in (one.node, node):
        call = _count_of_all(place)
        if call is None or place.spot is None:
            continue
        file = place.spot.code.co_filename
        mask = _written(one) if one.product.spot is not None and one.product.spot.code is place.spot.code else None
        edits: tuple[Edit, ...] = replaced_text(file, call, f"{mask}.sum()") if mask is not None else ()
        seen = sighted("padding_in_mean", place, text, (Fix(title, edits, "no"),))
        return replace(seen, span=span_of(file, call))
    return sighted("padding_in_mean", node, text, (Fix(title, (), "no"),))


def _count_of_all(node: Node) -> ast.Call | None:
    """Where the function counts all numbers of something, if it does so once."""
    around = function_around(node.spot) if node.spot is not None else None
    calls = [
        call
        for call in (ast.walk(around) if around is not None else ())
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("numel", "nelement")
        and not call.args
    ]
    return calls[0] if len(calls) == 1 else None


def _written(one: _Masked) -> str | None:
    """The mask as it stands in the product."""
    product = node_at(one.product, ast.BinOp)
    if not isinstance(product, ast.BinOp) or not isinstance(product.op, ast.Mult):
        return None
    operand = product.left if one.product.parents[0] == one.mask else product.right
    is_plain = isinstance(operand, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
    return ast.unparse(operand) if is_plain else f"({ast.unparse(operand)})"


PROBE = Probe(
    "no sum is divided by a count of what a mask leaves out",
    lambda look: filler_counted(look.step),
)
