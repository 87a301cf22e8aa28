"""Tells one image or signal that came without its axis of samples, by the norm or the layer that refused it."""

from __future__ import annotations

from math import prod

from shapecheck.evidence import Evidence
from shapecheck.reading.failing import NORMS, failed, kind, number, shape
from shapecheck.reading.sources import user_sources


def axes_of_sample(evidence: Evidence) -> int:
    """Along how many axes the places of a sample lie, where all that came is one sample; else 0."""
    operation = failed(evidence, "Linear", *NORMS)
    sizes = shape(operation, "input") if operation is not None else None
    if operation is None or sizes is None:
        return 0
    name = kind(operation)
    if name == "Linear":
        want = number(operation, "in_features")
        axes = {each for source in user_sources(evidence) for each in (1, 2, 3) if list(source.calls(f"Conv{each}d"))}
        is_one = len(sizes) == 2 and sizes[-1] != want and prod(sizes) == want
        return axes.pop() if is_one and len(axes) == 1 else 0
    axis = int(name[-2]) if name[-2].isdecimal() else 0
    channels = number(operation, "num_features") or number(operation, "num_channels")
    # For one axis of places the norm takes (samples, channels) as well.
    return axis if axis > 1 and len(sizes) == axis + 1 and sizes[0] == channels else 0
