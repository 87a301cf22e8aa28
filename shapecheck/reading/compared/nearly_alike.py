"""Reads two maps, or two series, that differ by little: by rounding, by a stride, by one step."""

from __future__ import annotations

from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, Shape, failed, kind
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, pair, sizes_of, tables
from shapecheck.reading.sources import user_sources

UPWARDS = ("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d")
# What makes a series shorter or longer.
_ALONG = ("Conv1d", "ConvTranspose1d", "conv1d", "MaxPool1d", "AvgPool1d", "Upsample", "interpolate")
# Maps that differ by more than this part of their size were not made different by rounding.
_ROUNDED = 0.34


def rounded_apart(left: Shape, right: Shape, first: int) -> tuple[int, ...]:
    """The axes from ``first`` on where two maps differ by little, if they differ nowhere else; else ().

    >>> rounded_apart((4, 8, 25, 25), (4, 16, 24, 25), 2)
    (2,)
    """
    if len(left) != len(right) or len(left) < 3 or left[0] != right[0]:
        return ()
    found = tuple(axis for axis in range(first, len(left)) if left[axis] != right[axis])
    near = all(abs(left[axis] - right[axis]) <= _ROUNDED * max(left[axis], right[axis]) for axis in found)
    return found if near else ()


def maps_to_join(evidence: Evidence) -> tuple[Argument, Argument] | None:
    """The smaller and the larger of two maps that were to be joined along the channels and differ by little."""
    operands = pair(failed(evidence, *JOINS))
    if operands is None:
        return None
    left, right = (sizes_of(each) for each in operands)
    axes = rounded_apart(left, right, 2)
    if len(left) == 3 and not any(any(source.calls(*_ALONG)) for source in user_sources(evidence)):
        # Samples, steps and features: nothing was halved there.
        return None
    if not axes or (any(left[axis] > right[axis] for axis in axes) and any(left[axis] < right[axis] for axis in axes)):
        return None
    return operands if left[axes[0]] < right[axes[0]] else operands[::-1]


def decoded_apart(evidence: Evidence) -> tuple[Shape, Shape] | None:
    """The shapes of a prediction and of what it is compared with, maps that differ by little; the smaller one first."""
    operation = failed(evidence, *SAME_SHAPE_LOSSES, "sub")
    operands = pair(operation)
    if operation is None or operands is None:
        return None
    left, right = (sizes_of(each) for each in operands)
    axes = rounded_apart(left, right, 2)
    if not axes or left[1] != right[1]:
        return None
    if kind(operation) == "sub" and left[axes[0]] > right[axes[0]]:
        return right, left
    return left, right


def strides_apart(evidence: Evidence) -> int:
    """How many times larger one of two maps to be added is along every axis of its places: a stride; else 0."""
    operands = pair(failed(evidence, "add", "add_", "sub"))
    if operands is None:
        return 0
    left, right = (sizes_of(each) for each in operands)
    if len(left) != len(right) or len(left) < 3 or left[:1] != right[:1]:
        return 0
    ratios = {_stride(*sorted(sizes)) for sizes in zip(left[2:], right[2:], strict=True)}
    return ratios.pop() if len(ratios) == 1 else 0


def _stride(small: int, large: int) -> int:
    """The stride, 2 or more, that makes the smaller size of the larger one; 0 if none does."""
    return next((step for step in range(2, 9) if small > 0 and -(-large // step) == small), 0)


def one_step_apart(evidence: Evidence) -> tuple[Argument, Argument] | None:
    """The longer and the shorter of two operands that differ by one along a single axis, and that are no tables."""
    operands = pair(failed(evidence, *ELEMENTWISE))
    if operands is None:
        return None
    left, right = (sizes_of(each) for each in operands)
    different = [axis for axis, sizes in enumerate(zip(left, right, strict=False)) if sizes[0] != sizes[1]]
    if decoded_apart(evidence) is not None and any(
        True for source in user_sources(evidence) for _ in source.calls(*UPWARDS)
    ):
        return None
    if len(left) != len(right) or len(different) != 1 or abs(left[different[0]] - right[different[0]]) != 1:
        return None
    if min(left[different[0]], right[different[0]]) < 2 or any(
        True for each in operands for _ in tables(evidence, each)
    ):
        return None
    return operands if left[different[0]] > right[different[0]] else operands[::-1]
