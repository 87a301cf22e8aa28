"""Sizes as the exception says them: of what was to be taken apart, and of what was to be stored."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, says


def apart(evidence: Evidence) -> tuple[tuple[int, ...], int] | None:
    """The sizes that were asked for, and the size of the axis that they were to be made of."""
    found = says(
        evidence, r"unflatten: Provided sizes \[([\d, -]+)\] don't multiply up to the size of dim \d+ \((\d+)\)"
    )
    if found is None or failed(evidence, "Unflatten", "unflatten") is None:
        return None
    return tuple(int(each) for each in found.group(1).split(",")), int(found.group(2))


def stored(evidence: Evidence) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The sizes of a place in a buffer, and of what was to be stored there, by what the exception says of them."""
    if failed(evidence, "__setitem__", "copy_") is None:
        return None
    found = says(
        evidence,
        r"expand\(\S+\{\[(?P<given>[\d, ]+)\]\}, size=\[(?P<place>[\d, ]*)\]\)",
        r"Target sizes: \[(?P<place>[\d, ]*)\]\.\s+Tensor sizes: \[(?P<given>[\d, ]*)\]",
        r"value tensor of shape \[(?P<given>[\d, ]*)\] cannot be broadcast to \D+ of shape \[(?P<place>[\d, ]*)\]",
        r"input array from shape \((?P<given>[\d, ]*)\) into shape \((?P<place>[\d, ]*)\)",
        r"array of shape \((?P<given>[\d, ]*)\) could not be broadcast to \D+ of shape \((?P<place>[\d, ]*)\)",
    )
    if found is None:
        return None
    place, given = (tuple(int(size) for size in found[name].split(",") if size.strip()) for name in ("place", "given"))
    return place, given
