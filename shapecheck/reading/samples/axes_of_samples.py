"""Whether the first axis of a tensor is that of the samples: what else the script holds has as many in front."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.reading.failing import Shape

_OTHERS = 2


def is_of_samples(evidence: Evidence, sizes: Shape) -> bool:
    """Whether several tensors of other shapes, one of them with more axes, have as many in front as this one.

    Args:
        evidence: The problem.
        sizes: The shape of the tensor.
    """
    held = {value.record.shape for value in evidence.held_anywhere if value.kind == "tensor" and value.record}
    alike = [shape for shape in held if shape != sizes and shape[:1] == sizes[:1] and sizes[0] > 1]
    return len(alike) >= _OTHERS and any(len(shape) > 1 for shape in alike)
