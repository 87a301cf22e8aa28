"""Whether numbers are probabilities: by what they are, and by the activations and the arithmetic that made them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.joined import parts_of
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import SAME_NUMBERS

_SQUASHES = frozenset(["softmax", "sigmoid", "gumbel_softmax", "softmin"])
# Of numbers between 0 and 1 these make such numbers, or at least none below 0.
_KEEPS = (
    SAME_NUMBERS
    | frozenset(
        ["add", "mul", "div", "mean", "sum", "prod", "cumprod", "max", "amax", "min", "amin", "maximum", "minimum",
         "median", "clamp", "clamp_min", "clamp_max", "where", "masked_fill", "pow", "sqrt", "matmul", "bmm", "mm",
         "baddbmm", "einsum", "scatter_add", "index_add", "gather", "detach", "square", "rsub", "logical_not",
         "nan_to_num"]
    )
)  # fmt: skip
_SUMS_TO_ONE = frozenset(["div", "normalize"])
_LEAST = 4
# How far rounding to half precision may take the sum of a distribution from one.
_ROUNDED = 1e-2
_HOPS = 40


def is_distribution(step: Step, ref: Ref, axis: int) -> bool:
    """Whether every row along an axis is a distribution, and something in front of it makes such.

    Scores are negative here and there, and sum to one in no two rows; a row of as many numbers could by chance.
    """
    value = _value(step, ref)
    if value is None or value.ndim <= axis or value.shape[axis] < 2 or value.numel() // value.shape[axis] < 2:
        return False
    if value.numel() < _LEAST or not bool((value >= 0).all()):
        return False
    total = value.double().sum(axis)
    return bool(((total - 1).abs() < 2e-3).all()) and _has_in_front(step, ref, _SQUASHES | _SUMS_TO_ONE)


def may_be_normalised(step: Step, ref: Ref, axis: int) -> bool:
    """Whether the numbers along an axis are the logarithms of a distribution in every row, or are not known.

    Of these a ``log_softmax`` changes none.
    """
    value = _value(step, ref)
    if value is None or value.ndim <= axis:
        return True
    return bool((value.double().logsumexp(axis).abs() < _ROUNDED).all())


def is_never_negative(step: Step, ref: Ref) -> bool:
    """Whether numbers between 0 and 1 were made of such alone, so that no other parameters would bring one below 0."""
    value = _value(step, ref)
    is_inside = value is not None and value.numel() >= _LEAST and bool(((value >= 0) & (value <= 1)).all())
    return is_inside and _is_squashed(step, ref, {}, _HOPS)


def _is_squashed(step: Step, ref: Ref, known: dict[Ref, bool], hops: int) -> bool:
    if ref in known:
        return known[ref]
    known[ref] = False
    node = step.node(ref.node)
    if step.is_leaf(ref) or ref not in step.learned or hops == 0:
        return False
    if node.name in _SQUASHES:
        known[ref] = True
        return True
    moved = parts_of(step, ref)
    parents = moved if moved != (ref,) else node.parents if node.name in _KEEPS or _is_rest(node) else ()
    if parents:
        known[ref] = all(
            _is_squashed(step, parent, known, hops - 1) if parent in step.learned else _is_positive(step, parent)
            for parent in parents
        )
        known[ref] &= all(number >= 0 for number in _numbers(node))
    return known[ref]


def _is_rest(node: Node) -> bool:
    """``1 - p``, which stands on the tape as a subtraction from a number."""
    return node.name == "sub" and len(node.args) > 1 and node.args[0] == 1


def _numbers(node: Node) -> list[float]:
    return [value for value in node.args[1:] if isinstance(value, float)]


def _is_positive(step: Step, ref: Ref) -> bool:
    value = _value(step, ref)
    return value is not None and bool((value >= 0).all())


def _has_in_front(step: Step, ref: Ref, names: frozenset[str]) -> bool:
    open_refs, seen = [ref], set[Ref]()
    while open_refs and len(seen) < 200:
        at = open_refs.pop()
        if at in seen or step.is_leaf(at) or at not in step.learned:
            continue
        seen.add(at)
        if step.node(at.node).name in names:
            return True
        open_refs += step.node(at.node).parents
    return False


def _value(step: Step, ref: Ref) -> Tensor | None:
    found: Any = None
    found = step.known(ref)
    if found is None:
        return None
    return found if isinstance(found, torch.Tensor) and found.is_floating_point() and found.numel() else None
