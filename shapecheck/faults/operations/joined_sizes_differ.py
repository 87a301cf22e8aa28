"""Tensors to be joined differ along another axis."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.state.all_layers_of_state_used import FAULT as ALL_LAYERS
from shapecheck.reading.failing import failed, says, tensors
from shapecheck.reading.joined.joined_lists import joined_list
from shapecheck.reading.sizes.refused_widths import widths_differ


def _recognise(evidence: Evidence) -> Recognition | None:
    collected = joined_list(evidence)
    if collected is not None and (collected.by_batches or collected.operation.name.startswith("numpy.")):
        shapes = sorted(set(collected.shapes), reverse=True)
        told = f"items of {', '.join(map(str, shapes))} differ along axis {collected.axis}"
        if len(shapes) == 1:
            told = f"behind items of {shapes[0]} comes one of another size along axis {collected.axis}"
        return Recognition(f"{told}: along it they can be put end to end, and not side by side", weight=5)
    operation = failed(evidence, "cat", "concat", "concatenate", "hstack", "vstack", "stack")
    if operation is None or ALL_LAYERS.recognise(evidence) is not None:
        return None
    shapes = [item.value.record.shape for item in tensors(operation) if item.value.record is not None]
    if len({len(sizes) for sizes in shapes}) > 1:
        return None
    if not says(evidence, r"[Ss]izes of tensors must match") and not widths_differ(evidence):
        return None
    return Recognition(f"{', '.join(map(str, shapes))}: all axes but the joined one must be of the same size", weight=0)


BAD = """\
import torch

words = torch.randn(4, 7, 10)
tags = torch.randn(4, 7, 3)
both = torch.cat([words, tags], dim=1)
print(both.shape)
"""

GOOD = BAD.replace(
    "dim=1",
    "dim=2",
)

FAULT = Fault(
    code="SC503",
    slug="joined_sizes_differ",
    headline="tensors to be joined differ along another axis",
    why=(
        "cat puts tensors one behind the other along one axis, so all other axes must agree. Features are put "
        "side by side along the last axis, steps along the time axis, samples along the batch."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="cat joins along one axis; all others must be equal.",
    messages=(
        r"Sizes of tensors must match except in dimension \d+",
        r"all the input array dimensions except for the concatenation axis must match",
    ),
)
