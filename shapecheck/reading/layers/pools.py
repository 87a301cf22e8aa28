"""Reads a pool, or a convolution, whose kernel is larger than the map that it was given."""

from __future__ import annotations

from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.failing import CONVOLUTIONS, Shape, failed, kind, operand, says, shape

POOLS = tuple(
    name
    for what in ("Avg", "Max")
    for axes in (1, 2, 3)
    for name in (f"{what}Pool{axes}d", f"{what.lower()}_pool{axes}d")
)


def too_large_a_pool(evidence: Evidence) -> tuple[Operation, Shape, Shape] | None:
    """The pool, its kernel and the places of its map, where nothing is left of the map; None if that is not known."""
    operation = failed(evidence, *POOLS)
    sizes = shape(operation, "input")
    if (
        operation is None
        or sizes is None
        or says(evidence, r"Output size is too small", r"Invalid computed output size") is None
    ):
        return None
    axes = int(kind(operation)[-2])
    told = operand(operation, "kernel_size")
    config = operation.config.get("kernel_size")
    if told is not None:
        texts = [each.text for each in told.value.items] or [told.value.text]
        written = tuple(int(text) for text in texts if text.isdecimal())
    else:
        written = tuple(config) if isinstance(config, tuple) else (config,) if isinstance(config, int) else ()
    kernel = written * axes if len(written) == 1 else written
    return (operation, kernel, sizes[-axes:]) if len(kernel) == axes and len(sizes) > axes else None


def too_large_a_kernel(evidence: Evidence) -> tuple[Operation, Shape, Shape] | None:
    """The convolution, what its kernel covers and the places of its map, padding counted; None if it is not that."""
    said = says(evidence, r"input size per channel: \(([\d x]+)\)\. Kernel size: \(([\d x]+)\)")
    operation = failed(evidence, *CONVOLUTIONS, "conv1d", "conv2d", "conv3d")
    if said is None or operation is None:
        return None
    places, kernel = (tuple(int(each) for each in text.split(" x ")) for text in said.groups())
    return operation, kernel, places
